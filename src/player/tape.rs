//! Recordings are made by others, on a thread of their own: a program that
//! takes its real time is watched while it is recorded, and may be stopped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::recording::{Recording, RunSpec};

/// A run that is wanted.
pub struct Order {
    /// Which one. `--seed N` and `--schedule N` may be among its options, and
    /// are then what counts.
    pub spec: RunSpec,
    /// What has happened so far.
    pub live: Arc<Live>,
}

/// Makes a run. Its error is shown to the one who typed the options.
pub type Recorder = Arc<dyn Fn(&Order) -> Result<Recording, String> + Send + Sync>;

/// A run while it is recorded.
#[derive(Default)]
pub struct Live {
    recording: Arc<Mutex<Recording>>,
    stop: Mutex<Stop>,
}

#[derive(Default)]
struct Stop {
    wanted: bool,
    how: Option<Box<dyn FnOnce() + Send>>,
}

impl Live {
    /// Where the run's events go.
    pub fn kept(&self) -> Arc<Mutex<Recording>> {
        Arc::clone(&self.recording)
    }

    /// What has been recorded so far.
    pub fn recording(&self) -> MutexGuard<'_, Recording> {
        lock(&self.recording)
    }

    /// Says how to stop it; at once, if that is wanted already.
    pub fn on_stop(&self, how: impl FnOnce() + Send + 'static) {
        let mut stop = lock(&self.stop);
        if stop.wanted {
            how();
        } else {
            stop.how = Some(Box::new(how));
        }
    }

    /// It is no longer wanted.
    pub fn stop(&self) {
        let mut stop = lock(&self.stop);
        stop.wanted = true;
        if let Some(how) = stop.how.take() {
            how();
        }
    }
}

/// Starts to record; `done` is called on another thread.
pub fn start(
    recorder: &Recorder,
    order: Order,
    done: impl FnOnce(Result<Recording, String>) + Send + 'static,
) {
    /// Speaks up even where the recorder panics.
    struct Answer<F: FnOnce(Result<Recording, String>)>(Option<F>);
    impl<F: FnOnce(Result<Recording, String>)> Drop for Answer<F> {
        fn drop(&mut self) {
            if let Some(done) = self.0.take() {
                done(Err(
                    "the recording failed; this is a fault of asyncdemo".to_owned()
                ));
            }
        }
    }

    let recorder = Arc::clone(recorder);
    let mut answer = Answer(Some(done));
    // A thread that cannot be started drops the answer, which says so.
    let _ = thread::Builder::new().spawn(move || {
        let result = recorder(&order);
        if let Some(done) = answer.0.take() {
            done(result);
        }
    });
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
