//! A condition: wait, under a lock, until something is true.
//!
//! A buffer has room for two items. Producers wait while it is full, consumers
//! while it is empty, and whoever changes it wakes one of the other side. Watch
//! who is woken: the one who has waited longest. Tokio has no condition
//! variable, so one is built here, from a `Notify` and the lock.
//!
//! # Key insight
//!
//! A condition is a queue of sleepers beside a lock. To wait is three steps: get
//! in line, let the lock go, take it back when called. In line *before* the lock
//! is free, or a call in between finds nobody. And being called means "look
//! again", not "it is true": hence the loop around every wait.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Condition(lock)` | a `Notify` beside a `Mutex` |
//! | `async with condition:` | `let guard = mutex.lock().await;` |
//! | `await condition.wait()` | `enable()`, drop the guard, await, lock again |
//! | `await condition.wait_for(test)` | a `while` loop around the wait |
//! | `condition.notify()` | `notify_one()` |
//! | `condition.notify_all()` | `notify_waiters()` |
//!
//! ```python
//! import asyncio
//! from collections import deque
//!
//! SIZE, ITEMS = 2, 5
//!
//!
//! async def produce(name, buffer, not_full, not_empty):
//!     for number in range(ITEMS):
//!         async with not_full:
//!             while len(buffer) == SIZE:
//!                 await not_full.wait()
//!             buffer.append(f"{name}-{number}")
//!             print(f"Produced: {name}-{number}")
//!             not_empty.notify()
//!         await asyncio.sleep(0.1)
//!
//!
//! async def consume(name, buffer, not_full, not_empty):
//!     while True:
//!         async with not_empty:
//!             while not buffer:
//!                 await not_empty.wait()
//!             print(f"{name} consumed: {buffer.popleft()}")
//!             not_full.notify()
//!         await asyncio.sleep(0.2)
//!
//!
//! async def main():
//!     lock = asyncio.Lock()  # one lock, two conditions
//!     shared = deque(), asyncio.Condition(lock), asyncio.Condition(lock)
//!     consumers = [asyncio.create_task(consume(f"C{n}", *shared)) for n in (1, 2)]
//!     await produce("P1", *shared)
//!     for consumer in consumers:
//!         consumer.cancel()
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Where tasks wait for a state of shared data that no channel or semaphore
//! expresses. For a plain buffer a bounded channel is shorter; for the latest
//! value there is `watch`.
//!
//! # Pitfalls
//!
//! - One condition for both sides and a single notification: a producer's call
//!   wakes another producer, which goes back to sleep, and the call is lost
//!   (`--one-condition`). Have a condition for each side, or wake all.
//! - `if` instead of `while` (`--if`): between the call and its turn somebody
//!   else may have taken the item, and a call may come for nothing.
//! - More takers than items wait for ever (`--take 5`: five items, ten takers).
//! - A waiter that is cancelled after it was called must pass the call on, or
//!   nobody ever gets it.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo condition --size 1 --producers 2
//! $ asyncdemo condition --take 5
//! $ asyncdemo condition --one-condition --producers 3 --items 4 --size 1
//! $ asyncdemo condition --if
//! ```

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Condition {
    /// How many items the buffer has room for
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    size: usize,

    /// How many producers there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    producers: usize,

    /// How many items each producer makes
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    items: usize,

    /// How long a producer rests after each item
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    produce_every: Duration,

    /// How many consumers there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    consumers: usize,

    /// How long a consumer rests after each item
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    consume_every: Duration,

    /// How many items each consumer insists on, even if there will be no more
    #[arg(long, value_name = "COUNT", value_parser = count)]
    take: Option<usize>,

    /// Has one condition for both sides: a producer's call can wake a producer
    #[arg(long, help_heading = BREAK_IT)]
    one_condition: bool,

    /// Tests once instead of in a loop: who is woken goes on, come what may
    #[arg(long = "if", help_heading = BREAK_IT)]
    test_once: bool,
}

/// What asyncio calls a condition: a line of those who wait for a change.
#[derive(Default)]
pub struct Condvar(Notify);

impl Condvar {
    /// Lets the lock go until somebody calls, and has it again on return.
    pub async fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let mutex = MutexGuard::mutex(&guard);
        // In line from here on, at its end, and before the lock is free: who
        // changes the data after us finds us here. No call is lost.
        let mut call = pin!(self.0.notified());
        call.as_mut().enable();
        drop(guard);
        // Cancelled here, we leave the line; `Notify` hands on our call.
        call.await;
        // Cancelled here, we hand it on ourselves.
        let unheard = PassOn(self);
        // Others may come first, and change the data: the caller looks again.
        let guard = mutex.lock().await;
        std::mem::forget(unheard);
        guard
    }

    /// Wakes the one who has waited longest. Where nobody waits, the call stays
    /// for the next who does, and wakes it for nothing: it looks again.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all who wait now.
    pub fn notify_all(&self) {
        self.0.notify_waiters();
    }
}

/// A call that came and was not acted upon.
struct PassOn<'a>(&'a Condvar);

impl Drop for PassOn<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A bounded buffer: one lock, and a condition for each side.
struct Buffer {
    contents: Mutex<Contents>,
    not_full: Arc<Condvar>,
    not_empty: Arc<Condvar>,
}

/// What the lock protects.
struct Contents {
    items: VecDeque<String>,
    /// How many producers are still at work.
    producers: usize,
}

impl Demo for Condition {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let not_full = Arc::<Condvar>::default();
        let buffer = Arc::new(Buffer {
            contents: Mutex::new(Contents {
                items: VecDeque::new(),
                producers: self.producers,
            }),
            not_empty: if self.one_condition {
                Arc::clone(&not_full)
            } else {
                Arc::default()
            },
            not_full,
        });
        let mut tasks = JoinSet::new();
        for number in 1..=self.producers {
            let lane = stage.lane(format_args!("P{number}"));
            tasks.spawn(self.clone().produce(lane, Arc::clone(&buffer)));
        }
        for number in 1..=self.consumers {
            let lane = stage.lane(format_args!("C{number}"));
            tasks.spawn(self.clone().consume(lane, Arc::clone(&buffer)));
        }
        tasks.join_all().await;
        Ok(())
    }
}

impl Condition {
    async fn produce(self, lane: Lane, buffer: Arc<Buffer>) {
        for number in 0..self.items {
            let mut contents = buffer.contents.lock().await;
            while contents.items.len() >= self.size {
                contents = lane.waits_for("room", buffer.not_full.wait(contents)).await;
                if self.test_once {
                    break;
                }
            }
            if contents.items.len() >= self.size {
                lane.log("💥", format_args!("{lane} woke up to a full buffer")); // somebody was faster, and nobody looked again
            }
            let item = format!("{lane}-{number}");
            lane.log("📦", format_args!("Produced: {item}")); // under the lock: nobody consumes it before this line
            contents.items.push_back(item);
            buffer.not_empty.notify_one();
            drop(contents);
            lane.works_on("the next item", sleep(self.produce_every))
                .await;
        }
        let mut contents = buffer.contents.lock().await;
        contents.producers -= 1;
        if contents.producers == 0 {
            // The end concerns every consumer, not only the first in line.
            buffer.not_empty.notify_all();
        }
    }

    async fn consume(self, lane: Lane, buffer: Arc<Buffer>) {
        let mut taken = 0;
        while self.take.is_none_or(|take| taken < take) {
            let mut contents = buffer.contents.lock().await;
            let is_over = |contents: &Contents| self.take.is_none() && contents.producers == 0;
            while contents.items.is_empty() && !is_over(&contents) {
                contents = lane
                    .waits_for("an item", buffer.not_empty.wait(contents))
                    .await;
                if self.test_once {
                    break;
                }
            }
            let Some(item) = contents.items.pop_front() else {
                if is_over(&contents) {
                    break;
                }
                lane.log("💥", format_args!("{lane} woke up to an empty buffer")); // somebody was faster, or the call was for nothing
                continue;
            };
            lane.log("📨", format_args!("{lane} consumed: {item}"));
            buffer.not_full.notify_one();
            drop(contents);
            taken += 1;
            lane.works_on("consuming", sleep(self.consume_every)).await;
        }
    }
}
