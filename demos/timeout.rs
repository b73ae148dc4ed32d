//! A timeout: no longer than this.
//!
//! A slow task may take two seconds and wants three. Watch that the task is
//! not left running behind our back: it is dropped where it stands, and only
//! then do we go on.
//!
//! # Key insight
//!
//! `timeout` owns the future that it limits. When the time is up it drops the
//! future at its current `.await`, and whatever the future owns is dropped with
//! it: that is all that cancellation is.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.wait_for(task(), 2)` | `timeout(limit, task()).await` |
//! | `async with asyncio.timeout(2):` | `timeout(limit, async { … }).await` |
//! | `asyncio.timeout_at(when)` | `timeout_at(deadline, …)` |
//! | `except TimeoutError:` | `Err(Elapsed)` |
//! | `except CancelledError:` in the task | a guard's `Drop` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def slow_task():
//!     print("SlowTask: Starting (will take 3s)...")
//!     try:
//!         await asyncio.sleep(3)
//!     except asyncio.CancelledError:
//!         print("SlowTask: Was cancelled!")
//!         raise
//!     print("SlowTask: Completed!")
//!
//!
//! async def main():
//!     print("Timeout Example (2s timeout for 3s task):")
//!     try:
//!         await asyncio.wait_for(slow_task(), timeout=2)
//!     except asyncio.TimeoutError:
//!         print("Task timed out!")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Around everything that waits for somebody outside the program. Give each
//! operation its own limit (`--pattern per-operation`), all of them one deadline
//! (`overall`), or answer with something older instead (`fallback`).
//!
//! # Pitfalls
//!
//! - Limits of single operations add up; a user waits for all of them. Use one
//!   deadline for what she sees as one thing.
//! - A result that arrives in time is easily dropped: return it from the same
//!   `match` that handles the timeout.
//! - A future that blocks its thread is not dropped in time, for nobody can get
//!   at it.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo timeout --takes 1s
//! $ asyncdemo timeout --pattern fallback
//! $ asyncdemo timeout --pattern overall --limit 500ms
//! ```

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::recipe::{Demo, Published};
use crate::stage::{Lane, Stage, duration, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Timeout {
    /// How long we are ready to wait
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    limit: Duration,

    /// How long the task takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "3s")]
    takes: Duration,

    /// Where a limit is set, for a request of our own instead of the slow task
    #[arg(long, value_enum, value_name = "PATTERN")]
    pattern: Option<Pattern>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Pattern {
    /// A limit for one operation
    PerOperation,
    /// One deadline for several operations together
    Overall,
    /// An answer from the cache when the time is up
    Fallback,
}

impl Demo for Timeout {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/timeout.log"),
        start: "08:49:12.997",
        options: &[],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let Self {
            limit,
            takes,
            pattern,
        } = self;
        let Some(pattern) = pattern else {
            let (may, will) = (seconds(limit), seconds(takes));
            stage.say(
                "⏱️",
                format_args!("Timeout Example ({may} timeout for {will} task):"),
            );
            if timeout(limit, slow_task(stage.lane("SlowTask"), takes))
                .await
                .is_err()
            {
                stage.say("⏰", "Task timed out!"); // the task is gone already, its guard has spoken
            }
            return Ok(());
        };

        let lane = stage.lane("slow.com");
        match pattern {
            Pattern::PerOperation => match timeout(limit, fetch(&lane, takes)).await {
                Ok(response) => lane.log("✅", response), // a result in time is a result: do not drop it
                Err(_) => lane.log("⏰", format_args!("Timeout for {lane}")),
            },
            Pattern::Overall => {
                // Both halves race the same deadline, however the time is spent.
                let deadline = Instant::now() + limit;
                let both = async {
                    lane.works_on("connecting", sleep(takes / 2)).await;
                    fetch(&lane, takes / 2).await
                };
                match timeout_at(deadline, both).await {
                    Ok(response) => lane.log("✅", response),
                    Err(_) => lane.log("⏰", "Overall timeout"),
                }
            }
            Pattern::Fallback => {
                let answer = timeout(limit, fetch(&lane, takes)).await;
                lane.log(
                    "📦",
                    answer.unwrap_or_else(|_| "cached response".to_owned()),
                ); // old is better than late
            }
        }
        Ok(())
    }
}

async fn slow_task(lane: Lane, takes: Duration) {
    lane.say(
        "🐌",
        format_args!("Starting (will take {})...", seconds(takes)),
    );
    let guard = lane.if_cancelled("❌", "Was cancelled!"); // said while the future is being dropped
    lane.works_on("something slow", sleep(takes)).await;
    guard.completed();
    lane.say("✅", "Completed!");
}

async fn fetch(lane: &Lane, takes: Duration) -> String {
    lane.works_on("fetching", sleep(takes)).await;
    format!("Response from {lane}")
}
