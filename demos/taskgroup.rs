//! Task group: cancel all tasks as soon as one of them fails.
//!
//! Three tasks run, and after half a second one of them fails. Watch what is
//! missing from the log: neither of the others is ever done, because the group
//! cancels them and waits for their end before it returns the error. Without a
//! group (`--detached`) the others run on after the failure.
//!
//! # Key insight
//!
//! Structured concurrency gives tasks a scope: whatever is spawned inside has
//! ended when the scope ends, with or without an error. No task outlives it, and
//! no error is lost.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async with asyncio.TaskGroup() as group:` | a `JoinSet`, and a function that joins it |
//! | `group.create_task(work())` | `group.spawn(work())` |
//! | the end of the block waits for all tasks | `while let Some(ended) = group.join_next().await` |
//! | the first error cancels the others | `group.abort_all()` |
//! | `task.result()` after the block | the values in a `Vec` |
//! | `except* ValueError as failed:` | the errors in a `Vec` |
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
//! # In tokio
//!
//! tokio has no task group. A `JoinSet` owns the tasks, and `join` adds the rule
//! that the first error cancels the others:
//!
//! ```rust,ignore
//! //! One of three tasks fails, and the group cancels the others.
//!
//! use std::panic::resume_unwind;
//! use std::time::Duration;
//!
//! use tokio::task::JoinSet;
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     let mut group = JoinSet::new();
//!     group.spawn(work("A", Duration::from_secs(1), false));
//!     group.spawn(work("B", Duration::from_secs(2), false));
//!     group.spawn(work("C", Duration::from_millis(500), true));
//!     if let Err(errors) = join(group).await {
//!         for error in errors {
//!             println!("Caught: {error}"); // no task of the group is left
//!         }
//!     }
//! }
//!
//! /// Returns the name of the task when it is done.
//! async fn work(name: &'static str, time: Duration, fails: bool) -> Result<&'static str, String> {
//!     sleep(time).await;
//!     if fails {
//!         return Err(format!("{name} failed!"));
//!     }
//!     println!("{name} done");
//!     Ok(name)
//! }
//!
//! /// Waits until every task has ended, and returns all their values or all their
//! /// errors. The first error cancels the tasks that are still running.
//! async fn join<T: 'static, E: 'static>(mut group: JoinSet<Result<T, E>>) -> Result<Vec<T>, Vec<E>> {
//!     let (mut values, mut errors) = (Vec::new(), Vec::new());
//!     while let Some(ended) = group.join_next().await {
//!         match ended {
//!             Ok(Ok(value)) => values.push(value),
//!             Ok(Err(error)) => {
//!                 errors.push(error);
//!                 group.abort_all(); // tasks that have ended already still deliver their results
//!             }
//!             Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
//!             Err(_cancelled) => {}
//!         }
//!     }
//!     if errors.is_empty() {
//!         Ok(values)
//!     } else {
//!         Err(errors)
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! When several tasks serve one purpose, so that the failure of one makes the
//! work of the others useless. If each task may fail on its own, keep every
//! result instead, as `gather --keep-errors` does. A task that should outlive the
//! function that starts it does not belong in a group.
//!
//! # Pitfalls
//!
//! - Two tasks can fail in the same instant. A function that returns at the first
//!   error loses the second one: cancel, wait for all tasks, and collect.
//! - `abort_all` only requests the cancellation. Until `join_next` has returned
//!   every task, one of them may still hold a file, a permit or a lock.
//!   `shutdown().await` does both, but throws the results away.
//! - Dropping a `JoinHandle`, by a `?` for instance, leaves its task running:
//!   `--detached`. Dropping a `JoinSet` cancels its tasks, but does not wait for
//!   them.
//! - A task that completed before the failure stays completed: cancellation
//!   undoes nothing.
//! - `tokio::try_join!` stops at the first error as well, and then drops the
//!   other futures where they are. It loses further errors, and its futures share
//!   one task.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo taskgroup --tasks A=300ms,B=100ms,C=200ms
//! $ asyncdemo taskgroup --tasks 'A=1s!,B=2s,C=1s!'
//! $ asyncdemo taskgroup --detached
//! ```
//!
//! # Read on
//!
//! - [`tokio::task::JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html)
//! - [Cancellation of tasks](https://docs.rs/tokio/latest/tokio/task/index.html#cancellation)
//! - [`asyncio.TaskGroup`](https://docs.python.org/3/library/asyncio-task.html#task-groups)
//!   (Python 3.11 and later, like `except*`)

use std::panic::resume_unwind;

use anyhow::ensure;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

use crate::kit::{BREAK_IT, Result, Trial, Trials};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Tasks and the time that each takes: NAME=DURATION pairs, separated by commas; a task with
    /// an exclamation mark behind its time fails at its end
    #[arg(long, value_name = "LIST", default_value = "A=1s,B=2s,C=500ms!")]
    tasks: Trials,

    /// Spawn the tasks without a group: the others run on after a failure
    #[arg(long, help_heading = BREAK_IT)]
    detached: bool,
}

/// Runs the tasks in a group, and prints every error.
pub async fn main(options: Options) -> Result {
    let Trials(tasks) = options.tasks;
    let start = Instant::now(); // one for all: tasks of equal length end in the same instant
    if options.detached {
        return detached(tasks, start).await;
    }
    let mut group = JoinSet::new();
    for task in tasks {
        group.spawn(work(task, start));
    }
    if let Err(errors) = join(group).await {
        for error in errors {
            println!("❌ Caught: {error}"); // no task of the group is left
        }
    }
    Ok(())
}

/// Returns the name of the task when it is done.
async fn work(task: Trial, start: Instant) -> Result<String> {
    let Trial { name, time, fails } = task;
    sleep_until(start + time).await;
    ensure!(!fails, "{name} failed!");
    println!("✅ {name} done");
    Ok(name)
}

/// Waits until every task has ended, and returns all their values or all their
/// errors. The first error cancels the tasks that are still running.
async fn join<T: 'static, E: 'static>(mut group: JoinSet<Result<T, E>>) -> Result<Vec<T>, Vec<E>> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    while let Some(ended) = group.join_next().await {
        match ended {
            Ok(Ok(value)) => values.push(value),
            Ok(Err(error)) => {
                errors.push(error);
                group.abort_all(); // tasks that have ended already still deliver their results
            }
            Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
            Err(_cancelled) => {}
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

/// Returns from the wait at the first failure, which stops no other task.
async fn detached(tasks: Vec<Trial>, start: Instant) -> Result {
    let running = TaskTracker::new(); // counts the tasks, but owns none of them
    // Missing: a JoinSet, which aborts its tasks
    let mut handles = FuturesUnordered::new();
    for task in tasks {
        handles.push(tokio::spawn(running.track_future(work(task, start))));
    }
    while let Some(ended) = handles.next().await {
        if let Err(error) = ended? {
            println!("❌ Caught: {error}"); // only the first error: nobody waits for another one
            let left = running.len();
            println!("💥 The failure stops nobody: {left} still running"); // a dropped handle stops no task
            break;
        }
    }
    drop(handles);
    running.close();
    running.wait().await;
    Ok(())
}
