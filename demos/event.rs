//! Event: let many tasks wait for one signal.
//!
//! Three waiters stop at the same event. The signaler sets it a second later,
//! and all of them continue at the same instant, in the order in which they
//! arrived. A task that arrives afterwards does not wait at all, because the
//! event stays set.
//!
//! # Key insight
//!
//! An event is a flag and a wake-up. The flag is for the tasks that arrive after
//! the signal, the wake-up for those that already wait. With only one of the
//! two, some task waits for ever.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Event()` | an `AtomicBool` and a `Notify`, or `watch::channel(false)` |
//! | `await event.wait()` | read the flag, then `notified().await`; with `watch`: `wait_for(\|set\| *set).await` |
//! | `event.set()` | set the flag, then `notify_waiters()`; with `watch`: `send(true)` |
//! | `event.is_set()` | read the flag; with `watch`: `*receiver.borrow()` |
//! | `event.clear()` | clear the flag; with `watch`: `send(false)` |
//! | an event that asks tasks to stop | tokio-util's `CancellationToken` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def waiter(name, event):
//!     print(f"{name}: Waiting for signal...")
//!     await event.wait()
//!     print(f"{name}: Received signal! Proceeding...")
//!
//!
//! async def signaler(event, delay):
//!     print(f"Signaler: Will send signal in {delay}s...")
//!     await asyncio.sleep(delay)
//!     event.set()
//!     print("Signaler: Signal sent!")
//!
//!
//! async def main():
//!     event = asyncio.Event()
//!     waiters = [waiter(f"Waiter-{n}", event) for n in (1, 2, 3)]
//!     await asyncio.gather(*waiters, signaler(event, 1.0))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! The complete program, with an event of its own, because tokio has none.
//!
//! ```rust,ignore
//! //! Three tasks wait for one signal, and continue together.
//!
//! use std::pin::pin;
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
//! use std::time::Duration;
//!
//! use tokio::sync::Notify;
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! #[tokio::main(flavor = "current_thread")] // one thread, so that the lines keep their order
//! async fn main() -> Result<(), JoinError> {
//!     let event = Arc::new(Event {
//!         set: AtomicBool::new(false),
//!         signal: Notify::new(),
//!     });
//!     let mut tasks = JoinSet::new();
//!     for number in 1..=3 {
//!         tasks.spawn(waiter(format!("Waiter-{number}"), Arc::clone(&event)));
//!     }
//!     tasks.spawn(signaler(event));
//!     while let Some(ended) = tasks.join_next().await {
//!         ended?;
//!     }
//!     Ok(())
//! }
//!
//! async fn waiter(name: String, event: Arc<Event>) {
//!     println!("{name}: Waiting for signal...");
//!     event.wait().await;
//!     println!("{name}: Received signal! Proceeding...");
//! }
//!
//! async fn signaler(event: Arc<Event>) {
//!     println!("Signaler: Will send signal in 1.0s...");
//!     sleep(Duration::from_secs(1)).await;
//!     event.set();
//!     println!("Signaler: Signal sent!");
//! }
//!
//! struct Event {
//!     set: AtomicBool,
//!     signal: Notify,
//! }
//!
//! impl Event {
//!     async fn wait(&self) {
//!         let mut signal = pin!(self.signal.notified());
//!         signal.as_mut().enable(); // before the flag is read: no signal is missed
//!         if !self.set.load(SeqCst) {
//!             signal.await;
//!         }
//!     }
//!
//!     fn set(&self) {
//!         self.set.store(true, SeqCst);
//!         self.signal.notify_waiters();
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! To hold tasks back until something has happened: the configuration is loaded,
//! the connection is up. tokio offers three ways:
//!
//! - `Notify` and a flag, as here: the smallest, and it wakes in FIFO order.
//! - `watch::channel(false)`: the usual choice. `receiver.wait_for(|set| *set)`
//!   checks the value and waits for a change in one call, and the value can say
//!   more than yes or no. It wakes its receivers in no particular order.
//! - `CancellationToken` (in the crate tokio-util): where the signal means
//!   "stop", since it comes with child tokens and `run_until_cancelled`.
//!
//! For a signal to a single task with a value, use `oneshot`.
//!
//! # Pitfalls
//!
//! - `notify_waiters` alone remembers nothing: a task that arrives a moment
//!   later waits for ever (`--notify`). `notify_one` remembers one signal for
//!   one task.
//! - Create and `enable()` the `Notified` before reading the flag. The other
//!   way round, a signal that comes between the two is lost.
//! - After `clear()`, a task that the previous signal has already woken still
//!   continues, as in asyncio. If it needs the flag to be set at that moment, it
//!   must check in a loop.
//! - Only a current-thread runtime runs the woken tasks in the order in which
//!   they are woken. On several threads they run in parallel.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo event --waiters 5 --late 2
//! $ asyncdemo event --delay 750ms
//! $ asyncdemo event --notify
//! ```
//!
//! # Read on
//!
//! - [`tokio::sync::Notify`](https://docs.rs/tokio/latest/tokio/sync/struct.Notify.html)
//!   and [`Notified::enable`](https://docs.rs/tokio/latest/tokio/sync/futures/struct.Notified.html#method.enable)
//! - [`tokio::sync::watch`](https://docs.rs/tokio/latest/tokio/sync/watch/index.html)
//! - [`CancellationToken`](https://docs.rs/tokio-util/latest/tokio_util/sync/struct.CancellationToken.html)
//! - [`asyncio.Event`](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event)

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, count, count_or_zero, duration, seconds_as_float};

/// How long after the signal the latecomers arrive.
const LATE: Duration = Duration::from_millis(500);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of tasks that wait from the beginning
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    waiters: usize,

    /// Time until the signal
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    delay: Duration,

    /// Number of tasks that arrive 500 ms after the signal (a whole number from 0 to 1000000)
    /// [default: 0, with --notify 1]
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero)]
    late: Option<usize>,

    /// Ignore the flag: tasks that arrive after the signal wait for ever
    #[arg(long, help_heading = BREAK_IT)]
    notify: bool,
}

/// Starts the waiters and the signaler, then the late waiters.
pub async fn main(options: Options) -> Result {
    let event = Arc::new(Event {
        set: AtomicBool::new(false),
        signal: Notify::new(),
    });
    let mut tasks = JoinSet::new();
    for number in 1..=options.waiters {
        arrive(&mut tasks, number, &options, &event);
    }
    tasks.spawn(signaler(Arc::clone(&event), options.delay));
    let late = options.late.unwrap_or(usize::from(options.notify));
    if late > 0 {
        sleep(options.delay + LATE).await;
    }
    for number in 1..=late {
        arrive(&mut tasks, options.waiters + number, &options, &event);
    }
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    Ok(())
}

fn arrive(tasks: &mut JoinSet<()>, number: usize, options: &Options, event: &Arc<Event>) {
    let event = Arc::clone(event);
    if options.notify {
        tasks.spawn(waiter_without_flag(number, event));
    } else {
        tasks.spawn(waiter(number, event));
    }
}

async fn waiter(number: usize, event: Arc<Event>) {
    println!("⏳ Waiter-{number}: Waiting for signal...");
    event.wait().await;
    println!("🎉 Waiter-{number}: Received signal! Proceeding..."); // all at the same instant, in the order of arrival
}

async fn signaler(event: Arc<Event>, delay: Duration) {
    println!(
        "⏰ Signaler: Will send signal in {}...",
        seconds_as_float(delay)
    );
    sleep(delay).await;
    event.set();
    println!("📢 Signaler: Signal sent!"); // the waiters are awake, but it is still our turn
}

/// What asyncio calls an event. `clear()` would be one more line: `set.store(false, SeqCst)`.
struct Event {
    set: AtomicBool,
    signal: Notify,
}

impl Event {
    async fn wait(&self) {
        // From here on a signal wakes this task. One that came before shows in
        // the flag, so none is missed between the two.
        let mut signal = pin!(self.signal.notified());
        signal.as_mut().enable();
        if !self.set.load(SeqCst) {
            signal.await;
        }
    }

    fn set(&self) {
        self.set.store(true, SeqCst); // first the flag: a task that is woken must see it
        self.signal.notify_waiters();
    }
}

async fn waiter_without_flag(number: usize, event: Arc<Event>) {
    println!("⏳ Waiter-{number}: Waiting for signal...");
    // Missing: if !event.set.load(SeqCst)
    event.signal.notified().await;
    println!("🎉 Waiter-{number}: Received signal! Proceeding...");
}
