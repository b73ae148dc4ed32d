//! Exceptions: an error stays in its task until somebody looks.
//!
//! A task fails after a second, and we see it because we await the task. Then
//! two more are gathered without stopping at the first error: one is well, one
//! is not, and both are heard. Watch what becomes of the error when nobody looks
//! (`--ignore`), and that even a panic ends no more than its own task (`--panic`).
//!
//! # Key insight
//!
//! A task is a border that no error crosses by itself. It lies in the task's
//! handle, and awaiting the handle is how one looks.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `raise ValueError(…)` in a task | `return Err(…)` |
//! | `try: await task` and `except` | `match task.await { Ok(Err(error)) => …` |
//! | `gather(…, return_exceptions=True)` | `join_all(handles).await`, a `Result` each |
//! | any exception that nobody expected | a panic: `Err(JoinError)` from the handle |
//! | `task.cancelled()` | `JoinError::is_cancelled()` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def succeed():
//!     await asyncio.sleep(1)
//!
//!
//! async def fail():
//!     await asyncio.sleep(1)
//!     raise ValueError("Something went wrong")
//!
//!
//! async def main():
//!     task = asyncio.create_task(fail())
//!     try:
//!         await task
//!     except ValueError as error:
//!         print(f"Caught exception: {error}")
//!
//!     for ended in await asyncio.gather(succeed(), fail(), return_exceptions=True):
//!         if isinstance(ended, Exception):
//!             print(f"Task failed: {ended}")
//!         else:
//!             print(f"Task succeeded: {ended}")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Return errors for all that can go wrong, panic for what must not be. Await
//! every handle, or keep the tasks in a `JoinSet` and look at what it gives.
//!
//! # Pitfalls
//!
//! - A dropped handle takes the error with it. asyncio at least complains that a
//!   "Task exception was never retrieved"; tokio says nothing.
//! - There are two layers: the outer `Result` tells whether the task came to its
//!   end, the inner one what it returned. One `?` handles only the outer one.
//! - `panic!` prints its message before anybody can catch it: the hook that
//!   prints runs first, then the stack unwinds, then the handle has the panic.
//! - A task that panics while it holds a std mutex leaves it poisoned.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo exceptions --after 250ms
//! $ asyncdemo exceptions --panic
//! $ asyncdemo exceptions --ignore
//! ```

use std::panic::resume_unwind;
use std::time::Duration;

use anyhow::bail;
use futures_util::future::join_all;
use tokio::task::JoinError;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, duration};

const WRONG: &str = "Something went wrong";

/// How long we look elsewhere once the ignored task has failed.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Exceptions {
    /// How long each task takes, be it to succeed or to fail
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    after: Duration,

    /// The failing tasks panic, instead of returning an error
    #[arg(long)]
    panic: bool,

    /// Awaits nobody: the error is lost
    #[arg(long, help_heading = BREAK_IT)]
    ignore: bool,
}

impl Demo for Exceptions {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let task = tokio::spawn(fail(stage.lane("failing"), self.after, self.panic));
        if self.ignore {
            drop(task); // it runs on, and takes its error to where nobody looks
            let busy = sleep(self.after + ELSEWHERE);
            stage.works_on("something else", busy).await;
            stage.say("🙈", "Nobody awaited the task: its error is lost"); // no line, no exit code, no trace
            return Ok(());
        }
        match task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => stage.say("⚠️", format_args!("Caught exception: {error}")),
            Err(ended) => stage.say("⚠️", format_args!("Caught panic: {}", message(ended))), // the task is gone, the program is not
        }

        let tasks = [
            tokio::spawn(succeed(stage.lane("succeeding"), self.after)),
            tokio::spawn(fail(stage.lane("failing"), self.after, self.panic)),
        ];
        for ended in join_all(tasks).await {
            match ended {
                Ok(Ok(())) => stage.say("✅", "Task succeeded: None"), // heard, although the other one failed
                Ok(Err(error)) => stage.say("❌", format_args!("Task failed: {error}")),
                Err(ended) => stage.say("💥", format_args!("Task panicked: {}", message(ended))),
            }
        }
        Ok(())
    }
}

async fn succeed(lane: Lane, after: Duration) -> anyhow::Result<()> {
    lane.works_on("something", sleep(after)).await;
    Ok(())
}

async fn fail(lane: Lane, after: Duration, panics: bool) -> anyhow::Result<()> {
    lane.works_on("something", sleep(after)).await;
    if panics {
        // What `panic!` does after its hook has printed to stderr: it unwinds
        // this task's stack, and the runtime keeps the message for the handle.
        resume_unwind(Box::new(WRONG));
    }
    bail!(WRONG)
}

/// What a task panicked with. It can be any value, and mostly is a text.
fn message(ended: JoinError) -> &'static str {
    let panic = ended.try_into_panic().ok();
    let text = panic.and_then(|panic| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message")
}
