//! A loop waits for messages and for a timer, and loses neither.

use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, Interval, interval_at, sleep};

#[tokio::main]
async fn main() {
    let (sender, parts) = mpsc::channel(8);
    tokio::spawn(send(sender));
    let tick = Duration::from_secs(1);
    receive_all(parts, interval_at(Instant::now() + tick, tick)).await;
}

/// Sends every message in two halves.
async fn send(parts: Sender<String>) {
    for number in 1..=3 {
        for half in ["message-".to_owned(), number.to_string()] {
            sleep(Duration::from_millis(300)).await;
            if parts.send(half).await.is_err() {
                return; // the receiver is gone
            }
        }
    }
}

async fn receive_all(mut parts: Receiver<String>, mut ticks: Interval) {
    loop {
        let mut receiving = pin!(receive(&mut parts)); // one future for each message
        let message = loop {
            select! {
                message = &mut receiving => break message,
                _ = ticks.tick() => println!("Tick"), // `receiving` lives on, with its first half
            }
        };
        let Some(message) = message else { break };
        println!("Received: {message}");
    }
}

/// Receives both halves of a message. Not cancel safe: dropped between the two,
/// it loses the first.
async fn receive(parts: &mut Receiver<String>) -> Option<String> {
    let first = parts.recv().await?;
    let second = parts.recv().await?;
    Some(first + &second)
}
