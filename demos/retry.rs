//! Retry: repeat a failed operation, and wait longer each time.
//!
//! A server refuses the connection. The operation is tried three times, with a
//! pause of one second and then of two. Watch how the pauses grow: a server
//! that is overloaded recovers only if its clients give it time.
//!
//! # Key insight
//!
//! Exponential backoff lowers the load on a server for as long as the server
//! fails, and jitter keeps a thousand clients from coming back in the same
//! instant. The last error belongs to the caller: return it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | a decorator, or a function that takes a coroutine function | a function that takes `impl FnMut() -> impl Future` |
//! | `try: return await operation()` | `match operation().await` |
//! | `except OSError:` | `Err(error)` |
//! | `raise` after the last attempt | `return Err(error)` |
//! | `await asyncio.sleep(base * factor**attempt)` | `sleep(wait).await; wait *= factor;` |
//! | `random.uniform(0, 0.1)` | `rand::random_range(0.0..0.1)` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def retry(name, operation, tries=3, base_delay=1, factor=2):
//!     wait = base_delay
//!     for attempt in range(1, tries + 1):
//!         print(f"{name}: Attempt {attempt}/{tries}")
//!         try:
//!             return await operation()
//!         except OSError:
//!             if attempt == tries:
//!                 raise
//!         print(f"{name}: Failed, retrying in {wait}s...")
//!         await asyncio.sleep(wait)
//!         wait *= factor
//!
//!
//! async def call():
//!     raise ConnectionRefusedError("connection refused")
//!
//!
//! async def main():
//!     print("Retry with Exponential Backoff:")
//!     try:
//!         print(f"Operation-1: {await retry('Operation-1', call)}")
//!     except OSError:
//!         print("Operation-1: All retries failed")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! `retry` knows nothing about the operation but that it may fail:
//!
//! ```rust,ignore
//! //! A failing call is tried three times, with a longer wait each time.
//!
//! use std::io;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     println!("Retry with Exponential Backoff:");
//!     let policy = Policy {
//!         max_retries: 3,
//!         base_delay: Duration::from_secs(1),
//!         factor: 2,
//!         max_delay: Duration::from_secs(60),
//!     };
//!     match retry("Operation-1", call, &policy).await {
//!         Ok(response) => println!("Operation-1: {response}"),
//!         Err(_) => println!("Operation-1: All retries failed"), // the last error: decide what it means
//!     }
//! }
//!
//! /// A server that refuses every connection.
//! async fn call() -> io::Result<&'static str> {
//!     Err(io::ErrorKind::ConnectionRefused.into())
//! }
//!
//! /// How often to try, and how long to wait in between.
//! struct Policy {
//!     max_retries: u32,
//!     base_delay: Duration,
//!     factor: u32,
//!     max_delay: Duration,
//! }
//!
//! /// Calls `operation` until it succeeds or its last attempt fails.
//! async fn retry<T, E, F: Future<Output = Result<T, E>>>(
//!     name: &str,
//!     mut operation: impl FnMut() -> F,
//!     policy: &Policy,
//! ) -> Result<T, E> {
//!     let tries = policy.max_retries;
//!     let mut wait = policy.base_delay;
//!     let mut attempt = 1;
//!     loop {
//!         println!("{name}: Attempt {attempt}/{tries}");
//!         match operation().await {
//!             Err(_) if attempt < tries => attempt += 1,
//!             last => return last, // a value, or the last error
//!         }
//!         wait = wait.min(policy.max_delay);
//!         println!("{name}: Failed, retrying in {wait:?}...");
//!         sleep(wait).await;
//!         wait = wait.saturating_mul(policy.factor);
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! For failures that pass by themselves, such as a refused connection, a timeout
//! or an overloaded server, and for operations that may run twice: a read, or a
//! write that carries an idempotency key.
//!
//! Do not retry an error that stays: a missing file, a wrong password, a request
//! that the server cannot parse. Return such an error immediately.
//!
//! # Pitfalls
//!
//! - A loop that swallows the last error returns nothing, and the caller takes
//!   that for success. With `--propagate` the program ends with the last error.
//! - Exponential growth has no limit of its own: set `--max-delay`.
//! - Jitter that is added silently makes the real wait differ from the announced
//!   one. Here the announced wait is the base, and `--jitter` adds up to 10 %.
//! - Retries multiply: three layers with three attempts each make 27 calls.
//! - An operation that hangs is never retried. Give each attempt a limit of its
//!   own, as `timeout` does.
//! - Pass a function that makes a future, not a future: a future, like a
//!   coroutine object in Python, runs only once. `AsyncFnMut` also accepts async
//!   closures that borrow mutably, but in a task that is spawned the compiler
//!   often cannot prove that their futures are `Send`.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo retry --succeed-on 2
//! $ asyncdemo retry --max-retries 6 --max-delay 5s --jitter
//! $ asyncdemo retry --fail-rate 0.7 --operations 3 --factor 3
//! $ asyncdemo retry --no-backoff
//! ```
//!
//! # Read on
//!
//! - [`tokio::time::sleep`](https://docs.rs/tokio/latest/tokio/time/fn.sleep.html)
//! - [`AsyncFnMut`](https://doc.rust-lang.org/std/ops/trait.AsyncFnMut.html) (Rust 1.85 and later)
//! - [`asyncio.sleep`](https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep)
//! - [Exceptions of `asyncio`](https://docs.python.org/3/library/asyncio-exceptions.html)

use std::io;
use std::time::Duration;

use clap::value_parser;
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, Rng, count, draws, duration, probability, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    policy: Policy,

    /// Number of operations, one after the other
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    operations: usize,

    /// Attempt that succeeds [default: none]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    succeed_on: Option<usize>,

    /// Share of attempts that fail, drawn from the seed (a number from 0 to 1)
    #[arg(long, value_name = "SHARE", value_parser = probability, conflicts_with = "succeed_on")]
    fail_rate: Option<f64>,

    /// Return the last error from the program: it ends with exit code 1
    #[arg(long)]
    propagate: bool,

    /// Retry immediately: the server gets no time to recover
    #[arg(long, help_heading = BREAK_IT)]
    no_backoff: bool,
}

/// How often to try, and how long to wait in between.
#[derive(clap::Args, Clone, Debug)]
struct Policy {
    /// Number of attempts for each operation
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    max_retries: usize,

    /// Wait after the first failure
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    base_delay: Duration,

    /// Factor by which each wait is longer than the one before (a whole number from 1 to 100)
    #[arg(long, value_parser = value_parser!(u32).range(1..=100), default_value = "2")]
    factor: u32,

    /// Longest wait
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "24h")]
    max_delay: Duration,

    /// Add up to 10 % to each wait
    #[arg(long)]
    jitter: bool,
}

/// Calls a server that fails, and retries each call.
pub async fn main(options: Options) -> Result {
    println!("🔁 Retry with Exponential Backoff:");
    let started = Instant::now();
    let mut calls = 0;
    for number in 1..=options.operations {
        let name = format!("Operation-{number}");
        let (mut attempts, mut random) = (0, draws(&name));
        let operation = || {
            attempts += 1;
            call(options.refuses(attempts, &mut random))
        };
        let called = if options.no_backoff {
            retry_immediately(&name, operation, options.policy.max_retries).await
        } else {
            retry(&name, operation, &options.policy).await
        };
        calls += attempts;
        match called {
            Ok(response) => println!("✅ {name}: {response}"),
            Err(error) if options.propagate => return Err(error.into()),
            Err(_) => println!("❌ {name}: All retries failed"), // the last error: the caller decides what it means
        }
    }
    if options.no_backoff {
        let rate = calls as u64 / started.elapsed().as_secs().max(1);
        println!("💥 The server saw {rate} calls per second"); // with a thousand such clients it never recovers
    }
    Ok(())
}

impl Options {
    fn refuses(&self, attempt: usize, random: &mut Rng) -> bool {
        match self.fail_rate {
            Some(rate) => random.chance(rate),
            None => self.succeed_on != Some(attempt),
        }
    }
}

/// Calls a server that refuses some connections.
async fn call(refused: bool) -> io::Result<&'static str> {
    if refused {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok("Success")
}

/// Calls `operation` until it succeeds or its last attempt fails.
async fn retry<T, E, F: Future<Output = Result<T, E>>>(
    name: &str,
    mut operation: impl FnMut() -> F,
    policy: &Policy,
) -> Result<T, E> {
    let tries = policy.max_retries;
    let mut random = draws(&format!("{name}: jitter"));
    let mut wait = policy.base_delay;
    let mut attempt = 1;
    loop {
        println!("🔄 {name}: Attempt {attempt}/{tries}");
        match operation().await {
            Err(_) if attempt < tries => attempt += 1,
            last => return last, // a value, or the last error
        }
        wait = wait.min(policy.max_delay);
        println!("⚠️ {name}: Failed, retrying in {}...", seconds(wait)); // the jitter is not announced
        let jitter = policy.jitter.then(|| random.up_to(wait / 10));
        sleep(wait + jitter.unwrap_or_default()).await;
        wait = wait.saturating_mul(policy.factor);
    }
}

/// Retries without any pause.
async fn retry_immediately<T, E, F: Future<Output = Result<T, E>>>(
    name: &str,
    mut operation: impl FnMut() -> F,
    tries: usize,
) -> Result<T, E> {
    let mut attempt = 1;
    loop {
        println!("🔄 {name}: Attempt {attempt}/{tries}");
        match operation().await {
            Err(_) if attempt < tries => attempt += 1,
            last => return last,
        }
        println!("⚠️ {name}: Failed, retrying at once...");
        // Missing: sleep(wait).await;
    }
}
