//! A producer and two consumers share a buffer with room for two items.

use std::collections::VecDeque;
use std::{pin::pin, sync::Arc, time::Duration};

use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::{task::JoinSet, time::sleep};

#[derive(Default)]
struct Buffer {
    items: Mutex<VecDeque<String>>,
    not_full: Notify,
    not_empty: Notify,
}

#[tokio::main(flavor = "current_thread")] // one thread: C1 is the first in line
async fn main() {
    let buffer = Arc::new(Buffer::default());
    let mut consumers = JoinSet::new();
    consumers.spawn(consume("C1", Arc::clone(&buffer)));
    consumers.spawn(consume("C2", Arc::clone(&buffer)));
    produce(&buffer).await; // afterwards the set is dropped, which cancels the consumers
}

async fn produce(buffer: &Buffer) {
    for number in 0..5 {
        let mut items = buffer.items.lock().await;
        while items.len() == 2 {
            items = wait(&buffer.not_full, items).await;
        }
        println!("Produced: P1-{number}"); // under the lock: no consumer takes it before
        items.push_back(format!("P1-{number}"));
        drop(items);
        buffer.not_empty.notify_one();
        sleep(Duration::from_millis(100)).await;
    }
}

async fn consume(name: &str, buffer: Arc<Buffer>) {
    loop {
        let mut items = buffer.items.lock().await;
        while items.is_empty() {
            items = wait(&buffer.not_empty, items).await;
        }
        println!("{name} consumed: {}", items.pop_front().unwrap());
        drop(items);
        buffer.not_full.notify_one();
        sleep(Duration::from_millis(200)).await;
    }
}

async fn wait<'a, T>(changed: &Notify, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let mutex = MutexGuard::mutex(&guard);
    let mut notified = pin!(changed.notified());
    notified.as_mut().enable(); // in line before the lock is released
    drop(guard);
    notified.await;
    mutex.lock().await
}
