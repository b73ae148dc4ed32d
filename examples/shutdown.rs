//! Two workers work until Ctrl-C, then clean up.

use std::time::Duration;

use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::sleep;

// One thread, so that the workers print in the order of their numbers.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut signals = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let (stop, _) = broadcast::channel::<()>(1);
    let mut workers = JoinSet::new();
    for number in 1..=2 {
        workers.spawn(worker(number, stop.subscribe()));
    }
    let mut kill = Command::new("kill");
    kill.args(["-INT", &std::process::id().to_string()]);
    tokio::spawn(async move {
        sleep(Duration::from_millis(2500)).await; // or remove this, and press Ctrl-C
        kill.status().await
    });
    next(&mut signals).await;
    println!("Shutdown requested...");
    drop(stop); // every receiver sees that the channel is closed
    let all_ended = async { while workers.join_next().await.is_some() {} };
    tokio::select! {
        biased;
        () = next(&mut signals) => return Err("Forced exit".into()), // a second signal
        () = all_ended => println!("All tasks cancelled"),
    }
    Ok(())
}

async fn next((interrupt, terminate): &mut (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn worker(number: usize, mut stopped: broadcast::Receiver<()>) {
    loop {
        println!("Worker-{number} working...");
        tokio::select! {
            biased;
            _ = stopped.recv() => break,
            () = sleep(Duration::from_secs(1)) => {}
        }
    }
    println!("Worker-{number} cancelled, cleaning up...");
    sleep(Duration::from_millis(500)).await;
    println!("Worker-{number} cleanup done");
}
