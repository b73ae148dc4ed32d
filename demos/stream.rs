//! A stream: values that come one after the other, each worth waiting for.
//!
//! A generator makes a number every 200 ms, a consumer takes each as it comes.
//! Watch who runs when: the generator goes on only when it is asked for the
//! next number.
//!
//! # Key insight
//!
//! A stream is lazy: it runs while somebody waits for its next value and stands
//! still otherwise. That is backpressure for free. To let the generator run
//! ahead, put a task and a bounded channel in between.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async def` with `yield` | `async_stream::stream! { yield … }` |
//! | `async for x in gen():` | `while let Some(x) = stream.next().await` |
//! | `[x async for x in gen()]` | `stream.collect::<Vec<_>>().await` |
//! | `asyncio.Queue(maxsize=n)` in between | `mpsc::channel(n)` |
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
//! # When to use
//!
//! For results that come in portions: pages of an interface, lines of a file,
//! readings of a sensor.
//!
//! # Pitfalls
//!
//! - A generator can be consumed once; the second loop finds it empty.
//! - A slow consumer slows the generator down (`--slow-consumer`). Where the
//!   source cannot wait, decide what a full buffer means.
//! - A stream that borrows itself must be pinned before it can be polled.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo stream --collect
//! $ asyncdemo stream --slow-consumer 500ms
//! $ asyncdemo stream --slow-consumer 500ms --buffer 2
//! ```

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use futures_util::{Stream as Values, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Stream {
    /// How many numbers are generated
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "4")]
    count: usize,

    /// How long each number takes to make
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    every: Duration,

    /// Gathers all numbers before it shows them
    #[arg(long)]
    collect: bool,

    /// How long the consumer handles each number
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "collect")]
    slow_consumer: Option<Duration>,

    /// Puts a channel for this many numbers in between
    #[arg(long, value_name = "COUNT", value_parser = count)]
    buffer: Option<usize>,
}

impl Demo for Stream {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/stream.log"),
        start: "08:49:18.851",
        options: &["--every", "207ms"],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        stage.say("🔁", "Async Range Generator:");
        let numbers = generate(stage.lane("Generator"), self.count, self.every);
        let consumer = stage.lane("Consumer");
        match self.buffer {
            None => self.consume(consumer, numbers).await,
            Some(size) => self.consume(consumer, buffered(numbers, size)).await,
        }
        Ok(())
    }
}

impl Stream {
    async fn consume(&self, lane: Lane, numbers: impl Values<Item = usize>) {
        let mut numbers = pin!(numbers);
        if self.collect {
            let all: Vec<usize> = lane.waits_for("all numbers", numbers.collect()).await;
            lane.log("📋", format_args!("{all:?}"));
            return;
        }
        while let Some(number) = lane.waits_for("a number", numbers.next()).await {
            lane.log("", format_args!("Received: {number}"));
            if let Some(time) = self.slow_consumer {
                lane.works_on("handling it", sleep(time)).await; // nobody polls the stream now: it stands still
            }
        }
    }
}

/// The generator: runs from one `yield` to the next when it is polled.
fn generate(lane: Lane, count: usize, every: Duration) -> impl Values<Item = usize> + Send {
    stream! {
        for number in 0..count {
            lane.log("🔢", format_args!("Generating number: {number}"));
            lane.works_on("making a number", sleep(every)).await;
            yield number;
        }
    }
}

/// The same values from a task of its own, which runs ahead until `size` of
/// them lie ready.
fn buffered(
    numbers: impl Values<Item = usize> + Send + 'static,
    size: usize,
) -> impl Values<Item = usize> {
    let (sender, mut receiver) = mpsc::channel(size);
    tokio::spawn(async move {
        let mut numbers = pin!(numbers);
        while let Some(number) = numbers.next().await {
            // Waits while the channel is full; fails when nobody listens any more.
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
