//! An asynchronous generator and its consumer.
//!
//! tokio has no generators of its own: this is the same with a channel that has
//! no room, so that the generator goes on when a number is taken.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

#[tokio::main]
async fn main() {
    println!("Async Range Generator:");
    let mut numbers = generate(4);
    while let Some(number) = numbers.next().await {
        println!("Received: {number}");
    }
}

/// Numbers that are made one at a time, when they are asked for.
fn generate(count: usize) -> Generator {
    let (ask, mut asked) = mpsc::channel(1);
    let (give, numbers) = mpsc::channel(1);
    tokio::spawn(async move {
        for number in 0..count {
            if asked.recv().await.is_none() {
                return; // nobody wants any more
            }
            println!("Generating number: {number}");
            sleep(Duration::from_millis(200)).await;
            if give.send(number).await.is_err() {
                return;
            }
        }
    });
    Generator { ask, numbers }
}

struct Generator {
    ask: mpsc::Sender<()>,
    numbers: mpsc::Receiver<usize>,
}

impl Generator {
    async fn next(&mut self) -> Option<usize> {
        self.ask.send(()).await.ok()?;
        self.numbers.recv().await
    }
}
