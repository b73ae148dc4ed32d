//! How tasks end, also where that is not by returning.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::observe::{Ending, Options, Recorder, TaskKind};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use crate::support::{check, ms, run};

async fn sleeps_long() {
    sleep(ms(1_000_000)).await;
}

async fn sleeps() {
    sleep(ms(5)).await;
}

async fn fails() -> Result<(), String> {
    sleep(ms(1)).await;
    Err("no".to_owned())
}

/// Panics without a message on the terminal.
async fn panics() {
    sleep(ms(1)).await;
    std::panic::resume_unwind(Box::new("on purpose"));
}

#[test]
fn a_task_returns_fails_panics_or_is_cancelled() {
    let run = run(async {
        let finished = tokio::spawn(sleeps());
        let failed = tokio::spawn(fails());
        let panicked = tokio::spawn(panics());
        let aborted = tokio::spawn(sleeps_long());
        sleep(ms(2)).await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        assert!(panicked.await.unwrap_err().is_panic());
        assert!(failed.await.unwrap().is_err());
        finished.await.unwrap();
    });
    assert_eq!(
        run.ends(),
        [
            "fails-0 Failed",
            "panics-0 Panicked",
            "sleeps_long-0 Cancelled",
            "sleeps-0 Finished",
            "main Finished",
        ]
    );
    run.done();
}

#[test]
fn a_task_that_outlives_main_is_cancelled() {
    let run = run(async {
        let lock = Arc::new(Mutex::new(0));
        let guard = Arc::clone(&lock).lock_owned().await;
        tokio::spawn(async move {
            let _guard = guard;
            sleeps_long().await;
        });
        tokio::spawn(async move { drop(lock.lock().await) });
        sleep(ms(1)).await;
    });
    assert_eq!(run.ends().len(), 3);
    assert_eq!(run.ends()[0], "main Finished");
    assert!(run.ends()[1..].iter().all(|end| end.ends_with("Cancelled")));
    run.done();
}

#[test]
fn a_panic_of_main_cancels_the_others() {
    let run = run(async {
        tokio::spawn(sleeps_long());
        panics().await;
    });
    assert_eq!(run.ends(), ["main Panicked", "sleeps_long-0 Cancelled"]);
    assert!(matches!(run.ending, Ending::Panicked));
}

#[test]
fn a_panic_of_block_on_cancels_the_others() {
    let recorder = Recorder::new(Options::default(), ());
    let entered = recorder.enter();
    let runtime = Builder::new_current_thread().build().unwrap();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        runtime.block_on(async {
            tokio::spawn(sleeps_long());
            panics().await;
        });
    }));
    assert!(unwound.is_err());
    drop(entered);
    let recording = recorder.finish().unwrap();
    check(&recording);
    let run = crate::support::Run {
        ending: Ending::<()>::Panicked,
        recording,
    };
    assert_eq!(run.ends(), ["main Panicked", "sleeps_long-0 Cancelled"]);
}

#[test]
fn a_task_aborts_itself_within_a_poll() {
    let run = run(async {
        let (sender, receiver) = tokio::sync::oneshot::channel::<tokio::task::AbortHandle>();
        let task = tokio::spawn(async move {
            receiver.await.unwrap().abort();
            sleep(ms(1)).await;
        });
        sender.send(task.abort_handle()).unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert!(run.ends()[0].ends_with("Cancelled"), "{:?}", run.ends());
    run.done();
}

#[test]
fn a_guard_of_a_panicking_task_is_released() {
    let run = run(async {
        let lock = Arc::new(Mutex::new(0));
        let inner = Arc::clone(&lock);
        let task = tokio::spawn(async move {
            let _guard = inner.lock().await;
            panics().await;
        });
        assert!(task.await.is_err());
        drop(lock.lock().await);
    });
    assert_eq!(run.holds().len(), 4);
    run.done();
}

#[test]
fn closures_in_a_join_set() {
    let run = run(async {
        let mut set = JoinSet::new();
        for n in 0..3 {
            set.spawn_blocking(move || n);
        }
        set.join_all().await.iter().sum::<i32>()
    });
    let blocking = |task: &&tokio::observe::Task| task.kind == TaskKind::Blocking;
    assert_eq!(run.recording.tasks.iter().filter(blocking).count(), 3);
    assert_eq!(run.done(), 3);
}

/// What a recorder sees of a program that makes its own runtimes.
fn record(program: impl FnOnce()) -> crate::support::Run<()> {
    let options = Options {
        virtual_clock: false,
        ..Options::default()
    };
    let recorder = Recorder::new(options, ());
    let entered = recorder.enter();
    program();
    drop(entered);
    let recording = recorder.finish().unwrap();
    check(&recording);
    crate::support::Run {
        ending: Ending::Done(()),
        recording,
    }
}

#[test]
fn local_tasks() {
    let run = record(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let set = LocalSet::new();
        let counter = std::rc::Rc::new(std::cell::Cell::new(0));
        let inner = std::rc::Rc::clone(&counter);
        set.block_on(&runtime, async move {
            let task = tokio::task::spawn_local(async move {
                sleep(ms(1)).await;
                inner.set(1);
            });
            tokio::task::spawn_local(std::future::pending::<()>());
            task.await.unwrap();
        });
        assert_eq!(counter.get(), 1);
        drop((set, runtime));

        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
            .unwrap();
        runtime.block_on(async {
            let task = tokio::task::spawn_local(async { sleep(ms(1)).await });
            task.await.unwrap();
        });
    });
    assert_eq!(run.ends().len(), 5);
}

#[test]
fn a_runtime_that_is_dropped_in_the_middle() {
    let run = record(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let permits = Arc::new(Semaphore::new(1));
        for _ in 0..20 {
            let permits = Arc::clone(&permits);
            runtime.spawn(async move {
                let _permit = permits.acquire().await;
                sleeps_long().await;
            });
        }
        runtime.block_on(async { sleep(ms(2)).await });
        drop(runtime);
    });
    let cancelled = run
        .ends()
        .iter()
        .filter(|end| end.ends_with("Cancelled"))
        .count();
    assert_eq!(cancelled, 20);
}

#[test]
fn a_runtime_within_a_closure_of_another() {
    let run = record(|| {
        let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let closure = tokio::task::spawn_blocking(|| {
                let inner = Builder::new_current_thread().enable_all().build().unwrap();
                inner.block_on(async { tokio::spawn(fails()).await.unwrap() })
            });
            assert!(closure.await.unwrap().is_err());
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async { sleep(ms(1)).await });
            });
        });
    });
    assert!(run.ends().iter().any(|end| end == "fails-0 Failed"));
}

#[test]
fn many_tasks_on_many_threads() {
    let run = record(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(4)
            .enable_all()
            .build()
            .unwrap();
        let sum = Arc::new(AtomicU32::new(0));
        let permits = Arc::new(Semaphore::new(3));
        runtime.block_on(async {
            let mut set = JoinSet::new();
            for n in 0..500 {
                let (sum, permits) = (Arc::clone(&sum), Arc::clone(&permits));
                set.spawn(async move {
                    let _permit = permits.acquire().await.unwrap();
                    tokio::task::yield_now().await;
                    sum.fetch_add(n, Ordering::Relaxed);
                });
            }
            set.join_all().await;
        });
        assert_eq!(sum.load(Ordering::Relaxed), 499 * 500 / 2);
    });
    assert_eq!(run.ends().len(), 501);
}
