//! Condition: wait until shared data has changed.
//!
//! A buffer has room for two items. Producers wait while it is full, consumers
//! while it is empty, and a task that changes it wakes one task of the other
//! side: the one that has waited longest. tokio has no condition variable, so
//! the recipe builds one from a `Mutex` and a `Notify`.
//!
//! # Key insight
//!
//! A condition is a queue of waiting tasks beside a lock. Waiting takes three
//! steps: enter the queue, release the lock, and acquire it again after the
//! wake-up. The order matters: a task that released the lock first could miss
//! the wake-up. And a wake-up means "check again", not "it is true", because
//! another task may acquire the lock first. Hence the loop around every wait.
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
//! # In tokio
//!
//! The complete program. Its consumers are cancelled only at the end; where a
//! waiting task can be cancelled earlier, use the recipe's `wait`.
//!
//! ```rust,ignore
//! //! A producer and two consumers share a buffer with room for two items.
//!
//! use std::collections::VecDeque;
//! use std::{pin::pin, sync::Arc, time::Duration};
//!
//! use tokio::sync::{Mutex, MutexGuard, Notify};
//! use tokio::{task::JoinSet, time::sleep};
//!
//! #[derive(Default)]
//! struct Buffer {
//!     items: Mutex<VecDeque<String>>,
//!     not_full: Notify,
//!     not_empty: Notify,
//! }
//!
//! #[tokio::main(flavor = "current_thread")] // one thread: C1 is the first in line
//! async fn main() {
//!     let buffer = Arc::new(Buffer::default());
//!     let mut consumers = JoinSet::new();
//!     consumers.spawn(consume("C1", Arc::clone(&buffer)));
//!     consumers.spawn(consume("C2", Arc::clone(&buffer)));
//!     produce(&buffer).await; // afterwards the set is dropped, which cancels the consumers
//! }
//!
//! async fn produce(buffer: &Buffer) {
//!     for number in 0..5 {
//!         let mut items = buffer.items.lock().await;
//!         while items.len() == 2 {
//!             items = wait(&buffer.not_full, items).await;
//!         }
//!         println!("Produced: P1-{number}"); // under the lock: no consumer takes it before
//!         items.push_back(format!("P1-{number}"));
//!         drop(items);
//!         buffer.not_empty.notify_one();
//!         sleep(Duration::from_millis(100)).await;
//!     }
//! }
//!
//! async fn consume(name: &str, buffer: Arc<Buffer>) {
//!     loop {
//!         let mut items = buffer.items.lock().await;
//!         while items.is_empty() {
//!             items = wait(&buffer.not_empty, items).await;
//!         }
//!         println!("{name} consumed: {}", items.pop_front().unwrap());
//!         drop(items);
//!         buffer.not_full.notify_one();
//!         sleep(Duration::from_millis(200)).await;
//!     }
//! }
//!
//! async fn wait<'a, T>(changed: &Notify, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
//!     let mutex = MutexGuard::mutex(&guard);
//!     let mut notified = pin!(changed.notified());
//!     notified.as_mut().enable(); // in line before the lock is released
//!     drop(guard);
//!     notified.await;
//!     mutex.lock().await
//! }
//! ```
//!
//! # When to use
//!
//! Where tasks wait for a state of shared data that no channel or semaphore
//! expresses. For a plain buffer, a bounded `mpsc` channel is shorter; for the
//! latest value, there is `watch`; for a number of free places, a `Semaphore`.
//!
//! # Pitfalls
//!
//! - With one condition for both sides and a single notification, a producer can
//!   wake another producer. That one finds the buffer full and waits again, and
//!   the consumer is never woken (`--one-condition`). Use a condition for each
//!   side, or wake all waiting tasks.
//! - `if` instead of `while` (`--if`) trusts the wake-up. It fails for two
//!   reasons: another task may have taken the item, and a `notify_one` that finds
//!   no waiting task is stored, so that the next wait returns immediately,
//!   although nothing has changed. asyncio's `notify` stores nothing.
//! - Consumers that insist on more items than are produced wait for ever
//!   (`--take 5`: five items, ten wanted).
//! - A waiting task that is cancelled after it was notified must pass the
//!   notification on, or it is lost. `Notified` does that until it completes;
//!   while the task waits for the lock, `OnDrop` does.
//! - Never use `std::sync::Condvar` in a task: it blocks the thread.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo condition --size 1 --producers 2
//! $ asyncdemo condition --take 5
//! $ asyncdemo condition --one-condition
//! $ asyncdemo condition --if
//! ```
//!
//! # Read on
//!
//! - [`tokio::sync::Notify`](https://docs.rs/tokio/latest/tokio/sync/struct.Notify.html)
//!   and [`Notified::enable`](https://docs.rs/tokio/latest/tokio/sync/futures/struct.Notified.html#method.enable)
//! - [`MutexGuard::mutex`](https://docs.rs/tokio/latest/tokio/sync/struct.MutexGuard.html#method.mutex)
//! - [`asyncio.Condition`](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition)

use std::collections::VecDeque;
use std::{pin::pin, sync::Arc, time::Duration};

use clap::builder::ArgPredicate::IsPresent;
use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::{task::JoinSet, time::sleep};

use crate::kit::{BREAK_IT, OnDrop, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of items that the buffer has room for; with --one-condition 1 by default
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    #[arg(default_value_if("one_condition", IsPresent, "1"))]
    size: usize,
    /// Number of producers; with --one-condition 3 by default
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    #[arg(default_value_if("one_condition", IsPresent, "3"))]
    producers: usize,
    /// Number of items that each producer makes
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    items: usize,
    /// Time that a producer rests after each item
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    produce_every: Duration,
    /// Number of consumers
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    consumers: usize,
    /// Time that a consumer rests after each item
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    consume_every: Duration,
    /// Number of items that each consumer insists on, even if there will be no more
    #[arg(long, value_name = "COUNT", value_parser = count)]
    take: Option<usize>,
    /// Use one condition for both sides: a producer can wake another producer
    #[arg(long, help_heading = BREAK_IT)]
    one_condition: bool,
    /// Check once instead of in a loop: a task that is woken continues in any case
    #[arg(long = "if", help_heading = BREAK_IT)]
    check_once: bool,
}

/// Lets producers and consumers share a buffer.
pub async fn main(options: Options) -> Result {
    let not_full = Arc::new(Notify::new());
    let not_empty = if options.one_condition {
        Arc::clone(&not_full) // Missing: a condition for each side.
    } else {
        Arc::new(Notify::new())
    };
    let buffer = Arc::new(Buffer {
        options: options.clone(),
        contents: Mutex::default(),
        not_full,
        not_empty,
    });
    let mut producers = JoinSet::new();
    let mut consumers = JoinSet::new();
    for number in 1..=options.producers {
        producers.spawn(producer(number, Arc::clone(&buffer)));
    }
    for number in 1..=options.consumers {
        consumers.spawn(consumer(number, Arc::clone(&buffer)));
    }
    producers.join_all().await;
    buffer.contents.lock().await.closed = options.take.is_none();
    buffer.not_empty.notify_waiters(); // the end concerns every consumer, not only the first in line
    consumers.join_all().await;
    Ok(())
}

async fn producer(number: usize, buffer: Arc<Buffer>) {
    for item in 0..buffer.options.items {
        buffer.put(number, format!("P{number}-{item}")).await;
        sleep(buffer.options.produce_every).await;
    }
}

async fn consumer(number: usize, buffer: Arc<Buffer>) {
    for _ in 0..buffer.options.take.unwrap_or(usize::MAX) {
        if buffer.take(number).await.is_none() {
            break;
        }
        sleep(buffer.options.consume_every).await;
    }
}

/// A bounded buffer: one lock, and a condition for each side.
struct Buffer {
    options: Options,
    contents: Mutex<Contents>,
    not_full: Arc<Notify>,
    not_empty: Arc<Notify>,
}

#[derive(Default)]
struct Contents {
    items: VecDeque<String>,
    closed: bool,
}

type Guard<'a> = MutexGuard<'a, Contents>;

impl Buffer {
    async fn put(&self, number: usize, item: String) {
        let ready = |contents: &Contents| contents.items.len() < self.options.size;
        let mut contents = self.lock_when(ready, &self.not_full).await;
        if !ready(&contents) {
            println!("💥 P{number} woke up to a full buffer"); // another producer was faster, or the wake-up was a stored one
        }
        println!("📦 Produced: {item}"); // under the lock: no consumer takes it before this line
        contents.items.push_back(item);
        self.not_empty.notify_one();
    }

    /// The next item, or `None` once the buffer is closed and empty.
    async fn take(&self, number: usize) -> Option<String> {
        let ready = |contents: &Contents| !contents.items.is_empty() || contents.closed;
        let mut contents = self.lock_when(ready, &self.not_empty).await;
        while !ready(&contents) {
            println!("💥 C{number} woke up to an empty buffer"); // another consumer was faster, or the wake-up was a stored one
            drop(contents);
            contents = self.lock_when(ready, &self.not_empty).await;
        }
        let item = contents.items.pop_front()?;
        println!("📨 C{number} consumed: {item}");
        self.not_full.notify_one();
        Some(item)
    }

    async fn lock_when(&self, ready: impl Fn(&Contents) -> bool, changed: &Notify) -> Guard<'_> {
        if self.options.check_once {
            return self.lock_once(ready, changed).await;
        }
        let mut contents = self.contents.lock().await;
        while !ready(&contents) {
            contents = wait(changed, contents).await;
        }
        contents
    }

    async fn lock_once(&self, ready: impl Fn(&Contents) -> bool, changed: &Notify) -> Guard<'_> {
        let mut contents = self.contents.lock().await;
        // Missing: `while`, which checks again after each wake-up.
        if !ready(&contents) {
            contents = wait(changed, contents).await;
        }
        contents
    }
}

/// Releases the lock until a notification comes, and holds it again on return.
pub async fn wait<'a, T>(changed: &Notify, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let mutex = MutexGuard::mutex(&guard);
    let mut notified = pin!(changed.notified());
    notified.as_mut().enable(); // in line before the lock is released: no notification is missed
    drop(guard);
    notified.await; // if this task is cancelled here, `Notified` passes the notification on
    let pass_on = OnDrop::new(|| changed.notify_one()); // and if it is cancelled in the next line, this does
    let guard = mutex.lock().await;
    pass_on.cancel();
    guard
}
