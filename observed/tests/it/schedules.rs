//! Other legal schedules.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use tokio::observe::{Options, Recorder};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::{ms, run_with};

fn schedule(number: u64) -> Options {
    Options {
        schedule: number,
        ..Options::default()
    }
}

/// Reads, waits, writes: an update between the two is lost.
async fn add(counter: Arc<AtomicU32>, permits: Arc<Semaphore>) {
    let value = counter.load(Ordering::Relaxed);
    drop(permits.acquire().await);
    counter.store(value + 1, Ordering::Relaxed);
}

async fn lost_updates() -> u32 {
    let counter = Arc::new(AtomicU32::new(0));
    let permits = Arc::new(Semaphore::new(5));
    let mut tasks = JoinSet::new();
    for _ in 0..5 {
        tasks.spawn(add(Arc::clone(&counter), Arc::clone(&permits)));
    }
    tasks.join_all().await;
    5 - counter.load(Ordering::Relaxed)
}

async fn locked_updates() -> u32 {
    let counter = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..5 {
        let counter = Arc::clone(&counter);
        tasks.spawn(async move {
            let mut counter = counter.lock().await;
            let value = *counter;
            tokio::task::yield_now().await;
            *counter = value + 1;
        });
    }
    tasks.join_all().await;
    5 - *counter.lock().await
}

#[test]
fn tokios_own_schedule_loses_no_update() {
    assert_eq!(run_with(schedule(0), lost_updates()).done(), 0);
}

#[test]
fn other_schedules_lose_different_numbers_of_updates() {
    let lost: BTreeSet<_> = (1..=60)
        .map(|number| run_with(schedule(number), lost_updates()).done())
        .collect();
    assert!(lost.len() >= 3, "{lost:?}");
}

#[test]
fn no_schedule_loses_an_update_under_a_lock() {
    for number in 1..=60 {
        assert_eq!(run_with(schedule(number), locked_updates()).done(), 0);
    }
}

#[test]
fn the_same_schedule_gives_the_same_run() {
    for number in 1..=10 {
        let run = || run_with(schedule(number), lost_updates());
        let (first, second) = (run(), run());
        assert_eq!(first.recording, second.recording);
    }
}

#[test]
fn schedules_keep_what_tokio_promises() {
    for number in 1..=60 {
        run_with(schedule(number), async {
            // `biased` polls in order.
            let ready = tokio::select! {
                biased;
                () = async {} => 1,
                () = async {} => 2,
            };
            assert_eq!(ready, 1);
            // A lock is given to the tasks in the order in which they ask.
            let (lock, order) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(Vec::new())));
            let (asked, mut asks) = mpsc::unbounded_channel();
            let mut tasks = JoinSet::new();
            let guard = lock.lock().await;
            for n in 0..5 {
                let (lock, order, asked) = (Arc::clone(&lock), Arc::clone(&order), asked.clone());
                tasks.spawn(async move {
                    let mut waits = std::pin::pin!(lock.lock());
                    let mut has_asked = false;
                    let guard = std::future::poll_fn(|cx| {
                        let polled = waits.as_mut().poll(cx);
                        // Woken by nothing yet: the schedule put it off, or it is in line.
                        if !std::mem::replace(&mut has_asked, true) {
                            asked.send(n).unwrap();
                        }
                        polled
                    })
                    .await;
                    order.lock().await.push(n);
                    drop(guard);
                });
            }
            sleep(ms(1)).await;
            drop(guard);
            tasks.join_all().await;
            let mut got = order.lock().await.clone();
            got.sort_unstable();
            assert_eq!(got, [0, 1, 2, 3, 4]);
            assert_eq!(asks.len(), 5);
            asks.close();
            // Messages come in the order in which they are sent.
            let (sender, mut receiver) = mpsc::channel(1);
            tokio::spawn(async move {
                for n in 0..5 {
                    sender.send(n).await.unwrap();
                }
            });
            for n in 0..5 {
                assert_eq!(receiver.recv().await, Some(n));
            }
            // A message is received or not: `recv` is cancel-safe.
            let (sender, mut receiver) = mpsc::channel(10);
            for n in 0..5 {
                sender.send(n).await.unwrap();
            }
            let mut received = Vec::new();
            while received.len() < 5 {
                if let Ok(Some(n)) = timeout(ms(1), receiver.recv()).await {
                    received.push(n);
                }
            }
            assert_eq!(received, [0, 1, 2, 3, 4]);
        })
        .done();
    }
}

#[test]
fn a_select_draws_from_the_seed() {
    async fn draws() -> Vec<u8> {
        let mut draws = Vec::new();
        for _ in 0..40 {
            draws.push(tokio::select! {
                () = async {} => 0,
                () = async {} => 1,
                () = async {} => 2,
            });
        }
        draws
    }
    let with_seed = |seed| {
        let options = Options {
            seed,
            ..Options::default()
        };
        run_with(options, draws()).done()
    };
    assert_eq!(with_seed(7), with_seed(7));
    assert_ne!(with_seed(7), with_seed(8));
    assert_eq!(with_seed(7).iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn a_future_that_is_polled_by_hand_outside_tasks_is_not_put_off() {
    for schedule in 1..20 {
        let options = Options {
            schedule,
            ..Options::default()
        };
        let recorder = Recorder::new(options, ());
        let _entered = recorder.enter();
        let permits = Semaphore::new(1);
        let acquire = pin!(permits.acquire());
        let polled = acquire.poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready(), "schedule {schedule}");
    }
}
