//! Two workers read, change and write back one counter, one at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")] // one thread: Worker-1 is the first in line
async fn main() -> Result<(), JoinError> {
    let counter = Arc::new(Mutex::new(0));
    let mut workers = JoinSet::new();
    for number in 1..=2 {
        workers.spawn(worker(format!("Worker-{number}"), Arc::clone(&counter)));
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    println!("Final counter value: {}", counter.lock().await);
    Ok(())
}

async fn worker(name: String, counter: Arc<Mutex<u32>>) {
    for _ in 0..3 {
        let mut counter = counter.lock().await; // the others wait here, in FIFO order
        let seen = *counter;
        sleep(Duration::from_millis(10)).await;
        *counter = seen + 1;
        println!("{name}: Counter = {counter}"); // still locked: the lines come in order
    }
}
