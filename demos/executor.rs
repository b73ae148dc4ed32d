//! Executor: run blocking calls on threads, so that the event loop stays free.
//!
//! Three calls block: one reads a file, one queries a database, one calls a
//! server. On threads they run concurrently and take as long as the slowest. On
//! the event loop (`--on-loop`) they run one after the other, although each has
//! a task of its own, and the heartbeat stops.
//!
//! # Key insight
//!
//! A task must return to the runtime quickly, by awaiting. Code that blocks or
//! computes for long runs on another thread, and the task awaits its handle.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.to_thread(f)` | `spawn_blocking(f).await?` |
//! | `loop.run_in_executor(pool, f)` | `spawn_blocking(f)` that owns a permit of a `Semaphore` |
//! | `ThreadPoolExecutor(max_workers=2)` | `Semaphore::new(2)` |
//! | `ProcessPoolExecutor` for CPU-bound work | not needed: threads compute in parallel |
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
//! # In tokio
//!
//! `spawn_blocking` takes a thread from tokio's own pool, and a semaphore limits
//! how many of these threads the program uses at a time:
//!
//! ```rust,ignore
//! //! Three blocking calls run on threads of their own, so that the loop stays free.
//!
//! use std::error::Error;
//! use std::sync::Arc;
//! use std::thread;
//! use std::time::Duration;
//!
//! use tokio::sync::Semaphore;
//! use tokio::task::{JoinSet, spawn_blocking};
//!
//! type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
//!
//! #[tokio::main(flavor = "current_thread")] // one thread for the tasks: they start in order
//! async fn main() -> Result {
//!     let operations = [("FileRead", 500), ("DatabaseQuery", 300), ("APICall", 400)];
//!     let threads = Arc::new(Semaphore::new(operations.len()));
//!     println!("Running 3 blocking operations concurrently in threads:");
//!     let mut calls = JoinSet::new();
//!     for (name, millis) in operations {
//!         let time = Duration::from_millis(millis);
//!         calls.spawn(call(name, time, Arc::clone(&threads)));
//!     }
//!     while let Some(ended) = calls.join_next().await {
//!         ended??;
//!     }
//!     Ok(())
//! }
//!
//! async fn call(name: &'static str, time: Duration, threads: Arc<Semaphore>) -> Result {
//!     let permit = threads.acquire_owned().await?; // the others wait here until a thread is free
//!     println!("{name}: Starting blocking operation...");
//!     let call = spawn_blocking(move || {
//!         let _permit = permit; // owned by the closure: held as long as the thread is busy
//!         thread::sleep(time); // blocks this thread, not the loop
//!         println!("{name}: Completed!");
//!     });
//!     Ok(call.await?)
//! }
//! ```
//!
//! # When to use
//!
//! For libraries that have no async interface, for the file system, and for
//! computations of more than about 100 µs. CPU-bound work needs a limit near the
//! number of cores, or a pool made for it, such as rayon's. A thread that runs
//! for the whole life of the program is better started with
//! `std::thread::spawn`, and connected by a channel.
//!
//! # Pitfalls
//!
//! - A blocking call cannot be aborted. When the task that awaits it is
//!   cancelled, the thread runs on to its end. Therefore the closure owns the
//!   permit: a permit held by the task would be released while the thread is
//!   still busy, and more threads than the limit would run.
//! - Without a semaphore tokio starts up to 512 blocking threads
//!   (`max_blocking_threads`); further calls wait in a queue without a limit.
//! - A runtime that is dropped waits for its blocking threads. Use
//!   `shutdown_timeout` if they may take too long.
//! - On the multi-threaded runtime a blocking call stops one worker, and the
//!   tasks of the other workers run on. The program seems to work until all
//!   workers are blocked.
//! - Opening a file can block as long as reading it. Do both on the thread.
//! - CPU-bound work on threads runs in parallel in Rust. In CPython the global
//!   interpreter lock prevents that, except in the free-threaded build.
//! - The virtual clock does not count the time of a computation. Use the real
//!   clock to see how long `--cpu` takes.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo executor --threads 2
//! $ asyncdemo executor --heartbeat 100ms
//! $ asyncdemo executor --cpu 1000000
//! $ asyncdemo executor --on-loop
//! ```
//!
//! # Read on
//!
//! - [`tokio::task::spawn_blocking`](https://docs.rs/tokio/latest/tokio/task/fn.spawn_blocking.html)
//! - [CPU-bound tasks and blocking code](https://docs.rs/tokio/latest/tokio/#cpu-bound-tasks-and-blocking-code)
//! - [`asyncio.to_thread`](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)
//!   (Python 3.9 and later)
//! - [`loop.run_in_executor`](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor)

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, Timed, count, duration, measured};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Blocking calls and the time that each takes: NAME=DURATION pairs, separated by commas
    #[arg(
        long,
        value_name = "LIST",
        default_value = "FileRead=500ms,DatabaseQuery=300ms,APICall=400ms"
    )]
    operations: Timed,

    /// Number of threads in the pool [default: one for each call]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    threads: Option<usize>,

    /// Compute the sum of the squares below this number instead
    #[arg(long, value_name = "COUNT", value_parser = count, conflicts_with = "operations")]
    cpu: Option<usize>,

    /// Interval at which a task on the loop prints a heartbeat [default: none, or 50ms with
    /// --on-loop]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    heartbeat: Option<Duration>,

    /// Make the blocking calls on the event loop itself
    #[arg(long, help_heading = BREAK_IT)]
    on_loop: bool,
}

/// Runs every call on a thread, `threads` of them at a time.
pub async fn main(options: Options) -> Result {
    if options.on_loop {
        return main_on_loop(options).await;
    }
    let mut heart = JoinSet::new(); // aborts its task when it is dropped
    if let Some(every) = options.heartbeat {
        heart.spawn(beat(every));
    }
    let Timed(operations) = options.operations;
    let threads = Arc::new(Semaphore::new(options.threads.unwrap_or(operations.len())));
    if let Some(below) = options.cpu {
        let sum = compute(below, threads).await?;
        println!("🧮 Result: {sum}"); // another core computed it, and the loop stayed free
        return Ok(());
    }
    let many = operations.len();
    println!("🧵 Running {many} blocking operations concurrently in threads:");
    let mut calls = JoinSet::new();
    for (name, time) in operations {
        calls.spawn(call(name, time, Arc::clone(&threads)));
    }
    while let Some(ended) = calls.join_next().await {
        ended??;
    }
    Ok(())
}

async fn call(name: String, time: Duration, threads: Arc<Semaphore>) -> Result {
    let permit = threads.acquire_owned().await?; // the others wait here until a thread is free
    println!("🔨 {name}: Starting blocking operation...");
    let call = spawn_blocking(move || {
        let _permit = permit; // owned by the closure: held as long as the thread is busy
        thread::sleep(time); // blocks this thread, not the loop
        println!("✅ {name}: Completed!");
    });
    Ok(call.await?)
}

async fn compute(below: usize, threads: Arc<Semaphore>) -> Result<u128> {
    let permit = threads.acquire_owned().await?;
    let sum = spawn_blocking(move || {
        let _permit = permit;
        sum_of_squares(below)
    });
    Ok(sum.await?) // the closure's result
}

fn sum_of_squares(below: usize) -> u128 {
    (0..below as u128).map(|number| number * number).sum()
}

async fn beat(every: Duration) {
    loop {
        sleep(every.max(Duration::from_millis(1))).await;
        println!("💓 Heartbeat");
    }
}

/// The broken twin: everything runs on the event loop.
async fn main_on_loop(options: Options) -> Result {
    let beats = Arc::new(Mutex::new(vec![Instant::now()]));
    let mut heart = JoinSet::new();
    let every = options.heartbeat.unwrap_or(Duration::from_millis(50));
    heart.spawn(beat_noting_when(every, Arc::clone(&beats)));
    if let Some(below) = options.cpu {
        // Missing: spawn_blocking(move || sum_of_squares(below)).await?
        println!("🧮 Result: {}", sum_of_squares(below));
        println!("💔 No heartbeat until the result was there"); // computing blocks as sleeping does
        return Ok(());
    }
    let Timed(operations) = options.operations;
    println!(
        "🧵 Running {} blocking operations on the loop:",
        operations.len()
    );
    let mut calls = JoinSet::new();
    for (name, time) in operations {
        calls.spawn(call_on_loop(name, time));
    }
    while let Some(ended) = calls.join_next().await {
        ended?;
    }
    let silence = measured(longest_silence(&beats));
    println!("💔 The heartbeat stopped for {silence}"); // every other task stood still as long
    Ok(())
}

async fn call_on_loop(name: String, time: Duration) {
    println!("🔨 {name}: Starting blocking operation...");
    // Missing: spawn_blocking(move || …).await?
    thread::sleep(time); // no `.await`: no other task gets a turn
    println!("✅ {name}: Completed!");
}

async fn beat_noting_when(every: Duration, beats: Arc<Mutex<Vec<Instant>>>) {
    loop {
        sleep(every.max(Duration::from_millis(1))).await;
        println!("💓 Heartbeat");
        let mut beats = beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.push(Instant::now());
    }
}

fn longest_silence(beats: &Mutex<Vec<Instant>>) -> Duration {
    let mut beats = beats.lock().unwrap_or_else(PoisonError::into_inner);
    beats.push(Instant::now());
    let silences = beats.windows(2).map(|pair| pair[1] - pair[0]);
    silences.max().unwrap_or_default()
}
