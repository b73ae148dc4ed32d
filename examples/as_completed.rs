//! Three requests run concurrently; each answer is handled when it arrives.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), JoinError> {
    println!("as_completed - Process Results as They Finish:");
    let mut requests = JoinSet::new();
    for (name, millis) in [("API-A", 1500), ("API-B", 500), ("API-C", 1000)] {
        requests.spawn(fetch(name, Duration::from_millis(millis)));
    }
    while let Some(response) = requests.join_next().await {
        let data = response?;
        println!("Received: {data}"); // from the task that completed, whichever it is
    }
    Ok(())
}

async fn fetch(name: &str, time: Duration) -> String {
    sleep(time).await;
    format!("Data from {name}")
}
