//! Three requests run concurrently, and each line carries the id of its own.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

tokio::task_local! {
    /// The request that the current task handles.
    static REQUEST_ID: String;
}

#[tokio::main(flavor = "current_thread")] // one thread: the requests take turns in order
async fn main() -> Result<(), JoinError> {
    let mut requests = JoinSet::new();
    for number in 1..=3 {
        let id = format!("req-{number:03}");
        requests.spawn(REQUEST_ID.scope(id, handle()));
    }
    while let Some(ended) = requests.join_next().await {
        ended?;
    }
    Ok(())
}

async fn handle() {
    log("Step 1");
    sleep(Duration::from_millis(100)).await; // the other requests run here, each with its own id
    log("Step 2");
}

/// Has no parameter for the id. Panics outside a scope.
fn log(text: &str) {
    let id = REQUEST_ID.get();
    println!("[{id}] {text}"); // the id of the task that runs now
}
