//! `Interval`.

use std::convert::identity;
use std::future::poll_fn;
use std::panic::Location;
use std::task::{Context, Poll};

use tokio::time::{self as real, Duration, Instant, MissedTickBehavior};

use crate::observe::{self, Op, Target};
use crate::wait::Waiting;

/// What [`interval`] returns: see [`tokio::time::Interval`].
#[derive(Debug)]
pub struct Interval(real::Interval);

/// Ticks this often: see [`tokio::time::interval`].
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    Interval(real::interval(period))
}

/// The same with a first tick: see [`tokio::time::interval_at`].
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval(real::interval_at(start, period))
}

impl Interval {
    /// See [`tokio::time::Interval::tick`].
    #[track_caller]
    pub fn tick(&mut self) -> impl Future<Output = Instant> {
        let at = Location::caller();
        let target = observe::observing(|_| Target::CLOCK);
        Waiting::new(target, Op::Tick, at, poll_fn(|cx| self.0.poll_tick(cx))).map(identity)
    }

    /// See [`tokio::time::Interval::poll_tick`].
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        self.0.poll_tick(cx)
    }

    /// See [`tokio::time::Interval::reset`].
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// See [`tokio::time::Interval::reset_immediately`].
    pub fn reset_immediately(&mut self) {
        self.0.reset_immediately();
    }

    /// See [`tokio::time::Interval::reset_after`].
    pub fn reset_after(&mut self, after: Duration) {
        self.0.reset_after(after);
    }

    /// See [`tokio::time::Interval::reset_at`].
    pub fn reset_at(&mut self, deadline: Instant) {
        self.0.reset_at(deadline);
    }

    /// See [`tokio::time::Interval::missed_tick_behavior`].
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.0.missed_tick_behavior()
    }

    /// See [`tokio::time::Interval::set_missed_tick_behavior`].
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.0.set_missed_tick_behavior(behavior);
    }

    /// See [`tokio::time::Interval::period`].
    #[must_use]
    pub fn period(&self) -> Duration {
        self.0.period()
    }
}
