//! Two tasks run concurrently and return results.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

// One thread, so that the first lines come in the order of spawning.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let began = Instant::now();
    let mut tasks = Vec::new();
    for (name, seconds) in [("A", 2), ("B", 1)] {
        tasks.push(tokio::spawn(work(name, Duration::from_secs(seconds))));
    }
    // Here the program could do something else: the tasks run anyway.
    let mut sum = Duration::ZERO;
    for task in tasks {
        sum += task.await?; // all of them run while this one is awaited
    }
    let (total, sum) = (began.elapsed().as_secs_f64(), sum.as_secs_f64());
    println!("Total: {total:.1}s (one after the other: {sum:.1}s)");
    Ok(())
}

/// Returns how long the work took.
async fn work(name: &str, delay: Duration) -> Duration {
    println!("{name} starting");
    sleep(delay).await; // meanwhile the other tasks run
    println!("{name} done");
    delay
}
