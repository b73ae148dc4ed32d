//! A lock: one task at a time where a value is read, changed and written back.
//!
//! Two workers raise one counter. Each reads it, works for a moment and writes
//! it back one higher. Watch how they take turns: whoever has waited longest
//! is next. Then take the lock away and see what the counter is worth.
//!
//! # Key insight
//!
//! A task can be interrupted only where it awaits. Whatever must stay together
//! across an `.await` needs a lock; what has no `.await` inside is safe without.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Lock()` | `tokio::sync::Mutex::new(value)` |
//! | `async with lock:` | `let guard = mutex.lock().await;` |
//! | `lock.release()` | the guard is dropped |
//! | `lock.locked()` | `mutex.try_lock().is_err()` |
//!
//! ```python
//! import asyncio
//!
//! counter = 0
//!
//!
//! async def worker(name, lock):
//!     global counter
//!     for _ in range(3):
//!         async with lock:
//!             seen = counter
//!             await asyncio.sleep(0.01)
//!             counter = seen + 1
//!             print(f"{name}: Counter = {counter}")
//!
//!
//! async def main():
//!     lock = asyncio.Lock()
//!     await asyncio.gather(worker("Worker-1", lock), worker("Worker-2", lock))
//!     print(f"Final counter value: {counter}")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! To keep a read, an `.await` and a write together. Where the critical section
//! does not await, `std::sync::Mutex` is cheaper, and where one task can own the
//! data and others send it messages, no lock is needed at all.
//!
//! # Pitfalls
//!
//! - An atomic counter alone does not help: each access is atomic, the read and
//!   the later write together are not.
//! - A guard that lives to the end of a long function makes everybody wait for
//!   lines that need no lock.
//! - A task that takes a second lock while it holds the first can meet another
//!   that does the same the other way round: agree on an order.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo lock --workers 3 --iterations 2
//! $ asyncdemo lock --no-lock
//! $ asyncdemo lock --walkthrough --where
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Lock {
    /// How many workers share the counter
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    workers: usize,

    /// How often each of them raises it
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    iterations: usize,

    /// How long a worker thinks between reading and writing
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10ms")]
    work: Duration,

    /// Takes the lock away: updates are lost
    #[arg(long, help_heading = BREAK_IT)]
    no_lock: bool,
}

/// At work, the lock would hold the value: `Mutex<usize>`. Here the two are
/// apart, so that the lock can be taken away.
#[derive(Default)]
struct Counter {
    value: AtomicUsize,
    lock: Mutex<()>,
}

impl Demo for Lock {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/lock.log"),
        start: "08:49:08.853",
        options: &["--work", "16ms"],
        tolerance: Duration::ZERO,
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let counter = Arc::new(Counter::default());
        let mut workers = JoinSet::new();
        for number in 1..=self.workers {
            let lane = stage.lane(format_args!("Worker-{number}"));
            workers.spawn(self.clone().raise(lane, Arc::clone(&counter)));
        }
        workers.join_all().await;

        let value = counter.value.load(Relaxed);
        stage.say("", format_args!("Final counter value: {value}"));
        if self.no_lock {
            let expected = self.workers * self.iterations;
            let lost = expected - value;
            stage.say(
                "💥",
                format_args!("Expected {expected}: {lost} updates were lost"),
            ); // two workers read the same value, and the second write undid the first
        }
        Ok(())
    }
}

impl Lock {
    async fn raise(self, lane: Lane, counter: Arc<Counter>) {
        for _ in 0..self.iterations {
            // The guard lives to the end of the round: nobody else reads or
            // writes between our read and our write.
            let _guard = if self.no_lock {
                None
            } else {
                Some(lane.waits_for("the lock", counter.lock.lock()).await)
            };
            let _holding = lane.holds("the lock");
            let seen = counter.value.load(Relaxed);
            lane.works_on("raising the counter", sleep(self.work)).await;
            counter.value.store(seen + 1, Relaxed);
            lane.say("🔒", format_args!("Counter = {}", seen + 1)); // still inside the lock: the lines come in the counter's order
        }
    }
}
