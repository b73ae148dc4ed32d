//! Three blocking calls run on threads of their own, so that the loop stays free.

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main(flavor = "current_thread")] // one thread for the tasks: they start in order
async fn main() -> Result {
    let operations = [("FileRead", 500), ("DatabaseQuery", 300), ("APICall", 400)];
    let threads = Arc::new(Semaphore::new(operations.len()));
    println!("Running 3 blocking operations concurrently in threads:");
    let mut calls = JoinSet::new();
    for (name, millis) in operations {
        let time = Duration::from_millis(millis);
        calls.spawn(call(name, time, Arc::clone(&threads)));
    }
    while let Some(ended) = calls.join_next().await {
        ended??;
    }
    Ok(())
}

async fn call(name: &'static str, time: Duration, threads: Arc<Semaphore>) -> Result {
    let permit = threads.acquire_owned().await?; // the others wait here until a thread is free
    println!("{name}: Starting blocking operation...");
    let call = spawn_blocking(move || {
        let _permit = permit; // owned by the closure: held as long as the thread is busy
        thread::sleep(time); // blocks this thread, not the loop
        println!("{name}: Completed!");
    });
    Ok(call.await?)
}
