//! Five files are downloaded, two at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

// One thread, so that the tasks ask for their permits in the order of spawning.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let permits = Arc::new(Semaphore::new(2));
    let mut downloads = JoinSet::new();
    for (number, millis) in [518, 791, 897, 733, 502].into_iter().enumerate() {
        let time = Duration::from_millis(millis);
        downloads.spawn(download(number, time, Arc::clone(&permits)));
    }
    while let Some(ended) = downloads.join_next().await {
        ended??;
    }
    Ok(())
}

async fn download(
    number: usize,
    time: Duration,
    permits: Arc<Semaphore>,
) -> Result<(), AcquireError> {
    let _permit = permits.acquire().await?; // the others wait here, in FIFO order
    println!("Downloading file-{number}...");
    sleep(time).await;
    println!("Downloaded file-{number}"); // dropping the permit wakes the first in line
    Ok(())
}
