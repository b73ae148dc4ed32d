//! Three numbers go through four kinds of channel.

use std::time::Duration;

use tokio::sync::{broadcast, broadcast::error::RecvError, mpsc, oneshot, watch};
use tokio::time::sleep;

const EVERY: Duration = Duration::from_millis(100);
const HANDLE: Duration = Duration::from_millis(250);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (sender, mut receiver) = mpsc::channel(1);
    let producer = tokio::spawn(async move {
        for number in 1..=3 {
            sender.send(number).await?; // waits while the channel is full
            sleep(EVERY).await;
        }
        Ok::<_, mpsc::error::SendError<u32>>(()) // dropping the sender ends the loop below
    });
    while let Some(number) = receiver.recv().await {
        println!("mpsc: Received {number}"); // each message goes to one receiver
        sleep(HANDLE).await;
    }
    producer.await??;

    let (reply, answer) = oneshot::channel();
    tokio::spawn(async move { reply.send(6 * 7) });
    println!("oneshot: Answered {}", answer.await?);

    let (sender, mut receiver) = broadcast::channel(1);
    let subscriber = tokio::spawn(async move {
        loop {
            match receiver.recv().await {
                Ok(number) => println!("broadcast: Received {number}"),
                Err(RecvError::Lagged(missed)) => println!("broadcast: Missed {missed}"),
                Err(RecvError::Closed) => break,
            }
        }
    });
    for number in 1..=3 {
        sender.send(number)?; // never waits: a slow receiver misses the oldest messages
        sleep(EVERY).await;
    }
    drop(sender);
    subscriber.await?;

    let (sender, mut receiver) = watch::channel(0);
    tokio::spawn(async move {
        for number in 1..=3 {
            sender.send_replace(number); // overwrites the value
            sleep(EVERY).await;
        }
    });
    while receiver.changed().await.is_ok() {
        println!("watch: Saw {}", *receiver.borrow_and_update()); // the latest value only
        sleep(HANDLE).await;
    }
    Ok(())
}
