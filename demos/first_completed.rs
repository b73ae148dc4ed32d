//! First completed: take the first result and cancel the other tasks.
//!
//! Three sources race. When the first one responds, the others are counted as
//! pending and then cancelled. Watch what becomes of them: `--keep-losers` waits
//! for them, and with `--forget-losers` they run on although nobody uses their
//! results.
//!
//! # Key insight
//!
//! Waiting for the first result is easy. What matters is the end of the others: a
//! `JoinSet` cancels its tasks when it is dropped, a dropped `JoinHandle` does not.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.wait(…, return_when=FIRST_COMPLETED)` | `JoinSet::join_next().await` |
//! | `FIRST_EXCEPTION` | `join_next` in a loop, until one returns an error |
//! | `ALL_COMPLETED` | `join_next` in a loop, until it returns `None` |
//! | the set `done` | `join_next`, then `try_join_next` until it is empty |
//! | `for task in pending: task.cancel()` | drop the set, or `shutdown().await` |
//! | `task.result()`, which raises | `ended??` |
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
//!     await asyncio.gather(*pending, return_exceptions=True)  # until they have ended
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! A `JoinSet` returns its tasks in the order in which they end:
//!
//! ```rust,ignore
//! //! Three sources race; the first result wins, and the other tasks are cancelled.
//!
//! use std::time::Duration;
//!
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), JoinError> {
//!     println!("wait(return_when=FIRST_COMPLETED):");
//!     let mut race = JoinSet::new();
//!     for (name, millis) in [("Source-1", 2000), ("Source-2", 800), ("Source-3", 1500)] {
//!         race.spawn(fetch(name, Duration::from_millis(millis)));
//!     }
//!     let mut done = Vec::new();
//!     if let Some(first) = race.join_next().await {
//!         done.push(first?);
//!     }
//!     while let Some(other) = race.try_join_next() {
//!         done.push(other?); // finished at the same time
//!     }
//!     println!("{} task(s) completed, {} pending", done.len(), race.len());
//!     for data in done {
//!         println!("Result: {data}");
//!     }
//!     race.shutdown().await; // cancels the others, and waits until they have ended
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
//! To hide a slow server behind a fast one: ask two mirrors, take the first
//! response. Not for requests with side effects: a loser may have had its effect
//! before it was cancelled.
//!
//! # Pitfalls
//!
//! - More than one task can be done when `join_next` returns. `try_join_next`
//!   collects the others; without it their results are lost.
//! - The first to complete may be one that failed. To wait for the first success,
//!   call `join_next` until a result is `Ok`.
//! - `select!` over futures drops the losers, which cancels them. `select!` over
//!   `JoinHandle`s drops only the handles, and the tasks run on:
//!   `--forget-losers`.
//! - `FIRST_EXCEPTION` returns early only for an error. If all tasks succeed, it
//!   waits for all of them.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo first-completed --sources A=300ms,B=100ms,C=200ms
//! $ asyncdemo first-completed --keep-losers
//! $ asyncdemo first-completed --forget-losers
//! $ asyncdemo first-completed --return-when first-exception --sources 'A=300ms,B=100ms,C=200ms!'
//! ```
//!
//! # Read on
//!
//! - [`JoinSet`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html) and
//!   [`select!`](https://docs.rs/tokio/latest/tokio/macro.select.html)
//! - Python: [`asyncio.wait`](https://docs.python.org/3/library/asyncio-task.html#asyncio.wait)
//!   (takes tasks only since 3.11)

use anyhow::anyhow;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, Trial, Trials, measured};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Sources and the time that each takes, as NAME=DURATION,NAME=DURATION; a source with a !
    /// after its duration fails then
    #[arg(
        long,
        value_name = "LIST",
        default_value = "Source-1=2s,Source-2=800ms,Source-3=1.5s"
    )]
    sources: Trials,

    /// Event that ends the wait
    #[arg(
        long,
        value_name = "EVENT",
        value_enum,
        default_value = "first-completed"
    )]
    return_when: ReturnWhen,

    /// Await the losers instead of cancelling them, and report when they finish
    #[arg(long)]
    keep_losers: bool,

    /// Forget to cancel the losers: they run on
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "keep_losers")]
    forget_losers: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum ReturnWhen {
    /// The first task has ended
    FirstCompleted,
    /// The first task has failed, or all have ended
    FirstException,
    /// All tasks have ended
    AllCompleted,
}

/// Lets the sources race and prints the results of those that were done in time.
pub async fn main(options: Options) -> Result {
    let until = options.return_when;
    let constant = match until {
        ReturnWhen::FirstCompleted => "FIRST_COMPLETED",
        ReturnWhen::FirstException => "FIRST_EXCEPTION",
        ReturnWhen::AllCompleted => "ALL_COMPLETED",
    };
    println!("🥇 wait(return_when={constant}):");
    let began = Instant::now();
    let mut race = JoinSet::new();
    for source in options.sources.0.clone() {
        if options.forget_losers {
            race.spawn(fetch_and_report(source, began));
        } else {
            race.spawn(fetch(source));
        }
    }

    let done = wait(&mut race, until).await?;
    let (completed, pending) = (done.len(), race.len());
    println!("📋 {completed} task(s) completed, {pending} pending");
    for (_, data) in done {
        match data {
            Ok(data) => println!("✅ Result: {data}"),
            Err(error) => println!("❌ Error: {error}"),
        }
    }

    if options.forget_losers {
        forget_losers(race, &options.sources).await;
        return Ok(());
    }
    if options.keep_losers {
        await_losers(&mut race, began).await?;
    }
    race.shutdown().await; // cancels the others, and waits until they have ended
    Ok(())
}

type Fetched = (String, Result<String>);

async fn fetch(source: Trial) -> Fetched {
    sleep(source.time).await;
    let data = if source.fails {
        Err(anyhow!("{} failed", source.name))
    } else {
        Ok(format!("Data from {}", source.name))
    };
    (source.name, data)
}

async fn wait(race: &mut JoinSet<Fetched>, until: ReturnWhen) -> Result<Vec<Fetched>> {
    let mut done = Vec::new();
    while let Some(ended) = race.join_next().await {
        let (name, data) = ended?;
        let enough = match until {
            ReturnWhen::FirstCompleted => true,
            ReturnWhen::FirstException => data.is_err(),
            ReturnWhen::AllCompleted => false,
        };
        done.push((name, data));
        if enough {
            break;
        }
    }
    while let Some(ended) = race.try_join_next() {
        done.push(ended?); // finished at the same time
    }
    Ok(done)
}

async fn await_losers(race: &mut JoinSet<Fetched>, began: Instant) -> Result {
    while let Some(ended) = race.join_next().await {
        let (name, _) = ended?;
        let time = measured(began.elapsed());
        println!("🐌 {name} finished after {time}, too late"); // its result is not used
    }
    Ok(())
}

async fn forget_losers(mut race: JoinSet<Fetched>, sources: &Trials) {
    let losers = race.len();
    race.detach_all(); // Missing: race.shutdown().await;
    let slowest = sources.0.iter().map(|source| source.time).max();
    sleep(slowest.unwrap_or_default()).await; // the program does something else
    println!("💥 {losers} task(s) ran on, for results that nothing uses");
}

async fn fetch_and_report(source: Trial, began: Instant) -> Fetched {
    let fetched = fetch(source).await;
    println!(
        "👻 {} finished after {}",
        fetched.0,
        measured(began.elapsed())
    );
    fetched
}
