//! Three sources race; the first answer counts, and the others are cancelled.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("wait(return_when=FIRST_COMPLETED):");
    let mut race = JoinSet::new();
    for (name, millis) in [("Source-1", 2000), ("Source-2", 800), ("Source-3", 1500)] {
        race.spawn(fetch(name, Duration::from_millis(millis)));
    }

    let first = race.join_next().await.transpose()?;
    let mut done = Vec::from_iter(first);
    while let Some(result) = race.try_join_next().transpose()? {
        done.push(result); // completed at the same time
    }
    println!("{} task(s) completed, {} pending", done.len(), race.len());
    for data in done {
        println!("Result: {data}");
    }
    race.shutdown().await; // cancels the others and waits until they are gone
    Ok(())
}

async fn fetch(name: &str, time: Duration) -> String {
    sleep(time).await;
    format!("Data from {name}")
}
