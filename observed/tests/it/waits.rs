//! Waits begin at the first `Pending` and end where they end.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

use crate::support::{ms, run};

async fn sleeps() {
    sleep(ms(100)).await;
}

async fn holder(lock: Arc<Mutex<u8>>, millis: u64) {
    let _guard = lock.lock().await;
    sleep(ms(millis)).await;
}

#[test]
fn what_is_ready_is_no_wait() {
    let run = run(async {
        let lock = Mutex::new(0);
        drop(lock.lock().await);
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(1).await.unwrap();
        receiver.recv().await.unwrap()
    });
    assert_eq!(run.waits(), Vec::<String>::new());
    assert_eq!(run.holds().len(), 2);
    assert_eq!(run.done(), 1);
}

#[test]
fn a_wait_lasts_until_the_resource_is_free() {
    let run = run(async {
        let lock = Arc::new(Mutex::new(0));
        let tasks = [100, 50].map(|millis| tokio::spawn(holder(Arc::clone(&lock), millis)));
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(
        run.waits(),
        [
            "main: see holder-0, 0-100 ms, done",
            "holder-0: wait for the clock, 0-100 ms, done",
            "holder-1: lock mutex lock, 0-100 ms, done",
            "holder-1: wait for the clock, 100-150 ms, done",
            "main: see holder-1, 100-150 ms, done",
        ]
    );
    assert_eq!(run.wakes("holder-1"), ["spawn", "holder-0", "outside"]);
    assert_eq!(run.wakes("main"), ["spawn", "holder-0", "holder-1"]);
    run.done();
}

#[test]
fn a_wait_within_a_timeout_ends_with_it() {
    let run = run(async {
        let mut handle = tokio::spawn(sleeps());
        let early = timeout(ms(10), &mut handle).await.is_err();
        sleep(ms(30)).await;
        handle.await.unwrap();
        early
    });
    let waits: Vec<_> = run.waits();
    let main: Vec<_> = waits
        .iter()
        .filter(|wait| wait.starts_with("main"))
        .collect();
    assert_eq!(
        main,
        [
            "main: see sleeps-0, 0-10 ms, dropped",
            "main: wait for the clock, 0-10 ms, done",
            "main: wait for the clock, 10-40 ms, done",
            "main: see sleeps-0, 40-100 ms, done",
        ]
    );
    assert!(run.done());
}

#[test]
fn a_wait_within_a_select_ends_with_it() {
    let run = run(async {
        let lock = Arc::new(Mutex::new(0));
        let task = tokio::spawn(holder(Arc::clone(&lock), 100));
        sleep(ms(1)).await;
        let waits = lock.lock();
        tokio::pin!(waits);
        for _ in 0..2 {
            tokio::select! {
                biased;
                _ = &mut waits => {}
                () = sleep(ms(10)) => {}
            }
        }
        drop(waits.await);
        task.await.unwrap();
    });
    let waits: Vec<_> = run.waits();
    let locks: Vec<_> = waits.iter().filter(|wait| wait.contains("lock")).collect();
    assert_eq!(
        &locks[..locks.len()],
        [
            "main: wait for the clock, 0-1 ms, done",
            "holder-0: wait for the clock, 0-100 ms, done",
            "main: lock mutex lock, 1-11 ms, dropped",
            "main: wait for the clock, 1-11 ms, done",
            "main: lock mutex lock, 11-21 ms, dropped",
            "main: wait for the clock, 11-21 ms, done",
            "main: lock mutex lock, 21-100 ms, done",
        ]
    );
    run.done();
}

#[test]
fn a_select_that_is_dropped_ends_its_waits() {
    let run = run(async {
        let notify = Arc::new(Notify::new());
        let notified = Arc::clone(&notify).notified_owned();
        let mut notified = Box::pin(notified);
        let outer = timeout(ms(5), async {
            tokio::select! {
                () = &mut notified => {}
                () = sleep(ms(100)) => {}
            }
        });
        assert!(outer.await.is_err());
        sleep(ms(5)).await;
        drop(notified);
    });
    assert_eq!(
        run.waits()[0..3]
            .iter()
            .filter(|wait| wait.contains("0-5 ms"))
            .count(),
        3,
        "{:#?}",
        run.waits()
    );
    run.done();
}

#[test]
fn waits_of_a_join_overlap() {
    let run = run(async {
        let (sender, receiver) = oneshot::channel();
        tokio::join!(sleep(ms(10)), async { receiver.await.unwrap() }, async {
            sleep(ms(20)).await;
            sender.send(()).unwrap();
        });
        let both = tokio::try_join!(async { Ok::<_, ()>(1) }, async {
            sleep(ms(1)).await;
            Err::<u8, _>(())
        });
        assert!(both.is_err());
    });
    assert_eq!(
        run.waits(),
        [
            "main: wait for the clock, 0-10 ms, done",
            "main: receive from oneshot channel (sender, receiver), 0-20 ms, done",
            "main: wait for the clock, 0-20 ms, done",
            "main: wait for the clock, 20-21 ms, done",
        ]
    );
    run.done();
}

#[test]
fn a_future_that_is_dropped_ends_its_wait() {
    let run = run(async {
        let permits = Semaphore::new(0);
        let mut acquire = Box::pin(permits.acquire());
        std::future::poll_fn(|cx| {
            assert!(acquire.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        sleep(ms(3)).await;
        drop(acquire);
    });
    assert_eq!(
        run.waits()[0],
        "main: acquire semaphore permits, 0-3 ms, dropped"
    );
    run.done();
}

#[test]
fn the_holder_is_who_acquired() {
    let run = run(async {
        let permits = Arc::new(Semaphore::new(2));
        let permit = Arc::clone(&permits).acquire_many_owned(2).await.unwrap();
        let keep = tokio::spawn(async move {
            sleep(ms(10)).await;
            drop(permit);
        });
        keep.await.unwrap();
    });
    assert_eq!(
        run.holds(),
        [
            "main acquires 2 of semaphore permits",
            "main releases 2 of semaphore permits",
        ]
    );
    run.done();
}

#[test]
fn wakes_name_the_task_the_timer_and_the_task_itself() {
    async fn waits(notify: Arc<Notify>) {
        notify.notified().await;
        tokio::task::yield_now().await;
        sleep(ms(1)).await;
    }
    async fn wakes(notify: Arc<Notify>) {
        notify.notify_one();
    }
    let run = run(async {
        let notify = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        tasks.spawn(waits(Arc::clone(&notify)));
        tasks.spawn(wakes(notify));
        tasks.join_all().await;
    });
    assert_eq!(
        run.wakes("waits-0"),
        ["spawn", "wakes-0", "itself", "outside"]
    );
    // tokio wakes the joiner of a task after its last poll.
    assert_eq!(run.wakes("main"), ["spawn", "wakes-0", "waits-0"]);
    run.done();
}

#[test]
fn an_interval_ticks() {
    let run = run(async {
        let mut ticks = interval(ms(10));
        for _ in 0..3 {
            ticks.tick().await;
        }
    });
    assert_eq!(
        run.waits(),
        [
            "main: tick with the clock, 0-10 ms, done",
            "main: tick with the clock, 10-20 ms, done",
        ]
    );
    run.done();
}

/// However permits are merged and split, all of them are released once.
#[test]
fn merged_and_split_permits_are_released_once() {
    let run = run(async {
        let permits = Arc::new(Semaphore::new(9));
        let mut some = permits.acquire_many(4).await.unwrap();
        let other = Arc::clone(&permits);
        some.merge(permits.acquire_many(3).await.unwrap());
        assert_eq!(some.num_permits(), 7);
        assert!(some.split(8).is_none());
        let part = some.split(2).unwrap();
        assert_eq!((some.num_permits(), part.num_permits()), (5, 2));
        drop(some);
        assert_eq!(other.available_permits(), 7);
        part.forget();
        other.available_permits()
    });
    let amounts = |verb: &str| {
        let holds = run.holds();
        let of = holds.iter().filter_map(|hold| hold.split_once(verb));
        let amounts =
            of.filter_map(|(_, rest)| rest.split_whitespace().next()?.parse::<u32>().ok());
        amounts.sum::<u32>()
    };
    assert_eq!(amounts("acquires"), amounts("releases"));
    assert_eq!(amounts("acquires"), 4 + 3 + 3);
    assert_eq!(run.done(), 7);
}
