//! Twenty-five items are processed, ten at a time.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")] // one thread: the items of a batch start in order
async fn main() -> Result<(), JoinError> {
    let items: Vec<u32> = (0..25).collect();
    let results = match std::env::args().nth(1).as_deref() {
        Some("--pool") => process_in_a_pool(&items, 10).await?,
        _ => process_in_batches(&items, 10).await?,
    };
    let kept = results.iter().flatten().count();
    println!("{kept} results"); // an item that fails costs the others nothing
    Ok(())
}

/// Starts a batch when the one before has finished.
async fn process_in_batches(items: &[u32], size: usize) -> Result<Vec<Processed>, JoinError> {
    let mut results = Vec::new();
    for batch in items.chunks(size) {
        let mut running = JoinSet::new();
        for item in batch {
            running.spawn(process(*item));
        }
        while let Some(ended) = running.join_next().await {
            results.push(ended?);
        }
    }
    Ok(results)
}

/// Starts an item whenever fewer than `size` are running.
async fn process_in_a_pool(items: &[u32], size: usize) -> Result<Vec<Processed>, JoinError> {
    let mut results = Vec::new();
    let mut running = JoinSet::new();
    for item in items {
        if running.len() == size {
            results.extend(running.join_next().await.transpose()?);
        }
        running.spawn(process(*item));
    }
    while let Some(ended) = running.join_next().await {
        results.push(ended?);
    }
    Ok(results)
}

type Processed = Result<u32, String>;

async fn process(item: u32) -> Processed {
    println!("Processing {item}");
    sleep(Duration::from_millis(500)).await;
    Ok(item)
}
