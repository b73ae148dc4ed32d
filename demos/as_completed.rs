//! As completed: take each result the moment it is there.
//!
//! Three sources are asked at once. Their answers are handled in the order in
//! which they come, not in the order in which they were asked for.
//!
//! # Key insight
//!
//! A `JoinSet` gives its tasks' results in the order of completion. Whoever
//! waits for the slowest before handling the fastest gives time away.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.as_completed(tasks)` | `JoinSet` and `join_next().await` |
//! | the same without tasks | `futures::stream::FuturesUnordered` |
//! | results in the order of asking | `join_all`, or handles awaited in turn |
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
//! # When to use
//!
//! Where a result is useful on its own: show the first hits while the others are
//! still searched for.
//!
//! # Pitfalls
//!
//! - The order tells nothing about who was asked; let each result say whose it
//!   is, as the lane does here.
//! - Dropping a `JoinSet` aborts what is still running, dropping a `JoinHandle`
//!   does not.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo as-completed --sources A=300ms,B=100ms,C=200ms
//! $ asyncdemo as-completed --walkthrough
//! ```

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{Lane, Stage, Timed};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct AsCompleted {
    /// The sources and how long each takes, as NAME=DURATION,NAME=DURATION
    #[arg(
        long,
        value_name = "LIST",
        default_value = "API-A=1.5s,API-B=500ms,API-C=1s"
    )]
    sources: Timed,
}

impl Demo for AsCompleted {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/as-completed.log"),
        start: "08:49:16.522",
        options: &["--sources", "API-A=1513ms,API-B=502ms,API-C=1015ms"],
        tolerance: Duration::ZERO,
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        stage.say("🏃", "as_completed - Process Results as They Finish:");
        let mut requests = JoinSet::new();
        for (name, time) in self.sources.0 {
            requests.spawn(fetch(stage.lane(name), time));
        }
        while let Some(answered) = requests.join_next().await {
            let (lane, data) = answered?;
            lane.log("✅", format_args!("Received: {data}")); // whoever is done, not whoever is next
        }
        Ok(())
    }
}

async fn fetch(lane: Lane, time: Duration) -> (Lane, String) {
    lane.works_on("fetching", sleep(time)).await;
    let data = format!("Data from {lane}");
    (lane, data)
}
