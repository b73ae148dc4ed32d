//! Batches: many items, so many at a time.
//!
//! Twenty-five items are processed, ten at a time, each batch after the other.
//! Watch the items come in groups. With `--pool` a new item begins whenever one
//! is done; where the items take different times, that saves the waiting for
//! each batch's slowest.
//!
//! # Key insight
//!
//! A batch is as slow as its slowest item, and everybody else's place stays
//! empty meanwhile. A pool has the same number of places and gives each away at
//! once.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.gather(*batch)`, batch after batch | fill a `JoinSet`, then `join_next` until it is empty |
//! | a pool of workers on a queue, or a semaphore | one `join_next` before each further `spawn` |
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
//! # When to use
//!
//! Batches where the other side wants them: an insert of many rows, a request
//! that takes a list, a pause between two loads. A pool for everything else.
//!
//! # Pitfalls
//!
//! - One item that hangs holds up its whole batch, and all after it.
//! - One item that fails should not cost the others their results: keep a
//!   `Result` for each (`--fail 7`).
//! - To spawn everything behind a semaphore limits the work just as well, but
//!   all tasks exist from the beginning; here there are never more than fit.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo batch --items 6 --size 2 --takes 100ms
//! $ asyncdemo batch --items 6 --size 2 --takes 400ms,100ms,100ms --pool
//! $ asyncdemo batch --items 6 --size 3 --fail 4
//! ```

use std::time::Duration;

use anyhow::bail;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Cycle, Lane, Stage, count, count_or_zero, seconds_rounded};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Batch {
    /// How many items there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "25")]
    items: usize,

    /// How many are processed at a time
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "10")]
    size: usize,

    /// How long each item takes, such as 500ms or 400ms,1.5s; a list that runs out starts over
    #[arg(long, value_name = "LIST", default_value = "500ms")]
    takes: Cycle,

    /// Begins an item whenever one is done, instead of a batch when all are
    #[arg(long)]
    pool: bool,

    /// The item that fails, from 0 to 1000000; 0 is the first [default: none]
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero)]
    fail: Option<usize>,
}

impl Demo for Batch {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let mut running = JoinSet::new();
        let mut results = Vec::new();
        // The whole difference: a batch leaves nobody behind, a pool goes on as
        // soon as one place is free.
        let stay = if self.pool { self.size - 1 } else { 0 };
        for number in 0..self.items {
            if running.len() == self.size {
                while running.len() > stay
                    && let Some(ended) = running.join_next().await
                {
                    results.push(ended?);
                }
            }
            let lane = stage.lane(format_args!("item-{number}"));
            let fails = self.fail == Some(number);
            running.spawn(process(lane, number, self.takes.get(number), fails));
        }
        while let Some(ended) = running.join_next().await {
            results.push(ended?);
        }

        let kept = results.iter().flatten().count();
        stage.say("📦", format_args!("{kept} results")); // an error takes one place, not the whole batch
        if self.pool {
            let pool = seconds_rounded(stage.elapsed());
            let batches = seconds_rounded(self.in_batches());
            let text = format!("The pool took {pool}, batches would take {batches}");
            stage.say("🏁", text); // the difference is the time that places stay empty
        }
        Ok(())
    }
}

impl Batch {
    /// Each batch takes as long as the slowest of its items.
    fn in_batches(&self) -> Duration {
        let takes = (0..self.items).map(|number| self.takes.get(number));
        let takes = takes.collect::<Vec<_>>();
        let batches = takes.chunks(self.size);
        batches.filter_map(|batch| batch.iter().max()).sum()
    }
}

async fn process(lane: Lane, number: usize, time: Duration, fails: bool) -> anyhow::Result<usize> {
    lane.log("⚙️", format_args!("Processing {number}"));
    lane.works_on("processing", sleep(time)).await;
    if fails {
        lane.log("❌", format_args!("Failed {number}"));
        bail!("{lane} failed");
    }
    Ok(number)
}
