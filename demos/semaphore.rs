//! Semaphore: limit how many tasks run concurrently.
//!
//! Five files are downloaded, two at a time. Watch how each download that completes
//! lets exactly one other start, in the order in which they asked. With `--no-limit`
//! all of them start immediately.
//!
//! # Key insight
//!
//! A semaphore holds a number of permits. A task that gets a permit continues; the
//! others wait in FIFO order. A permit that is returned goes to the first in line.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Semaphore(2)` | `Semaphore::new(2)` |
//! | `async with semaphore:` | `let _permit = semaphore.acquire().await?;` |
//! | `semaphore.release()` | the permit is dropped |
//! | `semaphore.locked()` | `semaphore.available_permits() == 0` |
//! | `BoundedSemaphore` | not needed: a permit can be returned only once |
//!
//! ```python
//! import asyncio
//!
//!
//! async def download(name, seconds, semaphore):
//!     async with semaphore:
//!         print(f"Downloading {name}...")
//!         await asyncio.sleep(seconds)
//!         print(f"Downloaded {name}")
//!
//!
//! async def main():
//!     semaphore = asyncio.Semaphore(2)
//!     times = [0.518, 0.791, 0.897, 0.733, 0.502]  # as drawn from the default seed
//!     await asyncio.gather(
//!         *(download(f"file-{n}", time, semaphore) for n, time in enumerate(times))
//!     )
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! The tasks share the semaphore through an `Arc`, and each holds its permit until
//! the end of its scope:
//!
//! ```rust,ignore
//! //! Five files are downloaded, two at a time.
//!
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tokio::sync::{AcquireError, Semaphore};
//! use tokio::task::JoinSet;
//! use tokio::time::sleep;
//!
//! // One thread, so that the tasks ask for their permits in the order of spawning.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let permits = Arc::new(Semaphore::new(2));
//!     let mut downloads = JoinSet::new();
//!     for (number, millis) in [518, 791, 897, 733, 502].into_iter().enumerate() {
//!         let time = Duration::from_millis(millis);
//!         downloads.spawn(download(number, time, Arc::clone(&permits)));
//!     }
//!     while let Some(ended) = downloads.join_next().await {
//!         ended??;
//!     }
//!     Ok(())
//! }
//!
//! async fn download(
//!     number: usize,
//!     time: Duration,
//!     permits: Arc<Semaphore>,
//! ) -> Result<(), AcquireError> {
//!     let _permit = permits.acquire().await?; // the others wait here, in FIFO order
//!     println!("Downloading file-{number}...");
//!     sleep(time).await;
//!     println!("Downloaded file-{number}"); // dropping the permit wakes the first in line
//!     Ok(())
//! }
//! ```
//!
//! # When to use
//!
//! To protect a resource that bears only a limited number of users at a time: the
//! connections of a server, file descriptors, memory. To limit how many operations
//! *start* in a given time, use a rate limit (`ratelimit`). For a limit of one that
//! protects data, use a `Mutex` (`lock`).
//!
//! # Pitfalls
//!
//! - A semaphore limits how many tasks run concurrently, not how many start in a
//!   second: ten requests of 10 ms pass a limit of 3 in 40 ms.
//! - All tasks exist from the start, and most of them wait. A million tasks take
//!   memory whatever the limit; acquire the permit before spawning the task
//!   (`acquire_owned`), or use a fixed number of workers and a channel.
//! - `let _ = semaphore.acquire().await?;` drops the permit immediately; bind it to
//!   `_permit`.
//! - On a multi-threaded runtime the tasks may ask for their permits in another order
//!   than that in which they were spawned. Those that wait are served in FIFO order.
//! - `acquire()` returns an error only after `close()`. Pass it on: the program is
//!   shutting down.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo semaphore --limit 2
//! $ asyncdemo semaphore --files 10 --limit 3 --durations 10ms
//! $ asyncdemo semaphore --no-limit
//! ```
//!
//! # Read on
//!
//! - [`Semaphore`](https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html),
//!   with examples of a limit on open files, on connections and on requests
//! - Python: [`asyncio.Semaphore`](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore)

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Durations, Result, count};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of files to download
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    files: usize,

    /// Number of downloads that may run concurrently
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    limit: usize,

    /// Time that each download takes: a list such as 639ms,1.5s that starts over when it runs
    /// out, or a range to draw from
    #[arg(long, value_name = "DURATIONS", default_value = "500ms..1s")]
    durations: Durations,

    /// Disable the semaphore: start all downloads immediately
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,
}

/// Downloads all files, `limit` of them at a time.
pub async fn main(options: Options) -> Result {
    let permits = Arc::new(Semaphore::new(options.limit));
    let mut downloads = JoinSet::new();
    for number in 0..options.files {
        let time = options.durations.get(number, &format!("file-{number}"));
        if options.no_limit {
            downloads.spawn(download_unlimited(number, time));
        } else {
            downloads.spawn(download(number, time, Arc::clone(&permits)));
        }
    }
    while let Some(ended) = downloads.join_next().await {
        ended??;
    }
    Ok(())
}

async fn download(
    number: usize,
    time: Duration,
    permits: Arc<Semaphore>,
) -> Result<(), AcquireError> {
    let _permit = permits.acquire().await?; // the others wait here, in FIFO order
    println!("📥 Downloading file-{number}...");
    sleep(time).await;
    println!("✅ Downloaded file-{number}"); // dropping the permit wakes the first in line
    Ok(())
}

async fn download_unlimited(number: usize, time: Duration) -> Result<(), AcquireError> {
    // Missing: let _permit = permits.acquire().await?;
    println!("📥 Downloading file-{number}...");
    sleep(time).await;
    println!("✅ Downloaded file-{number}");
    Ok(())
}
