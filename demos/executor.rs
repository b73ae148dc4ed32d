//! An executor: blocking calls on threads, so that the loop stays alive.
//!
//! Three calls block: a file is read, a database is asked, a server is called.
//! On threads they run at once and take as long as the slowest. On the loop they
//! run one after the other, and everything else stands still meanwhile.
//!
//! # Key insight
//!
//! An async task must come back to the loop soon. Whatever blocks, or computes
//! for long, belongs on a thread of its own, and the loop awaits its handle.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.to_thread(f)` | `spawn_blocking(f).await` |
//! | `loop.run_in_executor(pool, f)` | `spawn_blocking` behind a `Semaphore` |
//! | `ThreadPoolExecutor(max_workers=2)` | a `Semaphore` with two permits |
//! | `ProcessPoolExecutor` for the processor's sake | not needed: threads run in parallel |
//!
//! ```python
//! import asyncio
//! import time
//!
//!
//! async def call(name, seconds):
//!     print(f"{name}: Starting blocking operation...")
//!     await asyncio.to_thread(time.sleep, seconds)
//!     print(f"{name}: Completed!")
//!
//!
//! async def main():
//!     operations = {"FileRead": 0.5, "DatabaseQuery": 0.3, "APICall": 0.4}
//!     print("Running 3 blocking operations concurrently in threads:")
//!     await asyncio.gather(*(call(*operation) for operation in operations.items()))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! For libraries that know no async, for files, for long computations.
//!
//! # Pitfalls
//!
//! - Opening a file can block as long as reading it: give both to the pool.
//! - CPU-bound work on threads runs in parallel here; in CPython, with its one
//!   lock, it does not.
//! - A blocking call cannot be aborted: its thread goes on to the end, whoever
//!   has stopped waiting.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo executor --threads 2
//! $ asyncdemo executor --cpu 1000000
//! $ asyncdemo executor --heartbeat 100ms
//! $ asyncdemo executor --on-loop
//! ```

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Stage, Timed, count, duration, measured};

/// How often the heart beats where the loop is blocked to show it.
const BEAT: Duration = Duration::from_millis(50);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Executor {
    /// The blocking calls and how long each takes, as NAME=DURATION,NAME=DURATION
    #[arg(
        long,
        value_name = "LIST",
        default_value = "FileRead=500ms,DatabaseQuery=300ms,APICall=400ms"
    )]
    operations: Timed,

    /// How many threads the pool has [default: enough for all]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    threads: Option<usize>,

    /// Computes the sum of the squares below this number instead
    #[arg(long, value_name = "COUNT", value_parser = count, conflicts_with = "operations")]
    cpu: Option<usize>,

    /// Shows that the loop stays alive: a task on it says a line this often
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    heartbeat: Option<Duration>,

    /// Makes the blocking calls on the loop itself
    #[arg(long, help_heading = BREAK_IT)]
    on_loop: bool,
}

impl Demo for Executor {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/executor.log"),
        start: "08:49:20.598",
        options: &[
            "--operations",
            "FileRead=500ms,DatabaseQuery=300ms,APICall=401ms",
        ],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let beat = self.heartbeat.or(self.on_loop.then_some(BEAT));
        let heart = Arc::new(Heart::default());
        let beating = beat.map(|every| {
            tokio::spawn(Arc::clone(&heart).beat(stage.clone(), stage.lane("Heart"), every))
        });

        match self.cpu {
            Some(below) => self.compute(&stage, below as u128).await?,
            None => self.call(&stage).await?,
        }

        if let Some(beating) = beating {
            beating.abort();
            if self.on_loop {
                let silence = measured(heart.longest_silence(stage.elapsed()));
                stage.say("💔", format_args!("The heartbeat stopped for {silence}")); // every other task of the program stood still as long
            }
        }
        Ok(())
    }
}

impl Executor {
    async fn call(&self, stage: &Stage) -> anyhow::Result<()> {
        let operations = self.operations.0.clone();
        let many = operations.len();
        let place = if self.on_loop {
            "on the loop"
        } else {
            "concurrently in threads"
        };
        stage.say(
            "🧵",
            format_args!("Running {many} blocking operations {place}:"),
        );
        let pool = Arc::new(Semaphore::new(self.threads.unwrap_or(many)));
        let mut calls = JoinSet::new();
        for (name, time) in operations {
            let (stage, lane) = (stage.clone(), stage.lane(name));
            if self.on_loop {
                calls.spawn(async move {
                    on_loop(&stage, &lane, time);
                    Ok(())
                });
            } else {
                calls.spawn(on_thread(stage, lane, Arc::clone(&pool), time));
            }
        }
        while let Some(ended) = calls.join_next().await {
            ended??;
        }
        Ok(())
    }

    async fn compute(&self, stage: &Stage, below: u128) -> anyhow::Result<()> {
        let sum_of_squares = move || (0..below).map(|number| number * number).sum::<u128>();
        let sum = if self.on_loop {
            sum_of_squares()
        } else {
            stage.spawn_blocking(move |_| sum_of_squares()).await? // another core computes, the loop goes on
        };
        stage.say("🧮", format_args!("Result: {sum}"));
        Ok(())
    }
}

/// A pool is threads with a semaphore in front of them.
async fn on_thread(
    stage: Stage,
    lane: Lane,
    pool: Arc<Semaphore>,
    time: Duration,
) -> anyhow::Result<()> {
    let _permit = lane.waits_for("a thread", pool.acquire()).await?;
    let call = stage.spawn_blocking(move |thread| {
        lane.say("🔨", "Starting blocking operation...");
        thread.sleep(time); // blocks this thread and no other
        lane.say("✅", "Completed!");
    });
    Ok(call.await?)
}

fn on_loop(stage: &Stage, lane: &Lane, time: Duration) {
    lane.say("🔨", "Starting blocking operation...");
    stage.block(time); // no `.await`: nobody else gets a turn
    lane.say("✅", "Completed!");
}

/// Beats on the loop, and knows for how long it did not.
#[derive(Default)]
struct Heart {
    /// The last beat and the longest silence before it. A std mutex: nobody
    /// awaits while holding it.
    beats: Mutex<(Duration, Duration)>,
}

impl Heart {
    async fn beat(self: Arc<Self>, stage: Stage, lane: Lane, every: Duration) {
        loop {
            // A timer of tokio's is never shorter than a millisecond.
            lane.works_on("resting", sleep(every.max(Duration::from_millis(1))))
                .await;
            lane.log("💓", "Heartbeat");
            let now = stage.elapsed();
            let silence = self.longest_silence(now);
            *self.beats.lock().unwrap_or_else(PoisonError::into_inner) = (now, silence);
        }
    }

    fn longest_silence(&self, now: Duration) -> Duration {
        let (last, longest) = *self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        longest.max(now.saturating_sub(last))
    }
}
