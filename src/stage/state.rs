//! What a run's events change.

use std::fmt::{Display, Write as _};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::deadlock::Waits;
use crate::recording::Sink;

/// What the run's events change. One mutex guards it all, since OS threads
/// speak too; on the runtime's own thread nobody contends for it.
pub struct State {
    pub(super) sink: Box<dyn Sink>,
    pub(super) wants_bars: bool,
    /// Counts bars.
    pub(super) bars: u32,
    /// What is being said; kept to save an allocation a line.
    pub(super) text: String,
    pub(super) waits: Waits,
    pub(super) failure: Option<anyhow::Error>,
    /// Rung when the run cannot go on.
    pub(super) failed: Arc<Notify>,
    /// After the run's end nothing more is heard.
    pub(super) closed: bool,
}

impl State {
    /// A silent state that speaks through `sink`.
    pub fn new(sink: Box<dyn Sink>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            wants_bars: sink.wants_bars(),
            bars: 0,
            sink,
            text: String::new(),
            waits: Waits::default(),
            failure: None,
            failed: Arc::default(),
            closed: false,
        }))
    }

    /// The text of a name or a line, in the one buffer that all of them use.
    pub(super) fn written(&mut self, text: &dyn Display) -> &str {
        self.text.clear();
        // Writing to a string fails only where a Display does, and then the
        // text is as much as there is.
        let _ = write!(self.text, "{text}");
        &self.text
    }

    /// Delivers all lines so far.
    pub fn flush(&mut self) {
        if self.failure.is_none()
            && let Err(error) = self.sink.flush()
        {
            self.cannot_write(error);
        }
    }

    pub(super) fn cannot_write(&mut self, error: io::Error) {
        self.fail(anyhow::Error::new(error).context("cannot write the log"));
    }

    /// The first failure ends the run; later ones follow from it.
    pub(super) fn fail(&mut self, error: anyhow::Error) {
        self.failure.get_or_insert(error);
        self.failed.notify_one();
    }
}

/// Locks what the run's events change. A panic elsewhere does not silence the
/// rest: every change is whole before the next call of foreign code.
pub fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
