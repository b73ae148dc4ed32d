//! Recordings are made by others, on a thread of their own: a program that
//! takes its real time is watched while it is recorded, and may be stopped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::recording::{Recording, Sink};

/// A run that is wanted.
pub struct Order {
    /// The recipe's name.
    pub recipe: String,
    /// Its options, as they are typed; `--seed N` may be among them.
    pub options: Vec<String>,
    /// What its draws start from, if the options do not say so.
    pub seed: u64,
    /// What has happened so far.
    pub live: Arc<Live>,
}

/// A run as it was made.
#[derive(Debug)]
pub struct Recorded {
    /// All that happened.
    pub recording: Recording,
    /// The options, without `--seed`.
    pub options: Vec<String>,
    /// What the draws started from.
    pub seed: u64,
}

/// Makes a run. Its error is shown to whoever typed the options.
pub type Recorder = Arc<dyn Fn(&Order) -> Result<Recorded, String> + Send + Sync>;

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
    pub fn sink(&self) -> Box<dyn Sink> {
        Box::new(Arc::clone(&self.recording))
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

    /// Nobody wants it any more.
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
    done: impl FnOnce(Result<Recorded, String>) + Send + 'static,
) {
    /// Speaks up even where the recorder panics.
    struct Answer<F: FnOnce(Result<Recorded, String>)>(Option<F>);
    impl<F: FnOnce(Result<Recorded, String>)> Drop for Answer<F> {
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
