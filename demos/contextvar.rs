//! Context variable: give each task its own value of a variable.
//!
//! Three requests are handled concurrently, and each line of the log carries the
//! id of its request, although no function passes the id on. Watch the second
//! step: every request still has its own id after the others have run. With one
//! variable for all tasks (`--global`) the last request has signed every line.
//!
//! # Key insight
//!
//! At an `.await` the thread continues with another task, so a variable of the
//! thread or of the program changes its meaning there. A task-local variable is
//! set whenever its task is polled, and reset when the poll ends.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `request_id = ContextVar("request_id")` | `task_local! { static REQUEST_ID: String; }` |
//! | `request_id.set(value)` in the task | `REQUEST_ID.scope(value, future)` around it |
//! | `request_id.get()` | `REQUEST_ID.get()`, or `REQUEST_ID.with(…)` to borrow |
//! | `request_id.get(default)` | `REQUEST_ID.try_with(…).unwrap_or(default)` |
//! | a new task copies the context | a spawned task has no value: give it a scope |
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
//! # In tokio
//!
//! `scope` wraps the future of a request, and sets the variable around each poll:
//!
//! ```rust,ignore
//! //! Three requests run concurrently, and each line carries the id of its own.
//!
//! use std::time::Duration;
//!
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! tokio::task_local! {
//!     /// The request that the current task handles.
//!     static REQUEST_ID: String;
//! }
//!
//! #[tokio::main(flavor = "current_thread")] // one thread: the requests take turns in order
//! async fn main() -> Result<(), JoinError> {
//!     let mut requests = JoinSet::new();
//!     for number in 1..=3 {
//!         let id = format!("req-{number:03}");
//!         requests.spawn(REQUEST_ID.scope(id, handle()));
//!     }
//!     while let Some(ended) = requests.join_next().await {
//!         ended?;
//!     }
//!     Ok(())
//! }
//!
//! async fn handle() {
//!     log("Step 1");
//!     sleep(Duration::from_millis(100)).await; // the other requests run here, each with its own id
//!     log("Step 2");
//! }
//!
//! /// Has no parameter for the id. Panics outside a scope.
//! fn log(text: &str) {
//!     let id = REQUEST_ID.get();
//!     println!("[{id}] {text}"); // the id of the task that runs now
//! }
//! ```
//!
//! # When to use
//!
//! For data that accompanies a request without being part of its work: an id for
//! the log, a trace, the user's language. Pass everything that a function works
//! with as a parameter, which the compiler checks and a test can set. For logs
//! alone, the spans of the `tracing` crate do this and more.
//!
//! # Pitfalls
//!
//! - A `thread_local!` is no substitute: many tasks share a thread, and on the
//!   multi-threaded runtime a task may continue on another thread.
//! - A task that is spawned inside a scope starts without the value. Read it
//!   before, and give the new task a scope of its own. The same holds for
//!   `spawn_blocking`; use `sync_scope` there.
//! - `get` and `with` panic outside a scope. Use `try_with` in a function that
//!   can be called from anywhere.
//! - The value is immutable within its scope. Put a `Cell` or a `Mutex` inside if
//!   it has to change, or open an inner scope.
//! - `set` in Python lasts until the end of the task. Undo it with
//!   `request_id.reset(token)`; since Python 3.14 the token is a context manager.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo contextvar --requests 2 --every 250ms
//! $ asyncdemo contextvar --global
//! $ asyncdemo contextvar --clock virtual --where
//! ```
//!
//! # Read on
//!
//! - [`tokio::task_local!`](https://docs.rs/tokio/latest/tokio/macro.task_local.html)
//! - [`LocalKey::scope`](https://docs.rs/tokio/latest/tokio/task/struct.LocalKey.html)
//! - [`contextvars`](https://docs.python.org/3/library/contextvars.html)
//!   (Python 3.7 and later)
//! - [`asyncio.create_task` and its `context`](https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task)
//!   (Python 3.11 and later)

use std::cell::RefCell;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of requests
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    requests: usize,

    /// Time from one step of a request to the next
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    every: Duration,

    /// Keep the id in one variable for all tasks: the ids mix
    #[arg(long, help_heading = BREAK_IT)]
    global: bool,
}

tokio::task_local! {
    /// The request that the current task handles.
    static REQUEST_ID: String;
}

/// Handles the requests concurrently.
pub async fn main(options: Options) -> Result {
    let mut requests = JoinSet::new();
    for number in 1..=options.requests {
        let id = format!("req-{number:03}");
        if options.global {
            requests.spawn(handle_globally(id, options.every));
        } else {
            requests.spawn(REQUEST_ID.scope(id, handle(options.every)));
        }
    }
    while let Some(ended) = requests.join_next().await {
        ended?;
    }
    Ok(())
}

async fn handle(every: Duration) {
    log("Step 1");
    sleep(every).await; // the other requests run here, each with its own id
    log("Step 2");
}

/// Has no parameter for the id. Panics outside a scope.
fn log(text: &str) {
    let id = REQUEST_ID.get();
    println!("📝 [{id}] {text}"); // the id of the task that runs now
}

thread_local! {
    /// The same for a whole thread, and for all tasks that share it.
    static LATEST_ID: RefCell<String> = const { RefCell::new(String::new()) };
}

async fn handle_globally(id: String, every: Duration) {
    // Missing: REQUEST_ID.scope(id, …)
    LATEST_ID.set(id);
    log_globally("Step 1");
    sleep(every).await; // the other requests run here, and overwrite the id
    log_globally("Step 2");
}

fn log_globally(text: &str) {
    let id = LATEST_ID.with_borrow(String::clone);
    println!("📝 [{id}] {text}"); // the id of the request that came last
}
