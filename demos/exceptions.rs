//! Exceptions: an error stays in its task until the task is awaited.
//!
//! A task fails after a second, and its error arrives where the task is awaited.
//! Then two more tasks run; one succeeds and one fails, and both outcomes are
//! reported. Watch what happens to an error whose task is not awaited (`--ignore`),
//! and that even a panic ends only its own task (`--panic`).
//!
//! # Key insight
//!
//! Errors do not propagate from a task to the one that spawned it. The error is
//! stored in the task's handle; awaiting the handle returns it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `raise ValueError(…)` in a task | `return Err(…)` |
//! | `try: await task`, then `except` | `match task.await { Ok(Err(error)) => …` |
//! | `gather(…, return_exceptions=True)` | `match` on each handle's result |
//! | `task.result()`, which raises | `task.await??` |
//! | an exception that nothing expects | a panic: the handle returns `Err(JoinError)` |
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
//! # In tokio
//!
//! Awaiting a handle returns two nested results: the outer one says how the task
//! ended, the inner one is what it returned.
//!
//! ```rust,ignore
//! //! Errors stay in their tasks until the handles are awaited.
//!
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
//!
//! #[tokio::main]
//! async fn main() {
//!     let task = tokio::spawn(fail());
//!     match task.await {
//!         Ok(Ok(())) => {}
//!         Ok(Err(error)) => println!("Caught exception: {error}"), // what the task returned
//!         Err(error) => println!("Caught panic: {error}"),         // how the task ended
//!     }
//!
//!     let tasks = [tokio::spawn(succeed()), tokio::spawn(fail())];
//!     for task in tasks {
//!         match task.await {
//!             Ok(Ok(())) => println!("Task succeeded: None"),
//!             Ok(Err(error)) => println!("Task failed: {error}"),
//!             Err(error) => println!("Task panicked: {error}"),
//!         }
//!     }
//! }
//!
//! async fn succeed() -> Result {
//!     sleep(Duration::from_secs(1)).await;
//!     Ok(())
//! }
//!
//! async fn fail() -> Result {
//!     sleep(Duration::from_secs(1)).await;
//!     Err("Something went wrong".into())
//! }
//! ```
//!
//! # When to use
//!
//! Return errors for everything that can go wrong; panic only for bugs. Await every
//! handle, or keep the tasks in a `JoinSet` and check what `join_next` returns.
//!
//! # Pitfalls
//!
//! - Dropping a handle discards the error. asyncio logs "Task exception was never
//!   retrieved" when it garbage-collects such a task; tokio reports nothing.
//! - A single `?` handles only the outer result. `task.await?;` compiles and
//!   ignores the task's own error, with a warning about an unused `Result`.
//! - `panic!` prints its message to stderr before the panic can be caught: first
//!   the panic hook runs, then the stack unwinds, then the handle returns the
//!   panic. With `panic = "abort"` in `Cargo.toml` a panic ends the whole process.
//! - A panic's payload can be any value: `panic!("text")` has a `&str`, a formatted
//!   message is a `String`. Check for both.
//! - A task that panics while it holds a lock of the standard library leaves that
//!   lock poisoned. tokio's locks are not poisoned: check the data.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo exceptions --after 250ms
//! $ asyncdemo exceptions --panic
//! $ asyncdemo exceptions --ignore
//! ```
//!
//! # Read on
//!
//! - [`JoinError`](https://docs.rs/tokio/latest/tokio/task/struct.JoinError.html),
//!   [`JoinHandle`](https://docs.rs/tokio/latest/tokio/task/struct.JoinHandle.html)
//!   and [`resume_unwind`](https://doc.rust-lang.org/std/panic/fn.resume_unwind.html)
//! - Python: [`Task.result`](https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.result),
//!   [`asyncio.gather`](https://docs.python.org/3/library/asyncio-task.html#asyncio.gather)
//!   and [never-retrieved exceptions](https://docs.python.org/3/library/asyncio-dev.html#detect-never-retrieved-exceptions)

use std::panic::resume_unwind;
use std::time::Duration;

use anyhow::bail;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time that each task takes before it succeeds or fails
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    after: Duration,

    /// Panic in the failing tasks instead of returning an error
    #[arg(long)]
    panic: bool,

    /// Forget to await the failing task: its error is lost
    #[arg(long, help_heading = BREAK_IT)]
    ignore: bool,
}

/// Reports how each task has ended.
pub async fn main(options: Options) -> Result {
    if options.ignore {
        ignore_error(&options).await;
        return Ok(());
    }
    let task = spawn_failing(&options);
    match task.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => println!("⚠️ Caught exception: {error}"), // what the task returned
        Err(error) => println!("⚠️ Caught panic: {}", message(error)), // the task has ended, the program continues
    }

    let tasks = [
        tokio::spawn(succeed(options.after)),
        spawn_failing(&options),
    ];
    for task in tasks {
        match task.await {
            Ok(Ok(())) => println!("✅ Task succeeded: None"), // reported, although the other task failed
            Ok(Err(error)) => println!("❌ Task failed: {error}"),
            Err(error) => println!("💥 Task panicked: {}", message(error)),
        }
    }
    Ok(())
}

fn spawn_failing(options: &Options) -> JoinHandle<Result> {
    if options.panic {
        tokio::spawn(panic_after(options.after))
    } else {
        tokio::spawn(fail(options.after))
    }
}

async fn succeed(after: Duration) -> Result {
    sleep(after).await;
    Ok(())
}

async fn fail(after: Duration) -> Result {
    sleep(after).await;
    bail!("Something went wrong")
}

async fn panic_after(after: Duration) -> Result {
    sleep(after).await;
    // Like `panic!`, without its hook, which prints to stderr: unwinds the task's
    // stack, and the handle returns the message.
    resume_unwind(Box::new("Something went wrong"))
}

/// The message of a panic: a `&str`, or a `String` if it was formatted.
fn message(error: JoinError) -> String {
    let panic = match error.try_into_panic() {
        Ok(panic) => panic,
        Err(cancelled) => return cancelled.to_string(),
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => match panic.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => "a panic without a message".to_owned(),
        },
    }
}

async fn ignore_error(options: &Options) {
    let task = spawn_failing(options);
    drop(task); // Missing: match task.await { … }
    sleep(options.after + Duration::from_secs(1)).await; // the program does something else
    println!("🙈 Nobody awaited the task: its error is lost"); // no line, no exit code, no trace
}
