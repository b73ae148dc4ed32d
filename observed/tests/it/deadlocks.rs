//! A deadlock names tasks, places, resources, holders and the cycle.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::observe::{Op, Options, What};
use tokio::runtime::Builder;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::{ms, run, run_on, run_with};

async fn transfer(from: Arc<Mutex<i32>>, to: Arc<Mutex<i32>>) {
    let mut from = from.lock().await;
    sleep(ms(1)).await;
    let mut to = to.lock().await; // The other task has locked it.
    (*from, *to) = (*from - 1, *to + 1);
}

async fn transfers() {
    let alice = Arc::new(Mutex::new(10));
    let bob = Arc::new(Mutex::new(10));
    let mut transfers = JoinSet::new();
    transfers.spawn(transfer(Arc::clone(&alice), Arc::clone(&bob)));
    transfers.spawn(transfer(bob, alice));
    transfers.join_all().await;
}

#[test]
fn two_tasks_that_lock_in_opposite_order() {
    let deadlock = run(transfers()).deadlock();
    let report = deadlock.to_string();
    let lines: Vec<_> = report.split("; ").collect();
    // That main waits for them goes without saying.
    assert!(lines[0].starts_with("transfer-0 waits at "), "{report}");
    assert!(
        lines[0].ends_with(" to lock mutex bob, held by transfer-1"),
        "{report}"
    );
    assert!(
        lines[1].ends_with(" to lock mutex alice, held by transfer-0"),
        "{report}"
    );
    assert_eq!(lines[2], "cycle: transfer-0 → transfer-1 → transfer-0");
    let cause = "each has what the next one waits for: acquire in the same order everywhere";
    assert_eq!(lines[3], format!("likely cause: {cause}"));
    let stuck = &deadlock.stuck[1];
    assert_eq!((stuck.op, stuck.at.file.as_str()), (Op::Lock, file!()));
    let source = std::fs::read_to_string("tests/it/deadlocks.rs").unwrap();
    let line = source.lines().nth(stuck.at.line as usize - 1).unwrap();
    assert!(line.contains("to.lock().await"), "{line}");
}

#[test]
fn also_on_the_real_clock_within_a_second() {
    let options = Options {
        virtual_clock: false,
        ..Options::default()
    };
    let began = Instant::now();
    let deadlock = run_with(options, transfers()).deadlock();
    assert_eq!(deadlock.cycle, ["transfer-0", "transfer-1"]);
    assert!(began.elapsed() < ms(1_000));
}

#[test]
fn a_task_that_locks_twice() {
    let deadlock = run(async {
        let lock = Mutex::new(0);
        let _first = lock.lock().await;
        let _second = lock.lock().await;
    })
    .deadlock();
    assert_eq!(deadlock.cycle, ["main"]);
    assert_eq!(deadlock.stuck[0].held_by, ["main"]);
    assert_eq!(deadlock.causes, ["main waits for what it has itself"]);
}

#[test]
fn a_notification_that_came_too_early() {
    let late = run(async {
        let signal = Notify::new();
        signal.notify_waiters();
        signal.notified().await;
    });
    let cause = late.deadlock().causes.concat();
    let place = format!("signal was last notified at {}:", file!());
    assert!(
        cause.starts_with(&place) && cause.ends_with(" by main, before this wait began"),
        "{cause}"
    );
    let never = run(async {
        let signal = Notify::new();
        signal.notified().await;
    });
    assert_eq!(never.deadlock().causes, ["signal was never notified"]);
}

#[test]
fn permits_that_were_forgotten() {
    let deadlock = run(async {
        let permits = Semaphore::new(1);
        permits.acquire().await.unwrap().forget();
        let _ = permits.acquire().await;
    });
    assert_eq!(
        deadlock.deadlock().causes,
        ["no task holds a permit of semaphore permits"]
    );
}

#[test]
fn what_never_ends_has_no_end_in_the_recording() {
    let ran = run(async {
        let signal = Notify::new();
        signal.notified().await;
    });
    let ends = ran
        .recording
        .events
        .iter()
        .filter(|event| matches!(event.what, What::Waited { .. } | What::Ended { .. }));
    assert_eq!(ends.count(), 0);
}

#[test]
fn who_has_the_senders_of_a_channel_is_not_known() {
    let deadlock = run(async {
        let (_sender, mut receiver) = mpsc::channel::<u8>(1);
        receiver.recv().await
    })
    .deadlock();
    assert_eq!(deadlock.stuck[0].held_by, Vec::<String>::new());
    assert_eq!(deadlock.cycle, Vec::<String>::new());
}

#[test]
fn a_cycle_goes_through_any_of_several_holders() {
    async fn parent(permits: Arc<Semaphore>, other: Arc<Mutex<u8>>) {
        let _permit = permits.acquire().await;
        sleep(ms(1)).await;
        let _guard = other.lock().await;
    }
    let deadlock = run(async {
        let permits = Arc::new(Semaphore::new(2));
        let other = Arc::new(Mutex::new(0));
        let _held = Arc::clone(&permits).acquire_owned().await;
        let task = tokio::spawn(parent(Arc::clone(&permits), Arc::clone(&other)));
        let _guard = other.lock().await;
        sleep(ms(5)).await;
        let _ = permits.acquire().await;
        task.await.unwrap();
    })
    .deadlock();
    assert_eq!(deadlock.stuck[0].held_by, ["main", "parent-0"]);
    // The permits that it has itself are the shorter way.
    assert_eq!(deadlock.cycle, ["main"]);
}

/// Becomes ready by a thread, which nothing observes.
struct Foreign(bool);

impl Future for Foreign {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        std::thread::spawn(move || {
            std::thread::sleep(ms(700));
            waker.wake();
        });
        Poll::Pending
    }
}

/// The same program, with one task more that waits for ever, on both clocks.
#[track_caller]
fn goes_on<F: Future<Output = ()> + Send + 'static>(program: impl Fn() -> F) {
    for virtual_clock in [true, false] {
        let options = Options {
            virtual_clock,
            ..Options::default()
        };
        let program = program();
        let mut builder = Builder::new_current_thread();
        builder.enable_all();
        run_on(&mut builder, options, async move {
            tokio::spawn(async {
                let lock = Mutex::new(0);
                let _first = lock.lock().await;
                let _second = lock.lock().await;
            });
            program.await;
        })
        .done();
    }
}

#[test]
fn a_wait_that_is_not_observed_is_no_deadlock() {
    goes_on(|| Foreign(false));
}

#[test]
fn a_branch_of_a_select_that_is_not_observed_is_no_deadlock() {
    goes_on(|| async {
        let permits = Semaphore::new(0);
        tokio::select! {
            () = Foreign(false) => {}
            _ = permits.acquire() => {}
        }
    });
}

#[test]
fn a_signal_in_a_select_is_no_deadlock() {
    goes_on(|| async {
        let permits = Semaphore::new(0);
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = permits.acquire() => {}
            () = Foreign(false) => {}
        }
    });
}

#[test]
fn a_join_with_something_that_is_not_observed_is_no_deadlock() {
    goes_on(|| async {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        tokio::join!(async { receiver.await.unwrap() }, async {
            Foreign(false).await;
            sender.send(()).unwrap();
        });
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let both = tokio::try_join!(async { receiver.await }, async {
            Foreign(false).await;
            sender.send(()).unwrap();
            Ok(())
        });
        both.unwrap();
    });
}

#[test]
fn what_a_futures_unordered_waits_for_is_no_deadlock() {
    goes_on(|| async {
        let permits = Semaphore::new(0);
        let (first, second): (Pin<Box<dyn Future<Output = ()> + Send>>, _) = (
            Box::pin(async { drop(permits.acquire().await) }),
            Box::pin(Foreign(false)) as _,
        );
        let mut futures: FuturesUnordered<_> = [first, second].into_iter().collect();
        futures.next().await.unwrap();
    });
}

#[test]
fn io_is_no_deadlock() {
    goes_on(|| async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = std::thread::spawn(move || {
            std::thread::sleep(ms(700));
            std::net::TcpStream::connect(address).unwrap();
        });
        listener.accept().await.unwrap();
        client.join().unwrap();
    });
}
