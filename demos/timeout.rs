//! Timeout: cancel an operation that takes too long.
//!
//! A task needs three seconds, and the caller waits for two. Watch the order of
//! the last two lines: the task is cancelled first, and then the caller
//! continues. If the task is spawned and only its handle gets a limit
//! (`--spawned`), it is not cancelled at all.
//!
//! # Key insight
//!
//! `timeout` owns the future that it limits. When the time is up, it drops the
//! future at its current `.await`, together with everything that the future
//! owns. Dropping a future is cancelling it; but a spawned task belongs to the
//! runtime, and dropping its handle only detaches it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.wait_for(work(), 2)` | `timeout(limit, work()).await` |
//! | `async with asyncio.timeout(2):` | `timeout(limit, async { … }).await` |
//! | `async with asyncio.timeout_at(when):` | `timeout_at(deadline, …).await` |
//! | `except TimeoutError:` | `Err(Elapsed)` |
//! | `except CancelledError:` in the task | the `Drop` of a value that the future owns |
//! | `wait_for(task, 2)` cancels the task | `timeout(limit, handle)` does not: call `handle.abort()` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def slow_task():
//!     print("SlowTask: Starting (will take 3s)...")
//!     try:
//!         await asyncio.sleep(3)
//!     except asyncio.CancelledError:
//!         print("SlowTask: Was cancelled!")
//!         raise
//!     print("SlowTask: Completed!")
//!
//!
//! async def main():
//!     print("Timeout Example (2s timeout for 3s task):")
//!     try:
//!         await asyncio.wait_for(slow_task(), timeout=2)
//!     except asyncio.TimeoutError:
//!         print("Task timed out!")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! A reusable form with a default value, built on `asyncio.timeout` (Python
//! 3.11 and later):
//!
//! ```python
//! async def with_timeout(awaitable, limit, default):
//!     try:
//!         async with asyncio.timeout(limit):
//!             return await awaitable
//!     except TimeoutError:
//!         return default
//! ```
//!
//! # In tokio
//!
//! The task owns a guard, whose `Drop` runs when the task is cancelled:
//!
//! ```rust,ignore
//! //! A task that takes three seconds is cancelled after two.
//!
//! use std::time::Duration;
//!
//! use tokio::time::{sleep, timeout};
//!
//! #[tokio::main]
//! async fn main() {
//!     println!("Timeout Example (2s timeout for 3s task):");
//!     if timeout(Duration::from_secs(2), slow_task()).await.is_err() {
//!         println!("Task timed out!"); // the task is gone: its guard printed the line above
//!     }
//! }
//!
//! async fn slow_task() {
//!     println!("SlowTask: Starting (will take 3s)...");
//!     let mut guard = CancelGuard { completed: false };
//!     sleep(Duration::from_secs(3)).await;
//!     guard.completed = true;
//!     println!("SlowTask: Completed!");
//! }
//!
//! /// Prints a line if its task is dropped before it completes.
//! struct CancelGuard {
//!     completed: bool,
//! }
//!
//! impl Drop for CancelGuard {
//!     fn drop(&mut self) {
//!         if !self.completed {
//!             println!("SlowTask: Was cancelled!"); // runs while `timeout` drops the future
//!         }
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! For every operation that depends on something outside the program. Choose
//! where the limit goes: each operation has its own (`--pattern per-operation`),
//! several concurrent requests share one deadline (`--pattern overall`), or a
//! late answer is replaced by an older one (`--pattern fallback`).
//!
//! Do not use a timeout to stop code that computes or blocks: it is never at an
//! `.await`, so nothing can drop it.
//!
//! # Pitfalls
//!
//! - `timeout(limit, handle)` limits how long the caller waits for a spawned
//!   task, and the task runs on: `--spawned`. Abort it, or wrap the handle in
//!   `tokio_util::task::AbortOnDropHandle`. A future that is not spawned needs
//!   neither.
//! - The limits of single operations add up, and the user waits for their sum.
//!   Compute one deadline and use `timeout_at` for everything that the user
//!   sees as one operation.
//! - `timeout(limit, join_all(requests))` loses the responses that arrived
//!   before the deadline. The `overall` pattern handles each as it arrives.
//! - A result that arrives in time is easily lost. Return it from the same
//!   `match` that handles the timeout.
//! - If the operation finishes at the very moment when the limit ends
//!   (`--takes 6ms --limit 6ms`), tokio returns its result, because `timeout`
//!   polls the operation before it looks at the clock. asyncio cancels it.
//! - A cancelled write may be half done. Ask what the operation leaves behind
//!   before you limit it.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo timeout --takes 1s
//! $ asyncdemo timeout --spawned
//! $ asyncdemo timeout --pattern fallback
//! $ asyncdemo timeout --pattern overall --requests 3 --takes 3s,500ms,1s
//! ```
//!
//! # Read on
//!
//! - [`tokio::time::timeout`](https://docs.rs/tokio/latest/tokio/time/fn.timeout.html)
//! - [`JoinHandle`, and what dropping it does](https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html)
//! - [`asyncio.timeout`](https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout)
//!   (Python 3.11 and later)
//! - [`asyncio.wait_for`](https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for)

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::kit::{BREAK_IT, Cycle, Result, count, duration, seconds, seconds_rounded};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time that the caller waits
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    limit: Duration,

    /// Time that the task takes; for several requests a list such as 3s,500ms that starts over
    /// when it runs out
    #[arg(long, value_name = "DURATIONS", default_value = "3s")]
    takes: Cycle,

    /// Limit requests of this program instead of the slow task
    #[arg(long, value_enum, value_name = "PATTERN")]
    pattern: Option<Pattern>,

    /// Number of concurrent requests that share the deadline of --pattern overall
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    requests: usize,

    /// Spawn the task and limit only its handle: the task runs on
    #[arg(long, conflicts_with = "pattern", help_heading = BREAK_IT)]
    spawned: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Pattern {
    /// A limit for one operation
    PerOperation,
    /// One deadline for all requests together
    Overall,
    /// A cached response when the time is up
    Fallback,
}

/// Waits for the slow task, or for requests, no longer than the limit.
pub async fn main(options: Options) -> Result {
    let (limit, takes) = (options.limit, options.takes.get(0));
    match options.pattern {
        None => {
            let (may, will) = (seconds(limit), seconds(takes));
            println!("⏱️ Timeout Example ({may} timeout for {will} task):");
            if options.spawned {
                return limit_handle(limit, takes).await;
            }
            if timeout(limit, slow_task(takes)).await.is_err() {
                println!("⏰ Task timed out!"); // the task is gone: its guard printed the line above
            }
        }
        Some(Pattern::PerOperation) => match timeout(limit, fetch("slow.com", takes)).await {
            Ok(response) => println!("✅ {response}"), // both outcomes in one `match`: no result is lost
            Err(_) => println!("⏰ Timeout for slow.com"),
        },
        Some(Pattern::Overall) => {
            if fetch_all(&options).await.is_err() {
                println!("⏰ Overall timeout"); // the requests that are still running were dropped
            }
        }
        Some(Pattern::Fallback) => {
            let cached = "cached response".to_owned();
            let answer = with_timeout(fetch("slow.com", takes), limit, cached).await;
            println!("📦 {answer}");
        }
    }
    Ok(())
}

async fn slow_task(takes: Duration) {
    let will = seconds(takes);
    println!("🐌 SlowTask: Starting (will take {will})...");
    let mut guard = CancelGuard { completed: false };
    sleep(takes).await;
    guard.completed = true;
    println!("✅ SlowTask: Completed!");
}

/// Prints a line if its task is dropped before it completes.
struct CancelGuard {
    completed: bool,
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        if !self.completed {
            println!("❌ SlowTask: Was cancelled!"); // runs while `timeout` drops the future
        }
    }
}

async fn fetch(site: &str, takes: Duration) -> String {
    sleep(takes).await;
    format!("Response from {site}")
}

/// Prints the responses as they arrive, until one deadline for all of them.
async fn fetch_all(options: &Options) -> Result<(), Elapsed> {
    let deadline = Instant::now() + options.limit;
    let sites = (1..=options.requests).map(|number| match number {
        1 => "slow.com".to_owned(),
        _ => format!("site-{number}.com"),
    });
    let requests = sites.enumerate().map(|(index, site)| {
        let takes = options.takes.get(index);
        async move { fetch(&site, takes).await }
    });
    let mut responses = requests.collect::<FuturesUnordered<_>>();
    while let Some(response) = timeout_at(deadline, responses.next()).await? {
        println!("✅ {response}"); // kept, even if a later one misses the deadline
    }
    Ok(())
}

/// The output of `future`, or `default` if that takes longer than `limit`.
async fn with_timeout<T>(future: impl Future<Output = T>, limit: Duration, default: T) -> T {
    timeout(limit, future).await.unwrap_or(default)
}

/// Limits how long the caller waits, but not how long the task runs.
async fn limit_handle(limit: Duration, takes: Duration) -> Result {
    let mut task = tokio::spawn(slow_task(takes));
    if timeout(limit, &mut task).await.is_err() {
        println!("⏰ Task timed out!"); // the wait is over, and the task still runs
        // Missing: task.abort();
        let timed_out = Instant::now();
        task.await?;
        let late = seconds_rounded(timed_out.elapsed());
        println!("💥 The task was not cancelled: it ran on for {late}"); // dropping its handle would not have stopped it
    }
    Ok(())
}
