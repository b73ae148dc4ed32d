//! Stream: produce and consume values one at a time.
//!
//! A generator makes a number every 200 ms, and a consumer receives each one as it
//! comes. Watch the order of the lines: the generator continues only when it is
//! asked for the next number. With `--unbounded` it runs ahead of its consumer, and
//! the numbers pile up.
//!
//! # Key insight
//!
//! A stream is lazy: it runs while its consumer awaits the next value, and is
//! suspended otherwise. This is backpressure without a buffer. To let the generator
//! run ahead by a few values, give it a task of its own and a bounded channel.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async def` with `yield` | `stream! { yield … }` of the crate `async-stream` |
//! | `async for x in numbers():` | `while let Some(x) = numbers.next().await` |
//! | a class with `__aiter__`, `__anext__` | a type with `async fn next(&mut self) -> Option<T>` |
//! | `raise StopAsyncIteration` | `None` |
//! | `[x async for x in numbers()]` | `numbers.collect::<Vec<_>>().await` |
//! | `asyncio.Queue(maxsize=n)` in between | `mpsc::channel(n)` in between |
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
//! As a class, which is used in the same way (`async for number in Numbers(4):`):
//!
//! ```python
//! class Numbers:
//!     def __init__(self, count):
//!         self.numbers = iter(range(count))
//!
//!     def __aiter__(self):
//!         return self
//!
//!     async def __anext__(self):
//!         for number in self.numbers:
//!             print(f"Generating number: {number}")
//!             await asyncio.sleep(0.2)
//!             return number
//!         raise StopAsyncIteration
//! ```
//!
//! # In tokio
//!
//! Without further crates, a type with an async method `next`; the recipe itself
//! uses the macro `stream!`:
//!
//! ```rust,ignore
//! //! A generator makes a number every 200 ms, and only when the consumer asks for one.
//!
//! use std::ops::Range;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     println!("Async Range Generator:");
//!     let mut numbers = Numbers { range: 0..4 };
//!     while let Some(number) = numbers.next().await {
//!         println!("Received: {number}");
//!     }
//! }
//!
//! /// An async iterator: the trait `Stream` of the crate `futures` has many
//! /// adapters, but a method that returns an `Option` is enough for a loop.
//! struct Numbers {
//!     range: Range<u32>,
//! }
//!
//! impl Numbers {
//!     async fn next(&mut self) -> Option<u32> {
//!         let number = self.range.next()?;
//!         println!("Generating number: {number}");
//!         sleep(Duration::from_millis(200)).await;
//!         Some(number)
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! For results that come in parts: pages of an API, lines of a file, readings of a
//! sensor. If several tasks consume the values, use a channel (see `queue`).
//!
//! # Pitfalls
//!
//! - A generator can be consumed once. A second loop over it gets nothing.
//! - A slow consumer delays the generator (`--slow-consumer`). If the source cannot
//!   wait, as with a sensor, decide what a full buffer means: wait, drop the oldest
//!   value or drop the newest.
//! - An unbounded channel has no backpressure (`--unbounded`): a producer that is
//!   faster than its consumer fills the memory.
//! - A stream of `stream!` must be pinned before it is polled: `pin!(numbers)`.
//! - A consumer that stops early drops the generator at its last `yield` or
//!   `.await`. In Python, call `aclose()`, or use `contextlib.aclosing` (3.10), so
//!   that its `finally` runs immediately.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo stream --collect
//! $ asyncdemo stream --slow-consumer 500ms
//! $ asyncdemo stream --slow-consumer 500ms --buffer 2
//! $ asyncdemo stream --unbounded
//! ```
//!
//! # Read on
//!
//! - [Streams](https://tokio.rs/tokio/tutorial/streams), a chapter of tokio's
//!   tutorial, and
//!   [`async-stream`](https://docs.rs/async-stream/latest/async_stream/)
//! - [`mpsc::channel`](https://docs.rs/tokio/latest/tokio/sync/mpsc/fn.channel.html)
//! - Python: [asynchronous generators](https://docs.python.org/3/reference/expressions.html#asynchronous-generator-functions)
//!   (3.6) and [`contextlib.aclosing`](https://docs.python.org/3/library/contextlib.html#contextlib.aclosing)

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of values to generate
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "4")]
    count: usize,

    /// Time that each value takes to generate
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    every: Duration,

    /// Collect all values before printing them
    #[arg(long)]
    collect: bool,

    /// Time that the consumer takes for each value [default: none]
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "collect")]
    slow_consumer: Option<Duration>,

    /// Capacity of a channel between generator and consumer [default: no channel]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    buffer: Option<usize>,

    /// Use a channel without a limit; the consumer takes 500ms for each value by default
    #[arg(long, help_heading = BREAK_IT, conflicts_with_all = ["buffer", "collect"])]
    unbounded: bool,
}

/// Generates numbers and consumes them.
pub async fn main(options: Options) -> Result {
    println!("🔁 Async Range Generator:");
    let numbers = generate(options.count, options.every);
    if options.unbounded {
        let time = options.slow_consumer.unwrap_or(Duration::from_millis(500));
        return consume_unbounded(numbers, time).await;
    }
    match options.buffer {
        None => consume(numbers, &options).await,
        Some(size) => consume(buffered(numbers, size), &options).await,
    }
    Ok(())
}

fn generate(count: usize, every: Duration) -> impl Stream<Item = usize> + Send {
    stream! {
        for number in 0..count {
            println!("🔢 Generating number: {number}");
            sleep(every).await;
            yield number; // suspended here until the next number is asked for
        }
    }
}

async fn consume(numbers: impl Stream<Item = usize>, options: &Options) {
    let mut numbers = pin!(numbers);
    if options.collect {
        let all: Vec<usize> = numbers.collect().await;
        println!("📋 {all:?}");
        return;
    }
    while let Some(number) = numbers.next().await {
        println!("Received: {number}");
        if let Some(time) = options.slow_consumer {
            sleep(time).await; // nothing polls the stream now: it is suspended
        }
    }
}

/// The same values from a task of its own, which runs ahead until the channel is full.
fn buffered(
    numbers: impl Stream<Item = usize> + Send + 'static,
    size: usize,
) -> impl Stream<Item = usize> {
    let (sender, mut receiver) = mpsc::channel(size);
    tokio::spawn(produce(numbers, sender));
    stream! {
        while let Some(number) = receiver.recv().await {
            yield number;
        }
    }
}

async fn produce(numbers: impl Stream<Item = usize>, sender: mpsc::Sender<usize>) {
    let mut numbers = pin!(numbers);
    while let Some(number) = numbers.next().await {
        if sender.send(number).await.is_err() {
            break; // the receiver has been dropped
        }
    }
}

async fn consume_unbounded(
    numbers: impl Stream<Item = usize> + Send + 'static,
    time: Duration,
) -> Result {
    let (sender, mut receiver) = mpsc::unbounded_channel(); // Missing: mpsc::channel(size)
    let producer = tokio::spawn(produce_unbounded(numbers, sender));
    let mut most = 0;
    while let Some(number) = receiver.recv().await {
        println!("Received: {number}");
        sleep(time).await;
        most = most.max(receiver.len());
    }
    producer.await?;
    println!("💥 Up to {most} values were waiting: nothing slows the generator down"); // with a faster generator, all of the memory
    Ok(())
}

async fn produce_unbounded(
    numbers: impl Stream<Item = usize>,
    sender: mpsc::UnboundedSender<usize>,
) {
    let mut numbers = pin!(numbers);
    while let Some(number) = numbers.next().await {
        if sender.send(number).is_err() {
            break; // never waits for the consumer
        }
    }
}
