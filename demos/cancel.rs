//! Cancellation: a task is stopped from outside.
//!
//! A task wants to work for five seconds; half a second later somebody changes
//! her mind. Watch at which line the task ends: the `.await` that it had reached.
//!
//! # Key insight
//!
//! To abort a task is to drop its future: it runs no further line, but
//! everything that it owns is dropped. A task that has to *do* something in the
//! end, and await it, must be asked instead of dropped: give it a token.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `task.cancel()` | `handle.abort()` |
//! | `except CancelledError:` and re-raise | a guard's `Drop` |
//! | `except CancelledError:` and clean up with `await` | `CancellationToken` and `select!` |
//! | `task.cancelled()` | `JoinError::is_cancelled()` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def long_task():
//!     print("LongTask: Starting (will take 5s)...")
//!     try:
//!         await asyncio.sleep(5)
//!     except asyncio.CancelledError:
//!         print("LongTask: Was cancelled!")
//!         raise
//!
//!
//! async def main():
//!     print("Manual Cancellation Example:")
//!     task = asyncio.create_task(long_task())
//!     await asyncio.sleep(0.5)
//!     task.cancel()
//!     try:
//!         await task
//!     except asyncio.CancelledError:
//!         print("Task was successfully cancelled!")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! To stop what nobody wants any more: the user went away, another source was
//! faster, the program ends.
//!
//! # Pitfalls
//!
//! - A task that never awaits cannot be cancelled: `--no-await-point` blocks its
//!   thread, and the abort arrives when it is too late.
//! - `Drop` is not async, so clean-up that awaits does not fit into an abort.
//!   asyncio throws an exception into the task, which may go on to await; that
//!   is why `--cleanup` uses a token here.
//! - A cancelled task is not a successful one: its handle gives an error.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo cancel --takes 2s --after 1s
//! $ asyncdemo cancel --cleanup 500ms --after 3s
//! $ asyncdemo cancel --no-await-point
//! ```

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Stage, duration, measured, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Cancel {
    /// How long the task would take
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    takes: Duration,

    /// When it is cancelled
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    after: Duration,

    /// Asks a task that works in a loop to stop, and gives it this long to clean up
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "takes")]
    cleanup: Option<Duration>,

    /// The task never awaits, so that nothing can stop it
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "cleanup")]
    no_await_point: bool,
}

impl Demo for Cancel {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/cancel.log"),
        start: "08:49:16.017",
        options: &[],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        match self.cleanup {
            Some(cleanup) => self.ask(stage, cleanup).await,
            None => self.abort(stage).await,
        }
        Ok(())
    }
}

impl Cancel {
    async fn abort(self, stage: Stage) {
        stage.say("🛑", "Manual Cancellation Example:");
        let lane = stage.lane("LongTask");
        let task = tokio::spawn(long_task(
            lane,
            stage.clone(),
            self.takes,
            self.no_await_point,
        ));
        stage.works_on("letting it run", sleep(self.after)).await;
        task.abort();
        // An abort is a request: the task is gone when its handle says so.
        let cancelled = task.await.is_err_and(|error| error.is_cancelled());
        if cancelled {
            stage.say("🚫", "Task was successfully cancelled!");
        } else if self.no_await_point {
            let (wanted, late) = (
                seconds(self.after),
                measured(stage.elapsed().saturating_sub(self.after)),
            );
            let text = format!("The cancellation was due at {wanted} and came {late} too late");
            stage.say("💥", text); // the loop was blocked: not even our own timer could fire
        }
    }

    async fn ask(self, stage: Stage, cleanup: Duration) {
        let token = CancellationToken::new();
        let task = tokio::spawn(worker(stage.lane("Worker"), token.clone(), cleanup));
        stage.works_on("letting it run", sleep(self.after)).await;
        token.cancel();
        if task.await.is_ok() {
            stage.say("✅", "Task cancellation confirmed"); // only after its clean-up: we have awaited the task
        }
    }
}

async fn long_task(lane: Lane, stage: Stage, takes: Duration, blocks: bool) {
    lane.say(
        "🐌",
        format_args!("Starting (will take {})...", seconds(takes)),
    );
    let guard = lane.if_cancelled("❌", "Was cancelled!"); // a dropped future runs no further line, but its guard
    if blocks {
        stage.block(takes);
    } else {
        lane.works_on("a long task", sleep(takes)).await;
    }
    guard.completed();
    lane.say("✅", "Completed!");
}

async fn worker(lane: Lane, token: CancellationToken, cleanup: Duration) {
    loop {
        lane.log("🔧", "Working...");
        tokio::select! {
            biased; // a token that is cancelled as the second ends comes first
            () = token.cancelled() => break,
            () = lane.works_on("a second's work", sleep(Duration::from_secs(1))) => {}
        }
    }
    lane.log("🧹", "Task was cancelled, cleaning up..."); // it is still alive, and may await
    lane.works_on("cleaning up", sleep(cleanup)).await;
}
