//! Three sources race; the first result wins, and the other tasks are cancelled.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), JoinError> {
    println!("wait(return_when=FIRST_COMPLETED):");
    let mut race = JoinSet::new();
    for (name, millis) in [("Source-1", 2000), ("Source-2", 800), ("Source-3", 1500)] {
        race.spawn(fetch(name, Duration::from_millis(millis)));
    }
    let mut done = Vec::new();
    if let Some(first) = race.join_next().await {
        done.push(first?);
    }
    while let Some(other) = race.try_join_next() {
        done.push(other?); // finished at the same time
    }
    println!("{} task(s) completed, {} pending", done.len(), race.len());
    for data in done {
        println!("Result: {data}");
    }
    race.shutdown().await; // cancels the others, and waits until they have ended
    Ok(())
}

async fn fetch(name: &str, time: Duration) -> String {
    sleep(time).await;
    format!("Data from {name}")
}
