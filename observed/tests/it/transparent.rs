//! A program does the same with a recorder as without.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Mutex, Semaphore, mpsc};

use crate::support::{ms, run};

/// Runs it on the paused clock, unobserved.
pub fn plain<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { tokio::spawn(program).await.unwrap() })
}

/// Pushes what it does, and when.
async fn program() -> Vec<String> {
    let log = Arc::new(std::sync::Mutex::new(Vec::new()));
    let began = tokio::time::Instant::now();
    let lock = Arc::new(Mutex::new(0));
    let (sender, mut receiver) = mpsc::channel(2);
    for n in 1..6_u64 {
        let (log, lock, sender) = (Arc::clone(&log), Arc::clone(&lock), sender.clone());
        tokio::spawn(async move {
            let say = |text: &str| {
                let at: Duration = began.elapsed();
                log.lock().unwrap().push(format!("{at:?} {n} {text}"));
            };
            let mut guard = lock.lock().await;
            say("locks");
            tokio::time::sleep(ms(n)).await;
            *guard += n;
            drop(guard);
            let sent = tokio::time::timeout(ms(3), sender.send(n)).await;
            say(if sent.is_ok() { "sends" } else { "is late" });
        });
    }
    drop(sender);
    tokio::time::sleep(ms(9)).await;
    while let Some(n) = receiver.recv().await {
        log.lock()
            .unwrap()
            .push(format!("{:?} got {n}", began.elapsed()));
    }
    Arc::try_unwrap(log).unwrap().into_inner().unwrap()
}

#[test]
fn a_recorder_changes_nothing() {
    let unobserved = plain(program());
    assert!(unobserved.len() > 10);
    assert_eq!(run(program()).done(), unobserved);
}

/// What an unobserved wait costs: one pointer, and a second one where the output
/// becomes a guard of this crate.
#[test]
fn waits_are_at_most_two_pointers_larger_than_those_of_tokio() {
    let pointer = size_of::<usize>();
    let (ours, real) = (Semaphore::new(1), real_tokio::sync::Semaphore::new(1));
    let larger = |ours, real, pointers| {
        assert!(
            ours <= real + pointers * pointer,
            "{ours} instead of {real}"
        );
    };
    larger(
        size_of_val(&ours.acquire()),
        size_of_val(&real.acquire()),
        2,
    );
    let (ours, real) = (Mutex::new(()), real_tokio::sync::Mutex::new(()));
    larger(size_of_val(&ours.lock()), size_of_val(&real.lock()), 2);
    let (ours, real) = (mpsc::channel::<u64>(1), real_tokio::sync::mpsc::channel(1));
    larger(
        size_of_val(&ours.0.send(0)),
        size_of_val(&real.0.send(0_u64)),
        2,
    );
    let (mut ours, mut real) = (ours.1, real.1);
    larger(size_of_val(&ours.recv()), size_of_val(&real.recv()), 2);
    let (ours, real) = (
        size_of::<tokio::time::Sleep>(),
        size_of::<real_tokio::time::Sleep>(),
    );
    larger(ours, real, 1);
    let ours = size_of::<tokio::task::JoinHandle<()>>();
    larger(ours, size_of::<real_tokio::task::JoinHandle<()>>(), 1);
}

#[test]
fn futures_of_tokio_have_its_size() {
    let future = async {
        tokio::select! {
            () = std::future::ready(()) => {}
            () = std::future::ready(()) => {}
        }
    };
    let real = async {
        real_tokio::select! {
            () = std::future::ready(()) => {}
            () = std::future::ready(()) => {}
        }
    };
    assert_eq!(size_of_val(&future), size_of_val(&real));
}

/// A million of them take no more memory than on tokio.
#[tokio::test]
async fn what_a_program_has_most_of_is_as_large_as_tokios() {
    use real_tokio as real;
    use tokio::sync::{Notify, OwnedSemaphorePermit, SemaphorePermit};
    use tokio::time::sleep;

    assert_eq!(
        size_of::<SemaphorePermit<'_>>(),
        size_of::<real::sync::SemaphorePermit<'_>>()
    );
    assert_eq!(
        size_of::<OwnedSemaphorePermit>(),
        size_of::<real::sync::OwnedSemaphorePermit>()
    );
    assert_eq!(
        size_of_val(&sleep(ms(1))),
        size_of_val(&real::time::sleep(ms(1)))
    );
    assert_eq!(
        size_of_val(&Notify::new().notified()),
        size_of_val(&real::sync::Notify::new().notified())
    );
}
