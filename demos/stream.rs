//! Stream: produce values one at a time, as the consumer asks for them.
//!
//! A generator produces a number every 200 ms, and a consumer receives each of
//! them. Watch who runs when: the generator continues only when the consumer
//! asks for the next number.
//!
//! # Key insight
//!
//! A stream is lazy: it runs while a consumer awaits its next value and stands
//! still otherwise. That gives backpressure without any further code. To let the
//! generator run ahead, put a task and a bounded channel between the two.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async def` with `yield` | `async_stream::stream! { yield … }` |
//! | `async for x in gen():` | `while let Some(x) = stream.next().await` |
//! | `[x async for x in gen()]` | `stream.collect::<Vec<_>>().await` |
//! | a class with `__aiter__` and `__anext__` | `impl Stream`, or a struct with `async fn next(&mut self)` |
//! | `asyncio.Queue(maxsize=n)` between the two | `mpsc::channel(n)` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def generate(count):
//!     for number in range(count):
//!         print(f"Generating number: {number}")
//!         await asyncio.sleep(0.2)
//!         yield number
//!
//!
//! async def main():
//!     print("Async Range Generator:")
//!     async for number in generate(4):
//!         print(f"Received: {number}")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! Rust has no generators yet, and tokio none of its own: the recipe uses the
//! crate `async-stream`. The complete program does the same with channels, for an
//! empty project with tokio's `full` features:
//!
//! ```rust,ignore
//! //! An asynchronous generator and its consumer.
//! //!
//! //! tokio has no generators of its own: this is the same with a channel that has
//! //! no room, so that the generator goes on when a number is taken.
//!
//! use std::time::Duration;
//!
//! use tokio::sync::mpsc;
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     println!("Async Range Generator:");
//!     let mut numbers = generate(4);
//!     while let Some(number) = numbers.next().await {
//!         println!("Received: {number}");
//!     }
//! }
//!
//! /// Numbers that are made one at a time, when they are asked for.
//! fn generate(count: usize) -> Generator {
//!     let (ask, mut asked) = mpsc::channel(1);
//!     let (give, numbers) = mpsc::channel(1);
//!     tokio::spawn(async move {
//!         for number in 0..count {
//!             if asked.recv().await.is_none() {
//!                 return; // nobody wants any more
//!             }
//!             println!("Generating number: {number}");
//!             sleep(Duration::from_millis(200)).await;
//!             if give.send(number).await.is_err() {
//!                 return;
//!             }
//!         }
//!     });
//!     Generator { ask, numbers }
//! }
//!
//! struct Generator {
//!     ask: mpsc::Sender<()>,
//!     numbers: mpsc::Receiver<usize>,
//! }
//!
//! impl Generator {
//!     async fn next(&mut self) -> Option<usize> {
//!         self.ask.send(()).await.ok()?;
//!         self.numbers.recv().await
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! For results that arrive in portions: pages of an API, lines of a file,
//! readings of a sensor. For several producers or consumers, use a channel.
//!
//! # Pitfalls
//!
//! - A generator can be consumed once: a second loop over it receives nothing.
//! - A slow consumer slows the generator down (`--slow-consumer`). If the source
//!   cannot wait, decide what happens when the buffer is full.
//! - An unbounded channel between the two removes the backpressure: the generator
//!   runs ahead, and memory grows with the distance (`--unbounded`).
//! - A stream that borrows from itself must be pinned before it can be polled.
//! - In asyncio, a generator that is not consumed to its end needs `aclose()`, or
//!   its `finally` runs late. In Rust, dropping the stream drops what it owns.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo stream --collect
//! $ asyncdemo stream --slow-consumer 500ms
//! $ asyncdemo stream --slow-consumer 500ms --buffer 2
//! $ asyncdemo stream --slow-consumer 500ms --unbounded
//! ```
//!
//! # Read on
//!
//! - tokio: [streams](https://tokio.rs/tokio/tutorial/streams),
//!   [`mpsc`](https://docs.rs/tokio/latest/tokio/sync/mpsc/index.html);
//!   [`async-stream`](https://docs.rs/async-stream)
//! - Python: [asynchronous generators](https://docs.python.org/3/reference/expressions.html#asynchronous-generator-functions),
//!   since 3.6; [`aiter` and `anext`](https://docs.python.org/3/library/functions.html#anext), since 3.10

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::stage::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of values to generate
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "4")]
    count: usize,

    /// Time that the generator takes for each value
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    every: Duration,

    /// Collect all values before they are shown
    #[arg(long)]
    collect: bool,

    /// Time that the consumer takes for each value
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "collect")]
    slow_consumer: Option<Duration>,

    /// Put a channel with room for this many values between the two
    #[arg(long, value_name = "COUNT", value_parser = count)]
    buffer: Option<usize>,

    /// Put an unbounded channel between the two: the generator runs ahead
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "buffer")]
    unbounded: bool,
}

/// Consumes the generator's numbers, directly or through a channel.
pub async fn main(options: Options) -> Result {
    println!("🔁 Async Range Generator:");
    let numbers = generate(options.count, options.every);
    match (options.buffer, options.unbounded) {
        (Some(size), _) => consume(&options, buffered(numbers, size)).await,
        (None, true) => consume(&options, unbounded(numbers)).await,
        (None, false) => consume(&options, numbers).await,
    }
    Ok(())
}

async fn consume(options: &Options, numbers: impl Stream<Item = usize>) {
    let mut numbers = pin!(numbers);
    if options.collect {
        let all: Vec<usize> = numbers.collect().await;
        println!("📋 {all:?}");
        return;
    }
    while let Some(number) = numbers.next().await {
        println!("Received: {number}");
        if let Some(time) = options.slow_consumer {
            sleep(time).await; // nothing polls the stream now
        }
    }
}

/// The generator: each poll runs it to its next `.await` or `yield`.
fn generate(count: usize, every: Duration) -> impl Stream<Item = usize> + Send {
    stream! {
        for number in 0..count {
            println!("🔢 Generating number: {number}"); // runs because the consumer awaits `next()`
            sleep(every).await;
            yield number;
        }
    }
}

/// The same values from a task, which runs ahead until `size` of them are ready.
fn buffered(
    numbers: impl Stream<Item = usize> + Send + 'static,
    size: usize,
) -> impl Stream<Item = usize> {
    let (sender, mut receiver) = mpsc::channel(size);
    tokio::spawn(async move {
        let mut numbers = pin!(numbers);
        while let Some(number) = numbers.next().await {
            // Waits while the channel is full; fails when the consumer is gone.
            if sender.send(number).await.is_err() {
                break;
            }
        }
    });
    stream! {
        while let Some(number) = receiver.recv().await {
            yield number;
        }
    }
}

/// The same without a limit.
fn unbounded(numbers: impl Stream<Item = usize> + Send + 'static) -> impl Stream<Item = usize> {
    // Missing: a capacity. `send` does not wait, whatever the consumer does.
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut numbers = pin!(numbers);
        while let Some(number) = numbers.next().await {
            if sender.send(number).is_err() {
                break;
            }
        }
    });
    stream! {
        while let Some(number) = receiver.recv().await {
            yield number;
        }
    }
}
