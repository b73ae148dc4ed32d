//! Three tasks wait for one signal, and continue together.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")] // one thread, so that the lines keep their order
async fn main() -> Result<(), JoinError> {
    let event = Arc::new(Event {
        set: AtomicBool::new(false),
        signal: Notify::new(),
    });
    let mut tasks = JoinSet::new();
    for number in 1..=3 {
        tasks.spawn(waiter(format!("Waiter-{number}"), Arc::clone(&event)));
    }
    tasks.spawn(signaler(event));
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    Ok(())
}

async fn waiter(name: String, event: Arc<Event>) {
    println!("{name}: Waiting for signal...");
    event.wait().await;
    println!("{name}: Received signal! Proceeding...");
}

async fn signaler(event: Arc<Event>) {
    println!("Signaler: Will send signal in 1.0s...");
    sleep(Duration::from_secs(1)).await;
    event.set();
    println!("Signaler: Signal sent!");
}

struct Event {
    set: AtomicBool,
    signal: Notify,
}

impl Event {
    async fn wait(&self) {
        let mut signal = pin!(self.signal.notified());
        signal.as_mut().enable(); // before the flag is read: no signal is missed
        if !self.set.load(SeqCst) {
            signal.await;
        }
    }

    fn set(&self) {
        self.set.store(true, SeqCst);
        self.signal.notify_waiters();
    }
}
