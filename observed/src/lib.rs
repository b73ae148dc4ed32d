//! tokio, observed: the same names, the same behaviour, and, when asked, a
//! recording of what the program did.
//!
//! Rename it in `Cargo.toml`, and the program compiles unchanged:
//!
//! ```toml
//! [dependencies]
//! tokio = { package = "observed-tokio", version = "0.1", features = ["full"] }
//! ```
//!
//! Every call is passed through to tokio. While a [`Recorder`] observes, the
//! calls below also record what they do: which task spawned which, when a task
//! was polled and for how long, what it waits for at which source line, who
//! holds that, what woke it, and how it ended. Results, order and cancellation
//! are tokio's, with a recorder and without; tokio's own tests are run against
//! this crate.
//!
//! | module | observed | passed through |
//! |---|---|---|
//! | [`runtime`] | `Builder`, `Runtime`, `Handle`, `LocalRuntime` | metrics, ids |
//! | [`task`] | `spawn`, `spawn_blocking`, `spawn_local`, `block_in_place`, `JoinHandle`, `JoinSet`, `LocalSet`, `yield_now` | task-locals, `coop` |
//! | [`sync`] | all locks, channels and notifications | `OnceCell`, `SetOnce` |
//! | [`time`] | `sleep`, `timeout`, `interval` | `Instant`, `pause`, `advance` |
//! | macros | `select!`, `join!`, `try_join!` | `pin!`, `task_local!`, `main`, `test` |
//! | `fs` | in a fixed order on the virtual clock: functions such as `read` | `File`, `OpenOptions`, `ReadDir`, … |
//! | `io`, `net`, `process`, `signal` | | everything |
//!
//! # Example
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! use std::future::pending;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use observed_tokio as tokio; // Cargo.toml does this.
//! use tokio::observe::{self, Ending, Options, Recorder, What};
//! use tokio::runtime::Builder;
//! use tokio::sync::Mutex;
//! use tokio::task::JoinSet;
//! use tokio::time::sleep;
//!
//! // A plain tokio program.
//! async fn transfer(from: Arc<Mutex<i32>>, to: Arc<Mutex<i32>>) {
//!     let mut from = from.lock().await;
//!     sleep(Duration::from_millis(1)).await;
//!     let mut to = to.lock().await;
//!     *from -= 1;
//!     *to += 1;
//! }
//!
//! async fn transfers() {
//!     let alice = Arc::new(Mutex::new(10));
//!     let bob = Arc::new(Mutex::new(10));
//!     let mut transfers = JoinSet::new();
//!     transfers.spawn(transfer(Arc::clone(&alice), Arc::clone(&bob)));
//!     transfers.spawn(transfer(bob, alice));
//!     transfers.join_all().await;
//! }
//!
//! // Recorded on the virtual clock, where a sleep takes no time.
//! let recorder = Recorder::new(Options::default(), ());
//! let mut builder = Builder::new_current_thread();
//! let ending = observe::run(&recorder, &mut builder, transfers(), pending())?;
//! let recording = recorder.finish()?;
//!
//! // Each task locks what the other one waits for.
//! let Ending::Deadlock(deadlock) = ending else {
//!     panic!("they cannot both finish");
//! };
//! assert_eq!(deadlock.cycle, ["transfer-0", "transfer-1"]);
//! println!("{deadlock}");
//!
//! // All waits: who waits, since when, at which line.
//! for event in &recording.events {
//!     if let What::Waits { task, op, place, .. } = event.what {
//!         let (task, place) = (recording.name(task), &recording.places[place.0 as usize]);
//!         println!("{:?}: {task} waits to {op} at line {}", event.t(), place.line);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The report of the deadlock names tasks, places, variables and the cycle:
//!
//! ```text
//! transfer-0 waits at main.rs:15 to lock mutex bob, held by transfer-1;
//! transfer-1 waits at main.rs:15 to lock mutex alice, held by transfer-0;
//! cycle: transfer-0 → transfer-1 → transfer-0;
//! likely cause: each has what the next one waits for: acquire in the same order everywhere
//! ```
//!
//! # Clocks and schedules
//!
//! On the virtual clock ([`Options::virtual_clock`]) a run is a function of the
//! program, its inputs, [`Options::seed`] and [`Options::schedule`]: the
//! recording is the same on every run. [`observe::sleep_thread`] lets threads of
//! [`task::spawn_blocking`] take part. A schedule other than 0 delays tasks
//! (their beginning by up to [`Options::late`]) in
//! ways that tokio allows, and shows what a program must not rely on. While a
//! task waits for I/O, the virtual clock waits too if nothing else is due.
//!
//! # What is not observed
//!
//! - Locks and channels that are not tokio's, atomics, and waits for I/O. A task
//!   that waits for one of these has no wait in the recording, and is never part
//!   of a deadlock.
//! - Threads that the program starts itself. A task that waits for a message
//!   from one looks stuck: the deadlock that [`observe::run`] reports may then be
//!   none. The same is true where `futures::join!`, which is not tokio's, waits
//!   for an observed future and for I/O.
//! - Which task has the senders of a channel, or will notify a `Notify`.
//! - Which line awaits a `JoinHandle` or a `oneshot::Receiver`: the recording has
//!   the line that made it.
//! - Crates that depend on tokio under its own name use tokio itself.
//!
//! # Features
//!
//! tokio's own, and `observe`, which is a default feature. Without it the crate
//! is tokio and nothing else.
//!
//! [`Recorder`]: observe::Recorder
//! [`Options::virtual_clock`]: observe::Options::virtual_clock
//! [`Options::seed`]: observe::Options::seed
//! [`Options::late`]: observe::Options::late
//! [`Options::schedule`]: observe::Options::schedule

#![cfg_attr(not(feature = "observe"), allow(rustdoc::broken_intra_doc_links))]

pub use tokio::*;

#[cfg(all(feature = "observe", feature = "fs"))]
pub mod fs;
#[cfg(feature = "observe")]
mod hold;
#[cfg(feature = "observe")]
#[doc(hidden)]
pub mod macros;
#[cfg(feature = "observe")]
pub mod observe;
#[cfg(feature = "observe")]
pub mod runtime;
#[cfg(feature = "observe")]
pub mod sync;
#[cfg(feature = "observe")]
pub mod task;
#[cfg(feature = "observe")]
pub mod time;
#[cfg(feature = "observe")]
mod wait;

#[cfg(feature = "observe")]
pub use task::spawn;

/// Its example is run as well.
#[cfg(all(doctest, feature = "observe"))]
#[doc = include_str!("../README.md")]
struct Readme;
