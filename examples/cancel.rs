//! A task is aborted while it sleeps; a guard prints that it was cancelled.

use std::time::Duration;

use tokio::time::sleep;

// One thread, so that the task starts at this one's first `.await`, and not before.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Manual Cancellation Example:");
    let task = tokio::spawn(long_task(Duration::from_secs(5)));
    sleep(Duration::from_millis(500)).await;
    task.abort(); // a request: the task has ended when its handle returns
    match task.await {
        Err(error) if error.is_cancelled() => println!("Task was successfully cancelled!"),
        ended => println!("Too late: {ended:?}"),
    }
}

async fn long_task(takes: Duration) {
    println!("LongTask: Starting (will take {takes:?})...");
    let mut guard = Guard { completed: false };
    sleep(takes).await; // an abort ends the task here
    guard.completed = true;
    println!("LongTask: Completed!");
}

/// Owned by the task, and dropped with it.
struct Guard {
    completed: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.completed {
            println!("LongTask: Was cancelled!");
        }
    }
}
