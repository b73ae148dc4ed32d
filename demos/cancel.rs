//! Cancellation: stop a task from outside.
//!
//! A task that takes five seconds is cancelled after half a second. Watch where it
//! ends: at the `.await` that it has reached. With `--cleanup` the task is asked to
//! stop instead, and cleans up first. With `--no-await-point` it has no `.await` to
//! be stopped at.
//!
//! # Key insight
//!
//! Aborting a task drops its future: no further line of it runs, but the values
//! that it owns are dropped, guards included. A task that has to *await* something
//! before it ends must be asked to stop: give it a token.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `task.cancel()` | `handle.abort()` |
//! | `except CancelledError:`, then `raise` | a guard's `Drop` |
//! | `except CancelledError:`, then clean up with `await` | `CancellationToken` and `select!` |
//! | `await task` raises `CancelledError` | `handle.await` returns `Err(JoinError)` |
//! | `task.cancelled()` | `JoinError::is_cancelled()` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def long_task():
//!     print("LongTask: Starting (will take 5s)...")
//!     try:
//!         await asyncio.sleep(5)
//!     except asyncio.CancelledError:
//!         print("LongTask: Was cancelled!")
//!         raise
//!
//!
//! async def main():
//!     print("Manual Cancellation Example:")
//!     task = asyncio.create_task(long_task())
//!     await asyncio.sleep(0.5)
//!     task.cancel()
//!     try:
//!         await task
//!     except asyncio.CancelledError:
//!         print("Task was successfully cancelled!")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! There is no exception to catch. The task owns a guard, whose `Drop` runs when
//! the future is dropped:
//!
//! ```rust,ignore
//! //! A task is aborted while it sleeps; a guard prints that it was cancelled.
//!
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! // One thread, so that the task starts at this one's first `.await`, and not before.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     println!("Manual Cancellation Example:");
//!     let task = tokio::spawn(long_task(Duration::from_secs(5)));
//!     sleep(Duration::from_millis(500)).await;
//!     task.abort(); // a request: the task has ended when its handle returns
//!     match task.await {
//!         Err(error) if error.is_cancelled() => println!("Task was successfully cancelled!"),
//!         ended => println!("Too late: {ended:?}"),
//!     }
//! }
//!
//! async fn long_task(takes: Duration) {
//!     println!("LongTask: Starting (will take {takes:?})...");
//!     let mut guard = Guard { completed: false };
//!     sleep(takes).await; // an abort ends the task here
//!     guard.completed = true;
//!     println!("LongTask: Completed!");
//! }
//!
//! /// Owned by the task, and dropped with it.
//! struct Guard {
//!     completed: bool,
//! }
//!
//! impl Drop for Guard {
//!     fn drop(&mut self) {
//!         if !self.completed {
//!             println!("LongTask: Was cancelled!");
//!         }
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! To stop work whose result is no longer needed: the user has left, another source
//! was faster, the program ends. Abort what can stop anywhere, such as a request;
//! use a token for what must finish a step or clean up, such as a transaction.
//!
//! # Pitfalls
//!
//! - A task can be cancelled only at an `.await`. With `--no-await-point` it blocks
//!   its thread, and the abort takes effect too late. On a multi-threaded runtime
//!   the caller is not blocked, but it cannot stop the task either. The same holds
//!   for `spawn_blocking`: a closure that has started cannot be aborted.
//! - `Drop` is not async, so clean-up that awaits cannot run after an abort. asyncio
//!   raises an exception in the task, which may still await; in tokio that takes a
//!   token (`--cleanup`).
//! - `abort()` returns immediately. Await the handle to know that the task has
//!   ended; it may also have completed in the meantime.
//! - Dropping a `JoinHandle` does not cancel its task. Dropping a `JoinSet` cancels
//!   all of its tasks.
//! - In asyncio, `except CancelledError:` without `raise` turns the cancellation
//!   into a success: `task.cancelled()` is then false.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo cancel --takes 2s --after 1s
//! $ asyncdemo cancel --cleanup 500ms --after 3s
//! $ asyncdemo cancel --no-await-point
//! ```
//!
//! # Read on
//!
//! - [`JoinHandle::abort`](https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html#method.abort),
//!   [Cancellation](https://docs.rs/tokio/latest/tokio/task/index.html#cancellation)
//!   of tasks in tokio, and
//!   [`CancellationToken`](https://docs.rs/tokio-util/latest/tokio_util/sync/struct.CancellationToken.html)
//! - Python: [Task cancellation](https://docs.python.org/3/library/asyncio-task.html#task-cancellation);
//!   `CancelledError` is a `BaseException` since 3.8

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::kit::{BREAK_IT, Result, duration, measured, seconds};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time that the task takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    takes: Duration,

    /// Time after which the task is cancelled
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    after: Duration,

    /// Time that the task takes to clean up: ask a task that works in a loop to stop
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "takes")]
    cleanup: Option<Duration>,

    /// Block the thread instead of awaiting: the abort takes effect too late
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "cleanup")]
    no_await_point: bool,
}

/// Cancels a task.
pub async fn main(options: Options) -> Result {
    if let Some(cleanup) = options.cleanup {
        ask_to_stop(options.after, cleanup).await
    } else if options.no_await_point {
        abort_too_late(options.takes, options.after).await
    } else {
        abort(options.takes, options.after).await
    }
}

async fn abort(takes: Duration, after: Duration) -> Result {
    println!("🛑 Manual Cancellation Example:");
    let task = tokio::spawn(long_task(takes));
    sleep(after).await;
    task.abort(); // a request: the task has ended when its handle returns
    match task.await {
        Err(error) if error.is_cancelled() => println!("🚫 Task was successfully cancelled!"),
        ended => ended?, // it has completed in time, or it panicked
    }
    Ok(())
}

async fn long_task(takes: Duration) {
    println!("🐌 LongTask: Starting (will take {})...", seconds(takes));
    let mut guard = Guard { completed: false };
    sleep(takes).await; // an abort ends the task here
    guard.completed = true;
    println!("✅ LongTask: Completed!");
}

/// Owned by the task, and dropped with it.
struct Guard {
    completed: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.completed {
            println!("❌ LongTask: Was cancelled!"); // a destructor runs, although the task does not
        }
    }
}

async fn ask_to_stop(after: Duration, cleanup: Duration) -> Result {
    let token = CancellationToken::new();
    let task = tokio::spawn(worker(token.clone(), cleanup));
    sleep(after).await;
    token.cancel();
    task.await?;
    println!("✅ Task cancellation confirmed"); // after its clean-up, because the handle was awaited
    Ok(())
}

async fn worker(token: CancellationToken, cleanup: Duration) {
    loop {
        println!("🔧 Working...");
        tokio::select! {
            biased; // a token that is cancelled as the second ends comes first
            () = token.cancelled() => break,
            () = sleep(Duration::from_secs(1)) => {}
        }
    }
    println!("🧹 Task was cancelled, cleaning up..."); // the task still runs, and may await
    sleep(cleanup).await;
}

async fn abort_too_late(takes: Duration, after: Duration) -> Result {
    let began = Instant::now();
    println!("🛑 Manual Cancellation Example:");
    let task = tokio::spawn(long_task_without_await(takes));
    sleep(after).await;
    task.abort();
    match task.await {
        Err(error) if error.is_cancelled() => println!("🚫 Task was successfully cancelled!"),
        ended => {
            ended?;
            let (due, late) = (
                seconds(after),
                measured(began.elapsed().saturating_sub(after)),
            );
            println!("💥 The cancellation was due at {due} and came {late} too late"); // the loop was blocked: not even the timer of main could fire
        }
    }
    Ok(())
}

async fn long_task_without_await(takes: Duration) {
    println!("🐌 LongTask: Starting (will take {})...", seconds(takes));
    let mut guard = Guard { completed: false };
    thread::sleep(takes); // Missing: sleep(takes).await;
    guard.completed = true;
    println!("✅ LongTask: Completed!");
}
