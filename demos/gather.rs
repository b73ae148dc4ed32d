//! Gather: collect concurrent results in input order.
//!
//! Three requests start at the same time; the first response is there immediately,
//! each further one half a second later. Watch that nothing is printed before the
//! last response has arrived, and that the responses are printed in the order of
//! the requests, whichever was fastest. With `--sequential` the requests run one
//! after the other.
//!
//! # Key insight
//!
//! Gathering reserves a place for each result. The slowest request determines when
//! all results are there; the order of the requests determines where each one
//! goes.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.gather(*requests)` | spawn all, then await each handle with `??` |
//! | the same with `return_exceptions=True` | await each handle and keep its `Result` |
//! | `async with asyncio.TaskGroup()` | a `JoinSet`, which cancels its tasks when it is dropped |
//! | `a, b = await asyncio.gather(x(), y())` | `let (a, b) = tokio::try_join!(x(), y())?;` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def fetch(number):
//!     await asyncio.sleep(0.5 * (number - 1))
//!     return f"Response from site{number}.com"
//!
//!
//! async def main():
//!     responses = await asyncio.gather(*(fetch(number) for number in [1, 2, 3]))
//!     for response in responses:
//!         print(response)
//!
//!
//! asyncio.run(main())
//! ```
//!
//! With a task group, `main` reads as follows. It prints the same, but the first
//! error cancels the other tasks:
//!
//! ```python
//! async def main():
//!     async with asyncio.TaskGroup() as group:
//!         requests = [group.create_task(fetch(number)) for number in [1, 2, 3]]
//!     for request in requests:
//!         print(request.result())
//! ```
//!
//! # In tokio
//!
//! A vector of handles keeps the order. Each `await` has two errors to pass on:
//! that of the task (it panicked or was cancelled) and that of the request.
//!
//! ```rust,ignore
//! //! Three requests run concurrently; their responses are printed in the order of the requests.
//!
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
//!
//! #[tokio::main]
//! async fn main() -> Result {
//!     let mut requests = Vec::new();
//!     for number in 1..=3 {
//!         requests.push(tokio::spawn(fetch(number))); // all of them run from here on
//!     }
//!     let mut responses = Vec::new();
//!     for request in requests {
//!         responses.push(request.await??); // in input order, whichever was fastest
//!     }
//!     for response in responses {
//!         println!("{response}");
//!     }
//!     Ok(())
//! }
//!
//! async fn fetch(number: u32) -> Result<String> {
//!     sleep(Duration::from_millis(500) * (number - 1)).await;
//!     Ok(format!("Response from site{number}.com"))
//! }
//! ```
//!
//! # When to use
//!
//! Where the program can continue only with all results together. If each result
//! is useful on its own, see `as-completed`; if one is enough, `first-completed`.
//! For a fixed number of futures that need no tasks of their own, use
//! `tokio::try_join!`.
//!
//! # Pitfalls
//!
//! - The first error hides the results of the requests that succeeded: compare
//!   `--fail 2` with `--fail 2 --keep-errors`.
//! - After an early return the other tasks run on, because a dropped `JoinHandle`
//!   detaches its task. `asyncio.gather` lets them run on, too. A `JoinSet` cancels
//!   them (`--taskgroup`).
//! - Awaiting the handles in order reports the first error in input order, and only
//!   when the requests before it are done. A `JoinSet`, `tokio::try_join!` and
//!   `try_join_all` of the crate `futures` report the first error in time.
//! - The futures of `join!` and `join_all` share the task that awaits them, and so
//!   one thread. Spawn what computes for long, and gather the handles.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo gather --sites 5 --step 100ms
//! $ asyncdemo gather --sequential
//! $ asyncdemo gather --fail 2
//! $ asyncdemo gather --fail 2 --keep-errors
//! $ asyncdemo gather --fail 2 --taskgroup
//! ```
//!
//! # Read on
//!
//! - [`JoinHandle`](https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html),
//!   [`JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html) and
//!   [`try_join!`](https://docs.rs/tokio/latest/tokio/macro.try_join.html)
//! - Python: [`asyncio.gather`](https://docs.python.org/3/library/asyncio-task.html#asyncio.gather)
//!   and [`asyncio.TaskGroup`](https://docs.python.org/3/library/asyncio-task.html#task-groups)
//!   (3.11)

use std::time::Duration;

use anyhow::ensure;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of sites to request
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    sites: usize,

    /// Time added for each further site; the first one responds immediately
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    step: Duration,

    /// Number of the site that fails; 1 is the first [default: none]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    fail: Option<usize>,

    /// Keep errors as results instead of ending with the first one
    #[arg(long)]
    keep_errors: bool,

    /// Gather in a task group: the first error cancels the other requests
    #[arg(long, conflicts_with = "keep_errors")]
    taskgroup: bool,

    /// Disable concurrency: await each response before the next request starts
    #[arg(long, help_heading = BREAK_IT, conflicts_with_all = ["keep_errors", "taskgroup"])]
    sequential: bool,
}

/// Requests all sites and prints their responses.
pub async fn main(options: Options) -> Result {
    let mut requests = Vec::new();
    let mut time = Duration::ZERO;
    for number in 1..=options.sites {
        let site = format!("site{number}.com");
        let fails = options.fail == Some(number);
        requests.push(Request { site, time, fails });
        time += options.step;
    }
    let (site, sites) = (options.fail.unwrap_or(1), options.sites);
    ensure!(site <= sites, "--fail {site}: there are only {sites} sites");

    if options.sequential {
        return print_one_after_the_other(requests).await;
    }
    if options.keep_errors {
        for result in gather_with_errors(requests).await? {
            match result {
                Ok(response) => println!("✅ {response}"),
                Err(error) => println!("❌ {error}; the others are kept"), // an error is a result like any other
            }
        }
        return Ok(());
    }
    let (gathered, others) = if options.taskgroup {
        (gather_in_group(requests).await, "cancelled")
    } else {
        (gather(requests).await, "lost")
    };
    match gathered {
        Ok(responses) => {
            for response in responses {
                println!("✅ {response}"); // in input order, whichever was fastest
            }
        }
        Err(error) => println!("❌ {error}; the others are {others}"), // including those that have responded
    }
    Ok(())
}

struct Request {
    site: String,
    time: Duration,
    fails: bool,
}

async fn fetch(request: Request) -> Result<String> {
    sleep(request.time).await;
    ensure!(!request.fails, "Error from {}", request.site);
    Ok(format!("Response from {}", request.site))
}

async fn gather(requests: Vec<Request>) -> Result<Vec<String>> {
    let mut tasks = Vec::new();
    for request in requests {
        tasks.push(tokio::spawn(fetch(request))); // all of them run from here on
    }
    let mut responses = Vec::new();
    for task in tasks {
        responses.push(task.await??); // on an error the other tasks run on, as in asyncio
    }
    Ok(responses)
}

async fn gather_with_errors(requests: Vec<Request>) -> Result<Vec<Result<String>>> {
    let mut tasks = Vec::new();
    for request in requests {
        tasks.push(tokio::spawn(fetch(request)));
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await?); // passes on a panic, and keeps the error of a request
    }
    Ok(results)
}

async fn gather_in_group(requests: Vec<Request>) -> Result<Vec<String>> {
    let mut responses = vec![String::new(); requests.len()];
    let mut group = JoinSet::new();
    for (place, request) in requests.into_iter().enumerate() {
        group.spawn(fetch_into(place, request));
    }
    while let Some(ended) = group.join_next().await {
        let (place, response) = ended?;
        responses[place] = response?; // returning drops the group, which cancels its tasks
    }
    Ok(responses)
}

async fn fetch_into(place: usize, request: Request) -> (usize, Result<String>) {
    (place, fetch(request).await)
}

async fn print_one_after_the_other(requests: Vec<Request>) -> Result {
    let began = Instant::now();
    for request in requests {
        // Missing: spawn all requests before the first is awaited
        match fetch(request).await {
            Ok(response) => println!("✅ {response}"),
            Err(error) => {
                println!("❌ {error}; the others are not sent");
                break;
            }
        }
    }
    println!(
        "🐢 One after the other: {:.1}s",
        began.elapsed().as_secs_f64()
    ); // the sum of all times, not the longest
    Ok(())
}
