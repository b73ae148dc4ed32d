//! Tasks: several run at once.
//!
//! Two tasks start together, one needs two seconds, the other one. Watch the
//! total: it is the longest of them, not their sum. With `--sequential` each is
//! awaited before the next one starts, and the total is the sum.
//!
//! # Key insight
//!
//! A spawned task runs by itself, whether it is awaited or not; awaiting it
//! collects its result. Spawn all of them first, then await all of them.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `task = asyncio.create_task(work())` | `let task = tokio::spawn(work());` |
//! | `await task` | `task.await?` |
//! | `await work()` in a loop | the same: one after the other |
//! | `task.done()` | `task.is_finished()` |
//!
//! ```python
//! import asyncio
//! import time
//!
//!
//! async def work(name, delay):
//!     print(f"{name} starting")
//!     await asyncio.sleep(delay)
//!     print(f"{name} done")
//!
//!
//! async def main():
//!     delays = {"A": 2, "B": 1}
//!     began = time.perf_counter()
//!     tasks = [asyncio.create_task(work(*task)) for task in delays.items()]
//!     for task in tasks:
//!         await task
//!     total = time.perf_counter() - began
//!     print(f"Total: {total:.1f}s (one after the other: {sum(delays.values()):.1f}s)")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! For things that have nothing to wait for in each other: requests to several
//! servers, a connection each, work in the background.
//!
//! # Pitfalls
//!
//! - To spawn and await in the same breath is no concurrency at all:
//!   `--sequential` does just that.
//! - A new task does not run at once. It begins when the one that spawned it
//!   comes to an `.await`.
//! - asyncio forgets a task that nobody refers to, and it may vanish halfway.
//!   tokio's runs on when its handle is dropped; it may then outlive its purpose.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo tasks --delays 300ms,100ms,200ms
//! $ asyncdemo tasks --delays 300ms,100ms,200ms --sequential
//! $ asyncdemo tasks --clock virtual --where
//! ```

use std::time::Duration;

use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Cycle, Lane, Stage, seconds_rounded};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Tasks {
    /// How long each task takes, such as 500ms,1.5s: a task for each
    #[arg(long, value_name = "LIST", default_value = "2s,1s")]
    delays: Cycle,

    /// Awaits each task before it starts the next
    #[arg(long, help_heading = BREAK_IT)]
    sequential: bool,
}

impl Demo for Tasks {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let mut running = Vec::new();
        for (number, &delay) in self.delays.round().iter().enumerate() {
            let task = tokio::spawn(work(stage.lane(name(number)), delay));
            if self.sequential {
                task.await?;
            } else {
                running.push(task);
            }
        }
        for task in running {
            task.await?; // all of them run while we wait for the first
        }

        let total = seconds_rounded(stage.elapsed());
        let sum = seconds_rounded(self.delays.round().iter().sum());
        let text = format!("Total: {total} (one after the other: {sum})");
        stage.say("🏁", text); // tasks at once take as long as the longest of them
        Ok(())
    }
}

async fn work(lane: Lane, delay: Duration) {
    lane.log("🚀", format_args!("{lane} starting")); // not when it was spawned, but when its parent awaited
    lane.works_on("its work", sleep(delay)).await; // here the others get their turn
    lane.log("✅", format_args!("{lane} done"));
}

/// A, B, C … Z, AA, AB …, as the columns of a spreadsheet.
fn name(number: usize) -> String {
    let mut name = (number / 26).checked_sub(1).map(name).unwrap_or_default();
    name.extend(('A'..='Z').nth(number % 26));
    name
}
