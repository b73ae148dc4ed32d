//! First completed: use the first result and cancel the other tasks.
//!
//! Three tasks fetch the same data from three sources. Watch what happens when
//! the first one completes: the others are counted as pending and cancelled.
//! With `--keep-losers` they run to their ends, and their results come too late.
//!
//! # Key insight
//!
//! Waiting for the first result is easy. The decision is what happens to the
//! other tasks. A `JoinSet` cancels them when it is dropped or shut down.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.wait(…, return_when=FIRST_COMPLETED)` | `JoinSet::join_next().await` |
//! | `return_when=FIRST_EXCEPTION` | `join_next` in a loop that ends at the first `Err` |
//! | `return_when=ALL_COMPLETED` | `JoinSet::join_all().await` |
//! | the `done` set | `join_next`, then `try_join_next` until it returns `None` |
//! | `for task in pending: task.cancel()` | drop the set, or `shutdown().await` |
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
//!     print("wait(return_when=FIRST_COMPLETED):")
//!     sources = {"Source-1": 2, "Source-2": 0.8, "Source-3": 1.5}
//!     race = [asyncio.create_task(fetch(*source)) for source in sources.items()]
//!     done, pending = await asyncio.wait(race, return_when=asyncio.FIRST_COMPLETED)
//!     print(f"{len(done)} task(s) completed, {len(pending)} pending")
//!     for task in done:
//!         print(f"Result: {task.result()}")
//!     for task in pending:
//!         task.cancel()
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! The complete program, for an empty project with tokio's `full` features:
//!
//! ```rust,ignore
//! //! Three sources race; the first answer counts, and the others are cancelled.
//!
//! use std::time::Duration;
//!
//! use tokio::task::JoinSet;
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     println!("wait(return_when=FIRST_COMPLETED):");
//!     let mut race = JoinSet::new();
//!     for (name, millis) in [("Source-1", 2000), ("Source-2", 800), ("Source-3", 1500)] {
//!         race.spawn(fetch(name, Duration::from_millis(millis)));
//!     }
//!
//!     let first = race.join_next().await.transpose()?;
//!     let mut done = Vec::from_iter(first);
//!     while let Some(result) = race.try_join_next().transpose()? {
//!         done.push(result); // completed at the same time
//!     }
//!     println!("{} task(s) completed, {} pending", done.len(), race.len());
//!     for data in done {
//!         println!("Result: {data}");
//!     }
//!     race.shutdown().await; // cancels the others and waits until they are gone
//!     Ok(())
//! }
//!
//! async fn fetch(name: &str, time: Duration) -> String {
//!     sleep(time).await;
//!     format!("Data from {name}")
//! }
//! ```
//!
//! # When to use
//!
//! To hide a slow server behind a fast one: send the same request to two
//! mirrors and use the first answer. Not where each request costs money or
//! changes something: the cancelled ones may have taken effect.
//!
//! # Pitfalls
//!
//! - Several tasks can be complete when the caller wakes. A result that is not
//!   collected then is lost.
//! - `select!` over futures drops the losers. `select!` over `JoinHandle`s drops
//!   only the handles, and the tasks run on (`--forget-losers`).
//! - Cancellation takes effect at the next `.await` of a task. `shutdown().await`
//!   waits for that; `abort_all()` does not.
//! - In asyncio, `wait` does not cancel anything: the pending tasks run on unless
//!   the caller cancels them. `FIRST_COMPLETED` also counts a task that failed.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo first-completed --sources A=300ms,B=100ms,C=200ms
//! $ asyncdemo first-completed --keep-losers
//! $ asyncdemo first-completed --return-when all-completed
//! $ asyncdemo first-completed --forget-losers
//! ```
//!
//! # Read on
//!
//! - tokio: [`JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html),
//!   [`select!`](https://docs.rs/tokio/latest/tokio/macro.select.html)
//! - Python: [`asyncio.wait`](https://docs.python.org/3/library/asyncio-task.html#asyncio.wait);
//!   since 3.11 it takes tasks only, no coroutines

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::stage::{BREAK_IT, Result, Timed, measured};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Sources and the time that each takes, as NAME=DURATION,NAME=DURATION
    #[arg(
        long,
        value_name = "LIST",
        default_value = "Source-1=2s,Source-2=800ms,Source-3=1.5s"
    )]
    sources: Timed,

    /// When to stop waiting; no source fails, so that first-exception waits for all
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    return_when: Until,

    /// Let the other tasks finish, and print when they do
    #[arg(long)]
    keep_losers: bool,

    /// Detach the other tasks instead of cancelling them: they run on
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "keep_losers")]
    forget_losers: bool,
}

/// When to stop waiting.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum Until {
    /// When the first one completes
    #[default]
    FirstCompleted,
    /// When the first one fails
    FirstException,
    /// When all of them are complete
    AllCompleted,
}

/// Lets the sources race, and decides what happens to the losers.
pub async fn main(options: Options) -> Result {
    let until = match options.return_when {
        Until::FirstCompleted => "FIRST_COMPLETED",
        Until::FirstException => "FIRST_EXCEPTION",
        Until::AllCompleted => "ALL_COMPLETED",
    };
    println!("🥇 wait(return_when={until}):");
    let start = Instant::now();
    let mut race = JoinSet::new();
    for (name, time) in options.sources.0 {
        if options.forget_losers {
            race.spawn(fetch_and_tell(name, time));
        } else {
            race.spawn(fetch(name, time));
        }
    }

    let done = match options.return_when {
        Until::FirstCompleted => first_completed(&mut race).await?,
        Until::FirstException | Until::AllCompleted => all_completed(&mut race).await?,
    };
    println!("📋 {} task(s) completed, {} pending", done.len(), race.len());
    for (_, data) in done {
        println!("✅ Result: {data}");
    }

    if options.keep_losers {
        wait_for_losers(&mut race, start).await
    } else if options.forget_losers {
        forget(race).await
    } else {
        race.shutdown().await; // cancels the others and waits until they are gone
        Ok(())
    }
}

/// A source's name and its data.
type Answer = (String, String);

async fn fetch(name: String, time: Duration) -> Answer {
    sleep(time).await;
    let data = format!("Data from {name}");
    (name, data)
}

/// At least one answer, and all others that are there at the same time.
async fn first_completed(race: &mut JoinSet<Answer>) -> Result<Vec<Answer>> {
    let first = race.join_next().await.transpose()?;
    let mut done = Vec::from_iter(first);
    while let Some(answer) = race.try_join_next().transpose()? {
        done.push(answer);
    }
    Ok(done)
}

async fn all_completed(race: &mut JoinSet<Answer>) -> Result<Vec<Answer>> {
    let mut done = Vec::new();
    while let Some(answer) = race.join_next().await.transpose()? {
        done.push(answer);
    }
    Ok(done)
}

async fn wait_for_losers(race: &mut JoinSet<Answer>, start: Instant) -> Result {
    while let Some((name, _)) = race.join_next().await.transpose()? {
        let time = measured(start.elapsed());
        println!("🐌 {name} finished after {time}, too late"); // nothing uses this result any more
    }
    Ok(())
}

/// The main task has its answer and goes on; nothing stops the others.
async fn forget(mut race: JoinSet<Answer>) -> Result {
    // Missing: race.shutdown().await;
    race.detach_all();
    sleep(Duration::from_secs(2)).await; // the rest of the program
    Ok(())
}

async fn fetch_and_tell(name: String, time: Duration) -> Answer {
    let (name, data) = fetch(name, time).await;
    println!("💸 {name} has sent its data");
    (name, data)
}
