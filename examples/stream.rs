//! A generator makes a number every 200 ms, and only when the consumer asks for one.

use std::ops::Range;
use std::time::Duration;

use tokio::time::sleep;

#[tokio::main]
async fn main() {
    println!("Async Range Generator:");
    let mut numbers = Numbers { range: 0..4 };
    while let Some(number) = numbers.next().await {
        println!("Received: {number}");
    }
}

/// An async iterator: the trait `Stream` of the crate `futures` has many
/// adapters, but a method that returns an `Option` is enough for a loop.
struct Numbers {
    range: Range<u32>,
}

impl Numbers {
    async fn next(&mut self) -> Option<u32> {
        let number = self.range.next()?;
        println!("Generating number: {number}");
        sleep(Duration::from_millis(200)).await;
        Some(number)
    }
}
