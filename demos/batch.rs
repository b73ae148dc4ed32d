//! Batch: process many items, a limited number at a time.
//!
//! Twenty-five items are processed in batches of ten. Watch the items start in
//! groups: a batch starts when the one before has finished. With `--pool` the
//! next item starts as soon as any item is done. That saves time if the items
//! take different times.
//!
//! # Key insight
//!
//! A batch takes as long as its slowest item, and the places of the other items
//! stay empty meanwhile. A pool has the same number of places and fills each one
//! immediately.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `for batch in itertools.batched(items, 10):` | `for batch in items.chunks(10)` |
//! | `await asyncio.gather(*map(process, batch))` | fill a `JoinSet`, then call `join_next` until it is empty |
//! | a pool: workers on a queue, or a semaphore | one `join_next` before each further `spawn` |
//! | the same over a stream | `stream.map(process).buffer_unordered(10)` |
//! | `gather(…, return_exceptions=True)` | a `Result` for each item |
//!
//! ```python
//! import asyncio
//!
//!
//! async def process(item):
//!     print(f"Processing {item}")
//!     await asyncio.sleep(0.5)
//!     return item
//!
//!
//! async def main():
//!     results = []
//!     for first in range(0, 25, 10):
//!         batch = range(first, min(first + 10, 25))
//!         results += await asyncio.gather(*map(process, batch))
//!     print(f"{len(results)} results")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! `process_in_batches` is what the recipe runs by default, and
//! `process_in_a_pool` what it runs with `--pool`:
//!
//! ```rust,ignore
//! //! Twenty-five items are processed, ten at a time.
//!
//! use std::time::Duration;
//!
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! #[tokio::main(flavor = "current_thread")] // one thread: the items of a batch start in order
//! async fn main() -> Result<(), JoinError> {
//!     let items: Vec<u32> = (0..25).collect();
//!     let results = match std::env::args().nth(1).as_deref() {
//!         Some("--pool") => process_in_a_pool(&items, 10).await?,
//!         _ => process_in_batches(&items, 10).await?,
//!     };
//!     let kept = results.iter().flatten().count();
//!     println!("{kept} results"); // an item that fails costs the others nothing
//!     Ok(())
//! }
//!
//! /// Starts a batch when the one before has finished.
//! async fn process_in_batches(items: &[u32], size: usize) -> Result<Vec<Processed>, JoinError> {
//!     let mut results = Vec::new();
//!     for batch in items.chunks(size) {
//!         let mut running = JoinSet::new();
//!         for item in batch {
//!             running.spawn(process(*item));
//!         }
//!         while let Some(ended) = running.join_next().await {
//!             results.push(ended?);
//!         }
//!     }
//!     Ok(results)
//! }
//!
//! /// Starts an item whenever fewer than `size` are running.
//! async fn process_in_a_pool(items: &[u32], size: usize) -> Result<Vec<Processed>, JoinError> {
//!     let mut results = Vec::new();
//!     let mut running = JoinSet::new();
//!     for item in items {
//!         if running.len() == size {
//!             results.extend(running.join_next().await.transpose()?);
//!         }
//!         running.spawn(process(*item));
//!     }
//!     while let Some(ended) = running.join_next().await {
//!         results.push(ended?);
//!     }
//!     Ok(results)
//! }
//!
//! type Processed = Result<u32, String>;
//!
//! async fn process(item: u32) -> Processed {
//!     println!("Processing {item}");
//!     sleep(Duration::from_millis(500)).await;
//!     Ok(item)
//! }
//! ```
//!
//! # When to use
//!
//! Use batches if the other side asks for them: an insert of many rows, a request
//! that takes a list, a pause after every hundred calls. Use a pool for
//! everything else. Neither is needed for a handful of items (`gather`).
//!
//! # Pitfalls
//!
//! - An item that hangs holds up its batch and every batch after it. Give each
//!   item a timeout.
//! - An item that fails should not cost the others their results. Keep a
//!   `Result` for each: `--fail 7`.
//! - Starting everything (`--all-at-once`) opens as many connections or files as
//!   there are items, and the other side refuses some of them.
//! - Tasks that wait for a semaphore limit the work just as well, but all of them
//!   exist from the beginning. Here there are never more than `--size`.
//! - Results arrive in completion order. Return the item with its result, or use
//!   `buffered` instead of `buffer_unordered`.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo batch --items 6 --size 2 --takes 100ms
//! $ asyncdemo batch --items 6 --size 2 --takes 400ms,100ms,100ms --pool
//! $ asyncdemo batch --items 6 --size 3 --fail 4
//! $ asyncdemo batch --all-at-once
//! ```
//!
//! # Read on
//!
//! - [`tokio::task::JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html)
//! - [`StreamExt::buffer_unordered`](https://docs.rs/futures/latest/futures/stream/trait.StreamExt.html#method.buffer_unordered)
//! - [`asyncio.gather`](https://docs.python.org/3/library/asyncio-task.html#asyncio.gather)
//! - [`itertools.batched`](https://docs.python.org/3/library/itertools.html#itertools.batched)
//!   (Python 3.12 and later)

use std::time::Duration;

use anyhow::bail;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Cycle, Result, count, count_or_zero, seconds_rounded};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of items
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "25")]
    items: usize,

    /// Number of items that may be processed concurrently
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "10")]
    size: usize,

    /// Time that each item takes: a list such as 400ms,1.5s that starts over when it runs out
    #[arg(long, value_name = "DURATIONS", default_value = "500ms")]
    takes: Cycle,

    /// Start the next item as soon as one is done, instead of a batch when all are
    #[arg(long)]
    pool: bool,

    /// Item that fails, from 0 (the first) to 1000000 [default: none]
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero)]
    fail: Option<usize>,

    /// Start all items immediately, however many there are
    #[arg(long, conflicts_with = "pool", help_heading = BREAK_IT)]
    all_at_once: bool,
}

/// Something to process.
#[derive(Clone, Copy)]
struct Item {
    number: usize,
    time: Duration,
    fails: bool,
}

/// Processes all items, and counts the results.
pub async fn main(options: Options) -> Result {
    let started = Instant::now();
    let items = (0..options.items).map(|number| Item {
        number,
        time: options.takes.get(number),
        fails: options.fail == Some(number),
    });
    let items = items.collect::<Vec<_>>();
    let results = if options.all_at_once {
        process_all_at_once(&items).await?
    } else if options.pool {
        process_in_a_pool(&items, options.size).await?
    } else {
        process_in_batches(&items, options.size).await?
    };

    let kept = results.iter().flatten().count();
    println!("📦 {kept} results"); // an item that fails costs the others nothing
    if options.pool {
        let pool = seconds_rounded(started.elapsed());
        let batches = seconds_rounded(time_in_batches(&items, options.size));
        println!("🏁 The pool took {pool}, batches would take {batches}"); // the difference: places that stay empty
    }
    Ok(())
}

/// Starts a batch when the one before has finished.
async fn process_in_batches(items: &[Item], size: usize) -> Result<Vec<Processed>, JoinError> {
    let mut results = Vec::new();
    for batch in items.chunks(size) {
        let mut running = JoinSet::new();
        for item in batch {
            running.spawn(process(*item));
        }
        while let Some(ended) = running.join_next().await {
            results.push(ended?);
        }
    }
    Ok(results)
}

type Processed = Result<usize>;

async fn process(item: Item) -> Processed {
    let Item {
        number,
        time,
        fails,
    } = item;
    println!("⚙️ Processing {number}");
    sleep(time).await;
    if fails {
        println!("❌ Failed {number}");
        bail!("item {number} failed");
    }
    Ok(number)
}

/// Starts an item whenever fewer than `size` are running.
async fn process_in_a_pool(items: &[Item], size: usize) -> Result<Vec<Processed>, JoinError> {
    let mut results = Vec::new();
    let mut running = JoinSet::new();
    for item in items {
        if running.len() == size {
            results.extend(running.join_next().await.transpose()?);
        }
        running.spawn(process(*item));
    }
    while let Some(ended) = running.join_next().await {
        results.push(ended?);
    }
    Ok(results)
}

/// A batch takes as long as its slowest item.
fn time_in_batches(items: &[Item], size: usize) -> Duration {
    let slowest = |batch: &[Item]| batch.iter().map(|item| item.time).max();
    items.chunks(size).filter_map(slowest).sum()
}

/// Starts every item.
async fn process_all_at_once(items: &[Item]) -> Result<Vec<Processed>, JoinError> {
    let mut results = Vec::new();
    let mut running = JoinSet::new();
    for item in items {
        // Missing: wait for one to end if `size` are running
        running.spawn(process(*item));
    }
    let most = running.len();
    while let Some(ended) = running.join_next().await {
        results.push(ended?);
    }
    println!("💥 {most} items ran concurrently"); // as many connections or open files
    Ok(results)
}
