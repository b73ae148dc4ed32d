//! A task that takes three seconds is cancelled after two.

use std::time::Duration;

use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() {
    println!("Timeout Example (2s timeout for 3s task):");
    if timeout(Duration::from_secs(2), slow_task()).await.is_err() {
        println!("Task timed out!"); // the task is gone: its guard printed the line above
    }
}

async fn slow_task() {
    println!("SlowTask: Starting (will take 3s)...");
    let mut guard = CancelGuard { completed: false };
    sleep(Duration::from_secs(3)).await;
    guard.completed = true;
    println!("SlowTask: Completed!");
}

/// Prints a line if its task is dropped before it completes.
struct CancelGuard {
    completed: bool,
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        if !self.completed {
            println!("SlowTask: Was cancelled!"); // runs while `timeout` drops the future
        }
    }
}
