//! Tasks: run several operations concurrently.
//!
//! Two tasks start together; one takes two seconds, the other one. Watch the
//! total: it is the longest of the delays, not their sum. With `--sequential` each
//! task is awaited before the next one is spawned, and the total is the sum.
//!
//! # Key insight
//!
//! A spawned task runs on its own, whether or not it is awaited; awaiting its
//! handle returns its result. Spawn all tasks first, then await them all.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `task = asyncio.create_task(work())` | `let task = tokio::spawn(work());` |
//! | `result = await task` | `let result = task.await?;` |
//! | `await work()` in a loop | `work().await` in a loop: one after the other |
//! | `task.done()` | `task.is_finished()` |
//! | `task.cancel()` | `task.abort()` |
//!
//! ```python
//! import asyncio
//! import time
//!
//!
//! async def work(name, delay):
//!     print(f"{name} starting")
//!     await asyncio.sleep(delay)
//!     print(f"{name} done")
//!     return delay
//!
//!
//! async def main():
//!     began = time.perf_counter()
//!     delays = {"A": 2, "B": 1}
//!     tasks = [asyncio.create_task(work(*item)) for item in delays.items()]
//!     # Here the program could do something else: the tasks start at its next await.
//!     total_work = sum([await task for task in tasks])
//!     total = time.perf_counter() - began
//!     print(f"Total: {total:.1f}s (one after the other: {total_work:.1f}s)")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! `tokio::spawn` starts each task and returns a handle, which gives the task's
//! result:
//!
//! ```rust,ignore
//! //! Two tasks run concurrently and return results.
//!
//! use std::time::Duration;
//!
//! use tokio::task::JoinError;
//! use tokio::time::{Instant, sleep};
//!
//! // One thread, so that the first lines come in the order of spawning.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), JoinError> {
//!     let began = Instant::now();
//!     let mut tasks = Vec::new();
//!     for (name, seconds) in [("A", 2), ("B", 1)] {
//!         tasks.push(tokio::spawn(work(name, Duration::from_secs(seconds))));
//!     }
//!     // Here the program could do something else: the tasks run anyway.
//!     let mut sum = Duration::ZERO;
//!     for task in tasks {
//!         sum += task.await?; // all of them run while this one is awaited
//!     }
//!     let (total, sum) = (began.elapsed().as_secs_f64(), sum.as_secs_f64());
//!     println!("Total: {total:.1}s (one after the other: {sum:.1}s)");
//!     Ok(())
//! }
//!
//! /// Returns how long the work took.
//! async fn work(name: &str, delay: Duration) -> Duration {
//!     println!("{name} starting");
//!     sleep(delay).await; // meanwhile the other tasks run
//!     println!("{name} done");
//!     delay
//! }
//! ```
//!
//! # When to use
//!
//! For operations that do not depend on each other: requests to several servers,
//! a task for each connection, work in the background. For steps that need each
//! other's results, `.await` is enough.
//!
//! # Pitfalls
//!
//! - Awaiting a task immediately after spawning it gives no concurrency:
//!   `--sequential` does just that.
//! - When a new task starts depends on the runtime. On a current-thread runtime it
//!   starts when the spawning task reaches an `.await`; on a multi-threaded
//!   runtime another worker may start it immediately, so the order of the first
//!   lines is not guaranteed.
//! - A task must be `Send + 'static`: it may move to another thread and outlive
//!   the function that spawned it. Move owned values into it, or share them
//!   through an `Arc`.
//! - Dropping a `JoinHandle` detaches the task: it runs on. asyncio keeps only a
//!   weak reference to a task, which may be garbage-collected before it is done
//!   if the program keeps no reference of its own.
//! - All tasks end when the runtime ends. A task that nothing awaits may be
//!   cancelled halfway when `main` returns.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo tasks --delays 300ms,100ms,200ms
//! $ asyncdemo tasks --delays 300ms,100ms,200ms --sequential
//! $ asyncdemo tasks --clock virtual --where
//! ```
//!
//! # Read on
//!
//! - [Spawning](https://tokio.rs/tokio/tutorial/spawning), a chapter of tokio's
//!   tutorial
//! - [`tokio::spawn`](https://docs.rs/tokio/latest/tokio/task/fn.spawn.html) and
//!   [`JoinHandle`](https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html)
//! - Python: [`asyncio.create_task`](https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task)
//!   (3.7)

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Cycle, Result};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time that each task takes, such as 500ms,1.5s: one task for each duration
    #[arg(long, value_name = "LIST", default_value = "2s,1s")]
    delays: Cycle,

    /// Disable concurrency: await each task before the next one is spawned
    #[arg(long, help_heading = BREAK_IT)]
    sequential: bool,
}

/// Runs a task for each delay and compares the total with the sum.
pub async fn main(options: Options) -> Result {
    let began = Instant::now();
    let sum = if options.sequential {
        run_sequentially(options.delays.round()).await?
    } else {
        run_concurrently(options.delays.round()).await?
    };
    let (total, sum) = (began.elapsed().as_secs_f64(), sum.as_secs_f64());
    println!("🏁 Total: {total:.1}s (one after the other: {sum:.1}s)");
    Ok(())
}

async fn run_concurrently(delays: &[Duration]) -> Result<Duration> {
    let mut tasks = Vec::new();
    for (number, &delay) in delays.iter().enumerate() {
        tasks.push(tokio::spawn(work(name(number), delay)));
    }
    // Here the program could do something else: the tasks run anyway.
    let mut sum = Duration::ZERO;
    for task in tasks {
        sum += task.await?; // all of them run while this one is awaited
    }
    Ok(sum)
}

async fn run_sequentially(delays: &[Duration]) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for (number, &delay) in delays.iter().enumerate() {
        let task = tokio::spawn(work(name(number), delay));
        sum += task.await?; // Missing: spawn the other tasks first
    }
    Ok(sum)
}

/// Returns how long the work took.
async fn work(name: String, delay: Duration) -> Duration {
    println!("🚀 {name} starting");
    sleep(delay).await; // meanwhile the other tasks run
    println!("✅ {name} done");
    delay
}

/// A, B, C … Z, AA, AB …, like the columns of a spreadsheet.
fn name(number: usize) -> String {
    let mut name = (number / 26).checked_sub(1).map(name).unwrap_or_default();
    name.extend(('A'..='Z').nth(number % 26));
    name
}
