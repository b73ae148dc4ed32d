//! Five mistakes that hardly any error reports, and the same work done correctly.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{panic, thread};

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::{sync::Mutex, time::sleep};

const STEP: Duration = Duration::from_millis(50);
static BEATS: AtomicUsize = AtomicUsize::new(0);
static SAVED: AtomicUsize = AtomicUsize::new(0);
static COUNTER: Mutex<u32> = Mutex::const_new(0);

#[tokio::main(flavor = "current_thread")] // a blocked thread is a blocked loop
async fn main() -> Result<(), JoinError> {
    tokio::spawn(async {
        loop {
            sleep(STEP).await;
            BEATS.fetch_add(1, Relaxed);
        }
    });
    thread::sleep(STEP * 5);
    println!("Wrong: work on the loop, heartbeats: {BEATS:?}");
    spawn_blocking(|| thread::sleep(STEP * 5)).await?;
    println!("Right: work on a thread, heartbeats: {BEATS:?}");

    drop(save());
    println!("Wrong: future made and dropped, saved: {SAVED:?}");
    save().await;
    println!("Right: future made and awaited, saved: {SAVED:?}");

    let saving = tokio::spawn(save());
    println!("Wrong: spawned and left, saved: {SAVED:?}"); // a second one is under way
    saving.await?;
    println!("Right: spawned and joined, saved: {SAVED:?}");

    panic::set_hook(Box::new(|_| ())); // the panic is expected: print no message
    let refused = panic::catch_unwind(|| Handle::current().block_on(save())).is_err();
    println!("Wrong: blocked until it answers, refused: {refused}"); // await it instead

    let workers = (0..10).map(|_| async {
        let seen = *COUNTER.lock().await; // the lock is released at the end of this line
        sleep(STEP).await;
        *COUNTER.lock().await = seen + 1;
    });
    workers.collect::<JoinSet<_>>().join_all().await;
    println!("Wrong: ten at once, counter: {}", COUNTER.lock().await);
    *COUNTER.lock().await = 0;
    let workers = (0..10).map(|_| async { *COUNTER.lock().await += 1 });
    workers.collect::<JoinSet<_>>().join_all().await;
    println!("Right: ten in turn, counter: {}", COUNTER.lock().await);
    Ok(())
}

async fn save() {
    sleep(STEP).await;
    SAVED.fetch_add(1, Relaxed);
}
