//! A task group: tasks that begin and end together.
//!
//! Three tasks run; after half a second one of them fails. Watch what is not
//! printed: neither of the others is ever done, for the group has cancelled them
//! and waited for their ends before it handed the error on. Without a group
//! (`--detached`) they run on, as if nothing had happened.
//!
//! # Key insight
//!
//! Concurrency with a shape: what is started inside a block has ended when the
//! block ends, well or badly. No task outlives it, no error gets lost in it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async with asyncio.TaskGroup() as group:` | `Group` below, forty lines around a `JoinSet` |
//! | `group.create_task(work())` | `set.spawn(work())` |
//! | the first error cancels the rest | `set.abort_all()` |
//! | the end of the block waits for all | `while let Some(ended) = set.join_next().await` |
//! | `except* ValueError as group:` | the errors in a `Vec` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def work(name, time, fails=False):
//!     await asyncio.sleep(time)
//!     if fails:
//!         raise RuntimeError(f"{name} failed!")
//!     print(f"{name} done")
//!
//!
//! async def main():
//!     try:
//!         async with asyncio.TaskGroup() as group:
//!             group.create_task(work("A", 1))
//!             group.create_task(work("B", 2))
//!             group.create_task(work("C", 0.5, fails=True))
//!     except* RuntimeError as failed:
//!         for error in failed.exceptions:
//!             print(f"Caught: {error}")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Whenever several tasks serve one purpose: if one fails, the others work for
//! nobody. For tasks that may fail each on its own, keep their results instead,
//! as `gather --keep-errors` does.
//!
//! # Pitfalls
//!
//! - Two may fail at the same instant. Whoever returns at the first error drops
//!   the second one; so cancel, wait for all, and collect.
//! - `abort_all` is a request. Until `join_next` has given all of them, a task
//!   may still hold what it has borrowed: a file, a permit, a lock.
//! - A handle that is dropped, by `?` for instance, leaves its task running:
//!   `--detached`. A `JoinSet` that is dropped cancels its tasks, but does not
//!   wait for them.
//! - A task that has ended well before the failure stays done: cancellation
//!   undoes nothing.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo taskgroup --tasks A=300ms,B=100ms,C=200ms
//! $ asyncdemo taskgroup --detached
//! $ asyncdemo taskgroup --tasks A=1s!,B=2s,C=1s!
//! ```

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::panic::resume_unwind;

use anyhow::ensure;
use futures_util::TryStreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, Trials};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct TaskGroup {
    /// The tasks and how long each takes, as NAME=DURATION,NAME=DURATION!; one with an
    /// exclamation mark fails at its end
    #[arg(long, value_name = "LIST", default_value = "A=1s,B=2s,C=500ms!")]
    tasks: Trials,

    /// Spawns the tasks without a group: the others run on after a failure
    #[arg(long, help_heading = BREAK_IT)]
    detached: bool,
}

impl Demo for TaskGroup {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        // One beginning for all: what ends at the same instant, ends together.
        let now = Instant::now();
        let tasks = self.tasks.0.into_iter().map(|task| {
            let lane = stage.lane(task.name);
            work(lane, now + task.time, task.fails)
        });

        if self.detached {
            detached(&stage, tasks).await;
            return Ok(());
        }
        let mut group = Group::default();
        for task in tasks {
            group.spawn(task);
        }
        for error in group.join().await {
            stage.say("❌", format_args!("Caught: {error}")); // the others are gone by now, every one of them
        }
        Ok(())
    }
}

async fn work(lane: Lane, end: Instant, fails: bool) -> anyhow::Result<()> {
    lane.works_on("its task", sleep_until(end)).await;
    ensure!(!fails, "{lane} failed!");
    lane.log("✅", format_args!("{lane} done"));
    Ok(())
}

/// Tasks that end together. To drop the group is to cancel them.
#[derive(Default)]
struct Group {
    tasks: JoinSet<(usize, anyhow::Result<()>)>,
}

impl Group {
    fn spawn(&mut self, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        // All are spawned before the first is joined: their number is a place.
        let number = self.tasks.len();
        self.tasks.spawn(async move { (number, task.await) });
    }

    /// Waits until every task has ended, and gives their errors in the order of
    /// spawning. The first error cancels whoever is still running.
    async fn join(mut self) -> impl Iterator<Item = anyhow::Error> {
        let mut errors = BTreeMap::new();
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok((number, Err(error))) => {
                    // Whoever has ended by now is not cancelled any more: an
                    // error of the same instant is still to come.
                    self.tasks.abort_all();
                    errors.insert(number, error);
                }
                // A panic is no result; it goes on in whoever joins.
                Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
                // Done, or cancelled by us.
                Ok((_, Ok(()))) | Err(_) => {}
            }
        }
        errors.into_values()
    }
}

/// The same without a group: each task belongs to nobody.
async fn detached(
    stage: &Stage,
    tasks: impl Iterator<Item = impl Future<Output = anyhow::Result<()>> + Send + 'static>,
) {
    // Counts them, for the narrator's sake; it stops nobody.
    let running = TaskTracker::new();
    let handles: FuturesUnordered<_> = tasks.map(|task| running.spawn(task)).collect();
    running.close();
    // Goes through the ends as they come, and drops the handles at the first error.
    if let Err(error) = handles.err_into().try_for_each(ready).await {
        stage.say("❌", format_args!("Caught: {error}")); // the first; if another follows, nobody hears it
        let left = running.len();
        let text = format!("The failure stops nobody: {left} still running");
        stage.say("💥", text); // their handles were dropped, they were not
        running.wait().await;
    }
}
