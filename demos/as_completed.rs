//! As completed: handle each result as soon as it is ready.
//!
//! Three requests run concurrently. Watch the order of the answers: they are
//! handled as they arrive, not as they were requested. Awaiting the handles in
//! turn (`--in-order`) prints nothing until the slowest, which happens to be the
//! first, has answered.
//!
//! # Key insight
//!
//! `JoinSet::join_next` returns the result of whichever task completes next.
//! Both ways take as long as the slowest request; the difference is when the
//! others can be used.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `for request in asyncio.as_completed(requests):` | `while let Some(response) = requests.join_next().await` |
//! | `await request` | `response?` |
//! | the same without spawning tasks | `futures::stream::FuturesUnordered` |
//! | at most n at a time | `stream.buffer_unordered(n)` |
//! | results in input order: `gather` | `futures::future::join_all`, or handles awaited in turn |
//!
//! ```python
//! import asyncio
//!
//!
//! async def fetch(name, seconds):
//!     await asyncio.sleep(seconds)
//!     return f"Data from {name}"
//!
//!
//! async def main():
//!     print("as_completed - Process Results as They Finish:")
//!     sources = {"API-A": 1.5, "API-B": 0.5, "API-C": 1.0}
//!     for request in asyncio.as_completed([fetch(*source) for source in sources.items()]):
//!         print(f"Received: {await request}")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! A `JoinSet` owns the tasks and returns their results in completion order:
//!
//! ```rust,ignore
//! //! Three requests run concurrently; each answer is handled when it arrives.
//!
//! use std::time::Duration;
//!
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), JoinError> {
//!     println!("as_completed - Process Results as They Finish:");
//!     let mut requests = JoinSet::new();
//!     for (name, millis) in [("API-A", 1500), ("API-B", 500), ("API-C", 1000)] {
//!         requests.spawn(fetch(name, Duration::from_millis(millis)));
//!     }
//!     while let Some(response) = requests.join_next().await {
//!         let data = response?;
//!         println!("Received: {data}"); // from the task that completed, whichever it is
//!     }
//!     Ok(())
//! }
//!
//! async fn fetch(name: &str, time: Duration) -> String {
//!     sleep(time).await;
//!     format!("Data from {name}")
//! }
//! ```
//!
//! # When to use
//!
//! When each result is useful on its own: show the first hits while the search
//! is still running, or write rows while others are being fetched. If only the
//! complete list is useful, or its order matters, collect the results in input
//! order instead, as `gather` does.
//!
//! # Pitfalls
//!
//! - Completion order does not tell which request an answer belongs to. Return
//!   that with the result, as `fetch` does. (In Python 3.13 and later, `async for`
//!   over `as_completed` yields the original tasks.)
//! - Dropping a `JoinSet` aborts the tasks that are still running. Dropping a
//!   `JoinHandle` detaches its task.
//! - A `?` on the first failed result leaves the loop, and the `JoinSet` cancels
//!   the rest. Match on the result if the others should continue.
//! - Futures in a `FuturesUnordered` run only while it is polled. Slow work in
//!   the loop's body stops them; spawned tasks run on.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo as-completed --sources A=300ms,B=100ms,C=200ms
//! $ asyncdemo as-completed --in-order
//! $ asyncdemo as-completed --walkthrough
//! ```
//!
//! # Read on
//!
//! - [`tokio::task::JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html)
//! - [`FuturesUnordered`](https://docs.rs/futures/latest/futures/stream/struct.FuturesUnordered.html)
//! - [`asyncio.as_completed`](https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed)
//!   (an asynchronous iterator since Python 3.13)

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, Timed};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Sources and the time that each takes: NAME=DURATION pairs, separated by commas
    #[arg(
        long,
        value_name = "LIST",
        default_value = "API-A=1.5s,API-B=500ms,API-C=1s"
    )]
    sources: Timed,

    /// Await the requests in the order in which they were sent
    #[arg(long, help_heading = BREAK_IT)]
    in_order: bool,
}

/// Requests all sources concurrently.
pub async fn main(options: Options) -> Result {
    println!("🏃 as_completed - Process Results as They Finish:");
    let Timed(sources) = options.sources;
    if options.in_order {
        receive_in_order(sources).await
    } else {
        receive_as_completed(sources).await
    }
}

async fn receive_as_completed(sources: Vec<(String, Duration)>) -> Result {
    let mut requests = JoinSet::new();
    for (name, time) in sources {
        requests.spawn(fetch(name, time));
    }
    while let Some(response) = requests.join_next().await {
        let data = response?;
        println!("✅ Received: {data}"); // from the task that completed, whichever it is
    }
    Ok(())
}

async fn fetch(name: String, time: Duration) -> String {
    sleep(time).await;
    format!("Data from {name}")
}

async fn receive_in_order(sources: Vec<(String, Duration)>) -> Result {
    let mut requests = Vec::new();
    for (name, time) in sources {
        requests.push(tokio::spawn(fetch(name, time)));
    }
    // Missing: a JoinSet, whose join_next() returns what is ready
    for request in requests {
        let data = request.await?;
        println!("✅ Received: {data}"); // the next in line, whatever has arrived before it
    }
    Ok(())
}
