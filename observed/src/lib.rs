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
//! Every call is passed through to tokio. While a [`Recorder`] is active, the
//! calls below also say what they do: which task was spawned by which, when it
//! was polled and for how long, what it waits for at which source line, who
//! holds that, who woke it, what it printed. Nothing changes for the program:
//! results, order and cancellation are tokio's.
//!
//! | module | observed | passed through |
//! |---|---|---|
//! | [`runtime`] | `Builder`, `Runtime`, `Handle`, `LocalRuntime` | metrics, ids |
//! | [`task`] | `spawn`, `spawn_blocking`, `spawn_local`, `block_in_place`, `JoinHandle`, `JoinSet`, `LocalSet` | `yield_now`, task-locals, `coop` |
//! | [`sync`] | all locks, channels and notifications | `OnceCell`, `SetOnce` |
//! | [`time`] | `sleep`, `timeout`, `interval` | `Instant`, `pause`, `advance` |
//! | macros | `select!` | `join!`, `try_join!`, `pin!`, `task_local!`, `main`, `test` |
//! | `fs` | in a fixed order on the virtual clock: functions such as `read` | `File`, `OpenOptions`, `ReadDir`, … |
//! | `io`, `net`, `process`, `signal` | | everything |
//!
//! What cannot be observed: locks and channels that are not tokio's, atomics,
//! threads that the program starts itself, waits for I/O. A task that waits for
//! one of these shows as waiting for something that is not observed.
//!
//! Without the default feature `observe` the crate is tokio and nothing else.
//!
//! [`Recorder`]: observe::Recorder

pub use tokio::*;

#[cfg(all(feature = "observe", feature = "fs"))]
pub mod fs;
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
