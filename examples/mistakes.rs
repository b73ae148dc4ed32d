//! Five mistakes that hardly any error reports, and the same work done correctly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{panic, thread};

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::sleep;

const WORK: Duration = Duration::from_millis(225);

#[tokio::main(flavor = "current_thread")] // a blocked thread is a blocked loop
async fn main() -> Result<(), JoinError> {
    println!("blocking-loop: work that never awaits");
    let beats = Arc::new(AtomicUsize::new(0));
    let heart = tokio::spawn(beat(Arc::clone(&beats)));
    thread::sleep(WORK);
    println!(
        "Wrong: 225 ms of it on the loop, heartbeats: {}",
        beats.swap(0, Relaxed)
    );
    spawn_blocking(|| thread::sleep(WORK)).await?;
    println!(
        "Right: 225 ms of it on a thread, heartbeats: {}",
        beats.swap(0, Relaxed)
    );
    heart.abort();

    println!("missing-await: a future is a plan, not a deed");
    let saved = Arc::new(AtomicUsize::new(0));
    (0..3).for_each(|_| drop(save(Arc::clone(&saved))));
    println!(
        "Wrong: three made and dropped, saved: {}",
        saved.load(Relaxed)
    );
    for _ in 0..3 {
        save(Arc::clone(&saved)).await;
    }
    println!(
        "Right: three made and awaited, saved: {}",
        saved.load(Relaxed)
    );

    println!("fire-and-forget: tasks that nobody joins");
    let sent = Arc::new(AtomicUsize::new(0));
    (0..3).for_each(|_| drop(tokio::spawn(save(Arc::clone(&sent))))); // they run on, detached
    println!(
        "Wrong: three spawned and left, sent: {}",
        sent.load(Relaxed)
    );
    let sent = Arc::new(AtomicUsize::new(0));
    let letters: JoinSet<()> = (0..3).map(|_| save(Arc::clone(&sent))).collect();
    letters.join_all().await;
    println!(
        "Right: three spawned and joined, sent: {}",
        sent.load(Relaxed)
    );

    println!("nested-runtime: waiting for the loop on the loop");
    panic::set_hook(Box::new(|_| ())); // the panic is expected: print no message
    let answer = panic::catch_unwind(|| Handle::current().block_on(ask()));
    let answer = answer.map_or("refused".to_owned(), |answer| answer.to_string());
    println!("Wrong: block until it answers, answer: {answer}");
    println!("Right: await until it answers, answer: {}", ask().await);

    println!("shared-state: read, await, write");
    let counter = Arc::new(Mutex::new(0));
    let workers = (0..10).map(|_| increment_in_two_steps(Arc::clone(&counter)));
    workers.collect::<JoinSet<_>>().join_all().await;
    println!(
        "Wrong: ten workers at once, counter: {}",
        counter.lock().await
    );
    let counter = Arc::new(Mutex::new(0));
    let workers = (0..10).map(|_| increment(Arc::clone(&counter)));
    workers.collect::<JoinSet<_>>().join_all().await;
    println!(
        "Right: ten workers in turn, counter: {}",
        counter.lock().await
    );
    Ok(())
}

async fn beat(beats: Arc<AtomicUsize>) {
    loop {
        sleep(Duration::from_millis(50)).await;
        beats.fetch_add(1, Relaxed);
    }
}

async fn save(saved: Arc<AtomicUsize>) {
    sleep(Duration::from_millis(10)).await;
    saved.fetch_add(1, Relaxed);
}

async fn ask() -> u32 {
    sleep(Duration::from_millis(10)).await;
    42
}

async fn increment_in_two_steps(counter: Arc<Mutex<u32>>) {
    let seen = *counter.lock().await; // the lock is released at the end of this line
    sleep(Duration::from_millis(10)).await;
    *counter.lock().await = seen + 1;
}

async fn increment(counter: Arc<Mutex<u32>>) {
    let mut value = counter.lock().await; // held until the value is written
    let seen = *value;
    sleep(Duration::from_millis(10)).await;
    *value = seen + 1;
}
