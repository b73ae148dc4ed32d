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

use tokio::sync::Semaphore as Permits;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Cycle, Lane, Stage, count};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Semaphore {
    /// How many files there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    files: usize,

    /// How many may be downloaded at once
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    limit: usize,

    /// How long each download takes, such as 639ms,1.5s; a list that runs out starts over
    /// [default: drawn from 500ms to 1s]
    #[arg(long, value_name = "LIST")]
    durations: Option<Cycle>,

    /// Takes the semaphore away: all downloads run at once
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,
}

impl Demo for Semaphore {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/semaphore.log"),
        start: "08:49:08.949",
        options: &["--durations", "639ms,817ms,913ms,927ms,513ms"],
        tolerance: Duration::ZERO,
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let permits = Arc::new(Permits::new(self.limit));
        let mut downloads = JoinSet::new();
        for number in 0..self.files {
            let lane = stage.lane(format_args!("file-{number}"));
            let time = match &self.durations {
                Some(durations) => durations.get(number),
                None => lane.rng().millis(500..=1000),
            };
            let permits = (!self.no_limit).then(|| Arc::clone(&permits));
            downloads.spawn(download(lane, permits, time));
        }
        while downloads.join_next().await.is_some() {}
        Ok(())
    }
}

async fn download(lane: Lane, permits: Option<Arc<Permits>>, time: Duration) {
    let _permit = match &permits {
        Some(permits) => Some(lane.waits_for("a permit", permits.acquire()).await),
        None => None,
    };
    lane.log("📥", format_args!("Downloading {lane}...")); // only as many as there are permits get past the line above
    lane.works_on("downloading", sleep(time)).await;
    lane.log("✅", format_args!("Downloaded {lane}")); // the permit is dropped here, and the first in line has it
}
