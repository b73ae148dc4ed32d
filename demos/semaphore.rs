//! A semaphore: at most so many at once.
//!
//! Five files want to be downloaded, two may be at a time. Watch how each
//! download that ends lets exactly one other begin, in the order in which they
//! asked.
//!
//! # Key insight
//!
//! A semaphore is a bowl of permits: who gets one goes on, who finds the bowl
//! empty waits in line, and a permit that is put back goes to the first in line.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Semaphore(2)` | `Semaphore::new(2)` |
//! | `async with semaphore:` | `let permit = semaphore.acquire().await?;` |
//! | `semaphore.release()` | the permit is dropped |
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
//! # When to use
//!
//! To protect something that bears only so much at once: a server's
//! connections, file descriptors, memory.
//!
//! # Pitfalls
//!
//! - It limits how many run at once, not how many start in a second: ten
//!   requests of 10 ms pass a limit of 3 in 40 ms. For a rate, see `ratelimit`.
//! - All tasks exist from the beginning and wait; a million of them take
//!   memory, be the limit ever so low.
//! - A permit bound to `_` is dropped at once; bind it to `_permit`.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo semaphore --limit 2
//! $ asyncdemo semaphore --files 10 --limit 3 --durations 10ms
//! $ asyncdemo semaphore --no-limit
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::stage::{BREAK_IT, Durations, Result, count};

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
        let file = format!("file-{number}");
        let time = options.durations.get(number, &file);
        if options.no_limit {
            downloads.spawn(download_unlimited(file, time));
        } else {
            downloads.spawn(download(file, time, Arc::clone(&permits)));
        }
    }
    while let Some(ended) = downloads.join_next().await {
        ended??;
    }
    Ok(())
}

async fn download(
    file: String,
    time: Duration,
    permits: Arc<Semaphore>,
) -> Result<(), AcquireError> {
    let _permit = permits.acquire().await?; // the others wait here, in FIFO order
    println!("📥 Downloading {file}...");
    sleep(time).await;
    println!("✅ Downloaded {file}"); // dropping the permit wakes the first in line
    Ok(())
}

async fn download_unlimited(file: String, time: Duration) -> Result<(), AcquireError> {
    // Missing: let _permit = permits.acquire().await?;
    println!("📥 Downloading {file}...");
    sleep(time).await;
    println!("✅ Downloaded {file}");
    Ok(())
}
