//! Lock: let one task at a time read, change and write a value.
//!
//! Two workers increment one counter. Each reads it, works for a moment, and
//! writes back what it read plus one. Watch them take turns: the lock goes to
//! the worker that has waited longest. Then disable the lock and compare the
//! final value.
//!
//! # Key insight
//!
//! Other tasks run whenever a task awaits, and on a multi-threaded runtime also
//! at any other moment. A read and the write that depends on it must therefore
//! happen under one lock, however long the code between them takes. In Rust the
//! lock owns the value: there is no way to the counter that forgets to lock.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `lock = asyncio.Lock()` and the value beside it | `Mutex::new(value)`: the value is inside |
//! | `async with lock:` | `let mut guard = mutex.lock().await;` |
//! | `lock.release()` | the guard is dropped |
//! | `lock.locked()` | `mutex.try_lock().is_err()` |
//! | `counter += 1`, safe without an `await` in between | `counter.fetch_add(1, Relaxed)` on an `AtomicU32` |
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
//! # In tokio
//!
//! The complete program; dereferencing the guard gives access to the counter.
//!
//! ```rust,ignore
//! //! Two workers read, change and write back one counter, one at a time.
//!
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tokio::sync::Mutex;
//! use tokio::task::{JoinError, JoinSet};
//! use tokio::time::sleep;
//!
//! #[tokio::main(flavor = "current_thread")] // one thread: Worker-1 is the first in line
//! async fn main() -> Result<(), JoinError> {
//!     let counter = Arc::new(Mutex::new(0));
//!     let mut workers = JoinSet::new();
//!     for number in 1..=2 {
//!         workers.spawn(worker(format!("Worker-{number}"), Arc::clone(&counter)));
//!     }
//!     while let Some(ended) = workers.join_next().await {
//!         ended?;
//!     }
//!     println!("Final counter value: {}", counter.lock().await);
//!     Ok(())
//! }
//!
//! async fn worker(name: String, counter: Arc<Mutex<u32>>) {
//!     for _ in 0..3 {
//!         let mut counter = counter.lock().await; // the others wait here, in FIFO order
//!         let seen = *counter;
//!         sleep(Duration::from_millis(10)).await;
//!         *counter = seen + 1;
//!         println!("{name}: Counter = {counter}"); // still locked: the lines come in order
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! To keep a read, an `.await` and a write together. Often something simpler
//! does:
//!
//! - For a counter, an atomic: `counter.fetch_add(1, Relaxed)` reads and writes
//!   in one step that no other task or thread can interrupt.
//! - Where the critical section does not await, `std::sync::Mutex`, which is
//!   cheaper and cannot be held across an `.await` by accident in a spawned task.
//! - Where one task can own the data, a channel on which the others send it
//!   messages; see `queue`.
//!
//! # Pitfalls
//!
//! - Atomic reads and writes do not make an atomic update: with `load`, an
//!   `.await` and `store`, updates are lost (`--no-lock`).
//! - Never hold a `std::sync::Mutex` guard across an `.await`. `tokio::spawn`
//!   rejects such a task, because the guard is not `Send`. On a `LocalSet` it
//!   compiles; the next task that locks then blocks the thread on which the
//!   holder would have to continue, and the program hangs.
//! - A guard lives until the end of its scope. Drop it before code that does not
//!   need the value, or every other task waits for that code as well.
//! - tokio's mutex is not reentrant, and it is not poisoned by a panic: a task
//!   that locks it twice waits for itself, and after a panic the next task sees
//!   a half-changed value.
//! - Two tasks that take two locks in opposite order wait for each other for
//!   ever. Agree on one order.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo lock --workers 3 --iterations 2
//! $ asyncdemo lock --no-lock
//! $ asyncdemo lock --walkthrough --where
//! ```
//!
//! # Read on
//!
//! - [`tokio::sync::Mutex`](https://docs.rs/tokio/latest/tokio/sync/struct.Mutex.html),
//!   with a section on which kind of mutex to use
//! - [tokio's tutorial: shared state](https://tokio.rs/tokio/tutorial/shared-state)
//! - [`asyncio.Lock`](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock)

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of workers that share the counter
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    workers: usize,

    /// Number of times that each worker increments it
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    iterations: usize,

    /// Time between reading the counter and writing it
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10ms")]
    work: Duration,

    /// Disable the lock: updates are lost
    #[arg(long, help_heading = BREAK_IT)]
    no_lock: bool,
}

/// Increments a counter in several workers and prints its final value.
pub async fn main(options: Options) -> Result {
    if options.no_lock {
        return main_without_lock(options).await;
    }
    let counter = Arc::new(Mutex::new(0));
    let mut workers = JoinSet::new();
    for number in 1..=options.workers {
        let name = format!("Worker-{number}");
        let counter = Arc::clone(&counter);
        workers.spawn(worker(name, options.iterations, options.work, counter));
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    println!("Final counter value: {}", counter.lock().await);
    Ok(())
}

async fn worker(name: String, iterations: usize, work: Duration, counter: Arc<Mutex<u32>>) {
    for _ in 0..iterations {
        let mut counter = counter.lock().await; // the others wait here, in FIFO order
        let seen = *counter;
        sleep(work).await;
        *counter = seen + 1;
        println!("🔒 {name}: Counter = {counter}"); // still inside the lock: the lines come in the counter's order
    }
}

async fn main_without_lock(options: Options) -> Result {
    let counter = Arc::new(AtomicU32::new(0));
    let mut workers = JoinSet::new();
    for number in 1..=options.workers {
        let name = format!("Worker-{number}");
        let counter = Arc::clone(&counter);
        workers.spawn(unlocked(name, options.iterations, options.work, counter));
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    let value = counter.load(Relaxed);
    println!("Final counter value: {value}");
    let expected = options.workers * options.iterations;
    let lost = expected - value as usize;
    println!("💥 Expected {expected}: {lost} updates were lost"); // two workers read the same value, and the second write undid the first
    Ok(())
}

async fn unlocked(name: String, iterations: usize, work: Duration, counter: Arc<AtomicU32>) {
    for _ in 0..iterations {
        // Missing: let mut counter = counter.lock().await;
        let seen = counter.load(Relaxed);
        sleep(work).await;
        counter.store(seen + 1, Relaxed);
        println!("🔒 {name}: Counter = {}", seen + 1);
    }
}
