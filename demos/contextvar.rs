//! A context variable: a value that each task has of its own.
//!
//! Three requests run at once, and each line of the log shows whose it is,
//! although nobody hands the id down to the function that logs. Watch the second
//! step: every request still knows its id after the others have run in between.
//! With one variable for all (`--global`) the last one to come has signed
//! everything.
//!
//! # Key insight
//!
//! What "the current request" is changes at each `.await`, for there the thread
//! goes on with another task. A task-local variable is put in its place whenever
//! its task is polled, and taken away when the poll is over.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `request_id = ContextVar("request_id")` | `task_local! { static REQUEST_ID: String; }` |
//! | `request_id.set(value)` in the task | `REQUEST_ID.scope(value, future)` around it |
//! | `request_id.get()` | `REQUEST_ID.get()`, or `.with(…)` to borrow |
//! | `request_id.get(default)` | `REQUEST_ID.try_with(…)` |
//!
//! ```python
//! import asyncio
//! from contextvars import ContextVar
//!
//! request_id = ContextVar("request_id")
//!
//!
//! def log(text):
//!     print(f"[{request_id.get()}] {text}")
//!
//!
//! async def handle(number):
//!     request_id.set(f"req-{number:03}")
//!     log("Step 1")
//!     await asyncio.sleep(0.1)
//!     log("Step 2")
//!
//!
//! async def main():
//!     await asyncio.gather(*map(handle, [1, 2, 3]))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! For what accompanies a request without being its business: an id for the log,
//! a trace, a user's language. What a function works with is better a parameter.
//!
//! # Pitfalls
//!
//! - A thread-local is no substitute: many tasks share a thread, and a task may
//!   wake up on another thread than the one on which it fell asleep.
//! - A task that is spawned inside a scope starts without the value; give it a
//!   scope of its own. asyncio copies the whole context into each new task.
//! - `get` and `with` panic outside of a scope. Where a function may be called
//!   from anywhere, `try_with` tells it.
//! - For logs alone, the spans of `tracing` do all this and more.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo contextvar --requests 2 --every 250ms
//! $ asyncdemo contextvar --global
//! $ asyncdemo contextvar --clock virtual --where
//! ```

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct ContextVar {
    /// How many requests are handled at once
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    requests: usize,

    /// How long each takes from one step to the next
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    every: Duration,

    /// One variable for all tasks: the ids mix
    #[arg(long, help_heading = BREAK_IT)]
    global: bool,
}

tokio::task_local! {
    /// The request that the current task handles.
    static REQUEST_ID: String;
}

/// The same for the whole program, where the recipe is broken. The mutex keeps
/// the text in one piece; it cannot make it the right one.
type Global = Arc<Mutex<String>>;

impl Demo for ContextVar {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let global = self.global.then(Global::default);
        let mut requests = JoinSet::new();
        for number in 1..=self.requests {
            let id = format!("req-{number:03}");
            let lane = stage.lane(id.as_str());
            // Whatever runs inside this future finds the id, however deep.
            requests.spawn(REQUEST_ID.scope(id, handle(lane, self.every, global.clone())));
        }
        requests.join_all().await;
        Ok(())
    }
}

async fn handle(lane: Lane, every: Duration, global: Option<Global>) {
    if let Some(global) = &global {
        *global.lock().unwrap_or_else(PoisonError::into_inner) = REQUEST_ID.get();
    }
    step(&lane, "Step 1", global.as_ref());
    lane.works_on("the request", sleep(every)).await; // the others run, and each of them has its own id
    step(&lane, "Step 2", global.as_ref());
}

/// Knows nothing of requests, and yet whose line it is.
fn step(lane: &Lane, text: &str, global: Option<&Global>) {
    let id = match global {
        // Cannot fail: all that runs here runs inside of a scope.
        None => REQUEST_ID.get(),
        Some(global) => global
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
    };
    lane.log("📝", format_args!("[{id}] {text}")); // nobody has handed the id down to here
}
