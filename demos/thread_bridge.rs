//! Thread bridge: let a thread wait for the result of async code.
//!
//! A thread that runs no async code needs a result that only async code can
//! give. It blocks on a future until the result is there. Only the thread stands
//! still; the runtime goes on with its tasks. With `--takes` longer than
//! `--timeout` the thread gives up, and the future is dropped.
//!
//! # Key insight
//!
//! A thread may block, the event loop may not. Therefore `block_on` leads from a
//! thread into the runtime, `spawn_blocking(…).await` leads from the runtime to
//! a thread, and `block_on` inside the runtime is an error.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop = asyncio.get_running_loop()` | `let runtime = Handle::current();` |
//! | `asyncio.run_coroutine_threadsafe(coro, loop)` | `runtime.spawn(future)` |
//! | `.result()` of that, in the thread | `runtime.block_on(future)` |
//! | `.result(timeout=5)` | `runtime.block_on(async { timeout(limit, future).await })` |
//! | `loop.call_soon_threadsafe(callback)` | `runtime.spawn(async { … })` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def double(value):
//!     await asyncio.sleep(1)
//!     return value * 2
//!
//!
//! def ask(loop):
//!     answer = asyncio.run_coroutine_threadsafe(double(21), loop)
//!     try:
//!         print(f"Thread got result: {answer.result(timeout=5)}")
//!     except TimeoutError:
//!         answer.cancel()
//!         print("Thread gave up after 5s")
//!
//!
//! async def main():
//!     await asyncio.to_thread(ask, asyncio.get_running_loop())
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! A `Handle` can be cloned and moved to any thread; its `block_on` waits for a
//! future there:
//!
//! ```rust,ignore
//! //! A thread asks the runtime for a result, and blocks until it is there.
//!
//! use std::time::Duration;
//!
//! use tokio::runtime::Handle;
//! use tokio::task::{JoinError, spawn_blocking};
//! use tokio::time::{sleep, timeout};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), JoinError> {
//!     let runtime = Handle::current(); // a thread takes it along
//!     let thread = spawn_blocking(move || ask(&runtime));
//!     thread.await // awaited, not joined: the runtime has to answer meanwhile
//! }
//!
//! fn ask(runtime: &Handle) {
//!     let limit = Duration::from_secs(5);
//!     let answer = runtime.block_on(async { timeout(limit, double(21)).await });
//!     match answer {
//!         Ok(result) => println!("Thread got result: {result}"),
//!         Err(_) => println!("Thread gave up after 5s"), // the future is dropped
//!     }
//! }
//!
//! async fn double(value: i64) -> i64 {
//!     sleep(Duration::from_secs(1)).await;
//!     value * 2
//! }
//! ```
//!
//! # When to use
//!
//! Where synchronous code has to call async code: a callback of a C library, a
//! plug-in, a trait whose methods are not async. If the thread only sends or
//! receives values, a channel is simpler: `blocking_send` and `blocking_recv` of
//! `mpsc` need neither a handle nor `block_on`. If the whole program is
//! synchronous, create a `Runtime` and call its `block_on`.
//!
//! # Pitfalls
//!
//! - `block_on` inside the runtime panics (`--inside`), because the blocked
//!   thread could not run the tasks that it waits for. In asyncio
//!   `loop.run_until_complete` raises an error there, and `result()` of
//!   `run_coroutine_threadsafe` blocks the loop for ever. Inside, use `.await`.
//!   On the multi-threaded runtime `block_in_place(|| handle.block_on(future))`
//!   works too: the other tasks move to another worker first.
//! - Joining a thread on the runtime's own thread deadlocks if that thread waits
//!   for the runtime. Await the handle of `spawn_blocking` instead.
//! - `timeout` must be called within the runtime's context, hence the `async`
//!   block around it: on a `std::thread` it would panic outside.
//! - `Handle::block_on` runs the future on the asking thread; the runtime drives
//!   its timers and its I/O. On the current-thread runtime something must be
//!   running that runtime, or `sleep` never returns.
//! - Giving up has to stop the work too. Here `timeout` drops the future. In
//!   asyncio the coroutine runs on until it is cancelled, and so does a spawned
//!   task in tokio until it is aborted.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo thread-bridge --value 4 --takes 250ms
//! $ asyncdemo thread-bridge --takes 2s --timeout 500ms
//! $ asyncdemo thread-bridge --inside
//! ```
//!
//! # Read on
//!
//! - [`tokio::runtime::Handle::block_on`](https://docs.rs/tokio/latest/tokio/runtime/struct.Handle.html#method.block_on)
//! - [Bridging with sync code](https://tokio.rs/tokio/topics/bridging)
//! - [`asyncio.run_coroutine_threadsafe`](https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe)
//!   (`TimeoutError` is the built-in one from Python 3.11)

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::kit::{BREAK_IT, Result, catch_panic, duration, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number to double (a whole number from -1000000000 to 1000000000)
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = number,
        allow_negative_numbers = true,
        default_value = "21"
    )]
    value: i64,

    /// Time that doubling takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    takes: Duration,

    /// Time that the thread waits for the result
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    timeout: Duration,

    /// Block on the runtime from inside it
    #[arg(long, help_heading = BREAK_IT)]
    inside: bool,
}

fn number(text: &str) -> Result<i64, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| (-1_000_000_000..=1_000_000_000).contains(number))
        .ok_or("expected a whole number from -1000000000 to 1000000000")
}

/// Has a thread ask for a result.
pub async fn main(options: Options) -> Result {
    let runtime = Handle::current(); // a thread takes it along
    if options.inside {
        ask_from_inside(&runtime, &options);
        return Ok(());
    }
    let thread = spawn_blocking(move || ask(&runtime, &options));
    Ok(thread.await?) // awaited, not joined: the runtime has to answer meanwhile
}

/// Runs on a thread of its own.
fn ask(runtime: &Handle, options: &Options) {
    let doubled = double(options.value, options.takes);
    let answer = runtime.block_on(async { timeout(options.timeout, doubled).await });
    if let Ok(result) = answer {
        println!("🌉 Thread got result: {result}");
    } else {
        let limit = seconds(options.timeout);
        println!("⏰ Thread gave up after {limit}"); // and the future was dropped
    }
}

async fn double(value: i64, takes: Duration) -> i64 {
    sleep(takes).await;
    value * 2
}

/// The broken twin: runs on the event loop.
fn ask_from_inside(runtime: &Handle, options: &Options) {
    let doubled = double(options.value, options.takes);
    // Missing: spawn_blocking, or `.await` instead of `block_on`
    match catch_panic(|| runtime.block_on(doubled)) {
        Ok(result) => println!("🌉 Loop got result: {result}"),
        Err(panic) => {
            // Tokio's own words: the first sentence is the error, the rest is advice.
            let error = panic.split(". ").next().unwrap_or_default();
            println!("💥 Caught: {error}"); // a panic: the caller cannot go on without its result
            let why = "The loop's thread would wait for an answer that only the loop can give";
            println!("💡 {why}"); // `result()` of asyncio would really wait, for ever
        }
    }
}
