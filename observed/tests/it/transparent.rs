//! A program does the same with a recorder as without.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc};

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
