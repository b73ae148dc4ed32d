//! On the virtual clock threads and the runtime take turns.

use std::sync::Arc;

use tokio::observe::sleep_thread;
use tokio::runtime::Builder;
use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{ms, run};

async fn worker(n: u64, permits: Arc<Semaphore>, sender: mpsc::Sender<u64>) {
    let _permit = permits.acquire().await.unwrap();
    sleep(ms(n % 3 + 1)).await;
    let permits = Arc::clone(&permits);
    let half = spawn_blocking(move || {
        sleep_thread(ms(2));
        sender.blocking_send(n).unwrap();
        permits.available_permits()
    });
    half.await.unwrap();
}

async fn program() -> u64 {
    let permits = Arc::new(Semaphore::new(2));
    let (sender, mut receiver) = mpsc::channel(1);
    let (watch, mut watched) = watch::channel(0);
    let mut workers = JoinSet::new();
    for n in 0..6 {
        workers.spawn(worker(n, Arc::clone(&permits), sender.clone()));
    }
    drop(sender);
    let watcher = tokio::spawn(async move {
        while watched.changed().await.is_ok() {
            let _ = *watched.borrow();
        }
    });
    let lock = Arc::new(Mutex::new(0));
    let mut sum = 0;
    while let Some(n) = receiver.recv().await {
        sum += n;
        watch.send_replace(sum);
        let inner = Arc::clone(&lock);
        let _ = timeout(ms(1), spawn_blocking(move || *inner.blocking_lock() += 1)).await;
        sum += tokio::select! {
            () = sleep(ms(1)) => 0,
            () = tokio::task::yield_now() => 0,
        };
    }
    drop(watch);
    watcher.await.unwrap();
    workers.join_all().await;
    sum + *lock.lock().await
}

#[test]
fn a_virtual_recording_is_the_same_on_every_run() {
    let first = run(program());
    let text = format!("{:?}", first.recording.events);
    let waits = first.waits();
    assert_eq!(first.done(), 15 + 6);
    for _ in 0..100 {
        let again = run(program());
        assert_eq!(again.waits(), waits);
        assert_eq!(format!("{:?}", again.recording.events), text);
    }
}

#[test]
fn a_thread_sleeps_on_the_runs_clock() {
    let run = run(async {
        let began = Instant::now();
        let thread = spawn_blocking(|| sleep_thread(ms(60_000)));
        sleep(ms(10)).await;
        assert_eq!(began.elapsed(), ms(10));
        thread.await.unwrap();
        assert_eq!(began.elapsed(), ms(60_000));
        sleep_thread(ms(5)); // Blocks the loop.
        assert_eq!(began.elapsed(), ms(60_005));
    });
    let waits = run.waits();
    assert_eq!(
        waits.last().unwrap(),
        "main: block the thread by the clock, 60000-60005 ms, done"
    );
    run.done();
}

/// A runtime of the program's own has its own clock, paused or not.
#[test]
fn another_runtime_does_not_move_the_runs_clock() {
    let run = run(async {
        let thread = spawn_blocking(|| {
            let mut builder = Builder::new_current_thread();
            let runtime = builder.enable_time().build().unwrap();
            runtime.block_on(async { sleep(ms(3_600_000)).await });
        });
        thread.await.unwrap();
        sleep(ms(1)).await;
    });
    let end = run.recording.events.iter().last().unwrap().t();
    assert_eq!(end, ms(1));
    run.done();
}
