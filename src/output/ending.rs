//! The end of the program, seen by what writes: a line or a file that has been
//! begun is finished, and after that nothing more is written.
//!
//! A signal ends the program on one thread while another one may be writing.
//! Every write of a line, a message or a file therefore goes through
//! [`finish`], and [`stop`] waits for the one that is under way.

use std::error::Error;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is written in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Lines of a log, or a message.
    Lines,
    /// The step that gives a file its name or its contents.
    File,
}

impl Unit {
    /// How long the end of the program waits for it: a reader that has stopped
    /// reading may never take a line, and a disk takes what it takes.
    fn patience(self) -> Duration {
        match self {
            Unit::Lines => Duration::from_millis(50),
            Unit::File => Duration::from_secs(10),
        }
    }
}

/// The error of a write after the end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the program ends")]
struct Ended;

struct State {
    under_way: Option<Unit>,
    ended: bool,
    /// Whether a file was finished.
    wrote_a_file: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    under_way: None,
    ended: false,
    wrote_a_file: false,
});
static CHANGED: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`, which the end of the program waits for.
///
/// # Errors
///
/// When `work` fails, or the program ends already; then nothing is done.
pub fn finish<T>(unit: Unit, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    /// Says that it is over, also where the work panics.
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            state().under_way = None;
            CHANGED.notify_all();
        }
    }

    let free = CHANGED.wait_while(state(), |it| it.under_way.is_some() && !it.ended);
    let mut free = free.unwrap_or_else(PoisonError::into_inner);
    if free.ended {
        return Err(io::Error::other(Ended));
    }
    free.under_way = Some(unit);
    drop(free);
    let _over = Over;
    let result = work()?;
    if unit == Unit::File {
        state().wrote_a_file = true;
    }
    Ok(result)
}

/// Waits for what is being written and refuses all that comes later. Returns
/// whether a file was finished before.
pub fn stop() -> bool {
    let mut state = state();
    state.ended = true;
    CHANGED.notify_all();
    if let Some(unit) = state.under_way {
        let waited = CHANGED.wait_timeout_while(state, unit.patience(), |it| {
            it.under_way.is_some() // Nothing new begins.
        });
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    state.wrote_a_file
}

/// Whether this is the error of a write after the end.
pub fn is_refusal(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<Ended>)
}
