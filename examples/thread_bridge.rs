//! A thread asks the runtime for a result, and blocks until it is there.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> Result<(), JoinError> {
    let runtime = Handle::current(); // a thread takes it along
    let thread = spawn_blocking(move || ask(&runtime));
    thread.await // awaited, not joined: the runtime has to answer meanwhile
}

fn ask(runtime: &Handle) {
    let limit = Duration::from_secs(5);
    let answer = runtime.block_on(async { timeout(limit, double(21)).await });
    match answer {
        Ok(result) => println!("Thread got result: {result}"),
        Err(_) => println!("Thread gave up after 5s"), // the future is dropped
    }
}

async fn double(value: i64) -> i64 {
    sleep(Duration::from_secs(1)).await;
    value * 2
}
