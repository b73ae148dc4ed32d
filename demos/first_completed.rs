//! First completed: ask several, take the fastest, let go of the rest.
//!
//! Three sources race. When the first one answers, the others are counted as
//! pending and then cancelled; with `--keep-losers` they run on to their ends.
//!
//! # Key insight
//!
//! Waiting for the first is easy. Deciding what becomes of the others is the
//! point: a `JoinSet` cancels them when it is dropped.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.wait(…, return_when=FIRST_COMPLETED)` | `JoinSet::join_next().await` |
//! | the `done` set | `join_next`, then `try_join_next` until it is empty |
//! | `for task in pending: task.cancel()` | drop the set, or `shutdown().await` |
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
//!     print("wait(return_when=FIRST_COMPLETED):")
//!     sources = {"Source-1": 2, "Source-2": 0.8, "Source-3": 1.5}
//!     race = [asyncio.create_task(fetch(*source)) for source in sources.items()]
//!     done, pending = await asyncio.wait(race, return_when=asyncio.FIRST_COMPLETED)
//!     print(f"{len(done)} task(s) completed, {len(pending)} pending")
//!     for task in done:
//!         print(f"Result: {task.result()}")
//!     for task in pending:
//!         task.cancel()
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! To hide a slow server behind a fast one: ask two mirrors, take the first.
//!
//! # Pitfalls
//!
//! - More than one can be done when you wake up. A result that was there and is
//!   thrown away is work lost.
//! - `select!` over futures drops the losers at its end, too; `select!` over
//!   `JoinHandle`s drops the handles, and the tasks run on.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo first-completed --sources A=300ms,B=100ms,C=200ms
//! $ asyncdemo first-completed --keep-losers
//! ```

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{Lane, Stage, Timed, measured};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct FirstCompleted {
    /// The sources and how long each takes, as NAME=DURATION,NAME=DURATION
    #[arg(
        long,
        value_name = "LIST",
        default_value = "Source-1=2s,Source-2=800ms,Source-3=1.5s"
    )]
    sources: Timed,

    /// Lets the losers finish, and tells when they did
    #[arg(long)]
    keep_losers: bool,
}

impl Demo for FirstCompleted {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/first-completed.log"),
        start: "08:49:18.035",
        options: &["--sources", "Source-1=2s,Source-2=816ms,Source-3=1.5s"],
        tolerance: Duration::ZERO,
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        stage.say("🥇", "wait(return_when=FIRST_COMPLETED):");
        let mut race = JoinSet::new();
        for (name, time) in self.sources.0 {
            race.spawn(fetch(stage.lane(name), time));
        }

        let first = race.join_next().await.transpose()?;
        let mut winners = Vec::from_iter(first);
        while let Some(winner) = race.try_join_next().transpose()? {
            winners.push(winner); // finished at the same instant
        }
        let (completed, pending) = (winners.len(), race.len());
        stage.say(
            "📋",
            format_args!("{completed} task(s) completed, {pending} pending"),
        );
        for (lane, data) in winners {
            lane.log("✅", format_args!("Result: {data}"));
        }

        if self.keep_losers {
            while let Some((lane, _)) = race.join_next().await.transpose()? {
                let time = measured(stage.elapsed());
                lane.log("🐌", format_args!("{lane} finished after {time}, too late")); // its result was computed for nobody
            }
        }
        race.shutdown().await;
        Ok(())
    }
}

async fn fetch(lane: Lane, time: Duration) -> (Lane, String) {
    lane.works_on("fetching", sleep(time)).await;
    let data = format!("Data from {lane}");
    (lane, data)
}
