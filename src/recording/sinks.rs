//! Sinks that pass events on.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Detail, Event, Failure, LaneRef, Sink};

/// A shared sink, which its other owner can read after the run.
impl<S: Sink + ?Sized> Sink for Arc<Mutex<S>> {
    fn lane(&mut self, lane: LaneRef<'_>) {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lane(lane);
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .event(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }

    fn ended(&mut self, t: Duration, why: Option<&Failure>) -> io::Result<()> {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ended(t, why)
    }

    fn detail(&self) -> Detail {
        self.lock().unwrap_or_else(PoisonError::into_inner).detail()
    }
}

/// Delivers each event as later than it was: a run that is part of a longer one.
pub(crate) struct Shifted<S> {
    /// Who takes the events.
    pub inner: S,
    /// By how much.
    pub by: Duration,
}

impl<S: Sink> Sink for Shifted<S> {
    fn lane(&mut self, lane: LaneRef<'_>) {
        self.inner.lane(lane);
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.inner.event(&Event {
            t: event.t + self.by,
            ..*event
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }

    fn detail(&self) -> Detail {
        self.inner.detail()
    }
}
