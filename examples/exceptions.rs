//! Errors stay in their tasks until the handles are awaited.

use std::error::Error;
use std::time::Duration;

use tokio::time::sleep;

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() {
    let task = tokio::spawn(fail());
    match task.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => println!("Caught exception: {error}"), // what the task returned
        Err(error) => println!("Caught panic: {error}"),         // how the task ended
    }

    let tasks = [tokio::spawn(succeed()), tokio::spawn(fail())];
    for task in tasks {
        match task.await {
            Ok(Ok(())) => println!("Task succeeded: None"),
            Ok(Err(error)) => println!("Task failed: {error}"),
            Err(error) => println!("Task panicked: {error}"),
        }
    }
}

async fn succeed() -> Result {
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

async fn fail() -> Result {
    sleep(Duration::from_secs(1)).await;
    Err("Something went wrong".into())
}
