//! Which time it is: the operating system's, or a simulated one.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use crate::recording::{Detail, Event, Failure, LaneRef, Sink};

/// The two clocks that a run can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Clock {
    /// The operating system's clock: a sleep of a second takes a second
    #[default]
    Real,
    /// A simulated clock that jumps over sleeps: the same bytes on every run
    Virtual,
}

thread_local! {
    /// The clock of the run on this thread.
    static CLOCK: Cell<Clock> = const { Cell::new(Clock::Real) };
}

/// The clock of the run on this thread, for a recipe whose run must differ.
pub fn clock() -> Clock {
    CLOCK.get()
}

/// The run that follows on this thread keeps this clock.
pub(crate) fn keep_clock(clock: Clock) {
    CLOCK.set(clock);
}

impl Clock {
    /// As it is typed and recorded.
    pub fn name(self) -> &'static str {
        match self {
            Clock::Real => "real",
            Clock::Virtual => "virtual",
        }
    }
}

/// Blocks the calling thread for real.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that blocks a thread"
)]
pub(super) fn sleep_thread(time: Duration) {
    std::thread::sleep(time);
}

/// How many seconds of the virtual clock pass in one real second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(pub f64);

/// Holds each event back until its time has come at the given pace.
///
/// It blocks the runtime's thread, and may: virtual time does not move
/// meanwhile, so the run stays the same to the byte.
pub struct Paced<S> {
    inner: S,
    pace: Pace,
    began: std::time::Instant,
    reached: Duration,
}

impl<S: Sink> Paced<S> {
    /// Starts the real clock now.
    #[expect(
        clippy::disallowed_methods,
        reason = "a paced run is held against the real clock"
    )]
    pub fn new(inner: S, pace: Pace) -> Self {
        Self {
            inner,
            pace,
            began: std::time::Instant::now(),
            reached: Duration::ZERO,
        }
    }
}

impl<S: Sink> Sink for Paced<S> {
    fn lane(&mut self, lane: LaneRef<'_>) {
        self.inner.lane(lane);
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if event.t > self.reached {
            self.reached = event.t;
            self.inner.flush()?;
            let due = Duration::try_from_secs_f64(event.t.as_secs_f64() / self.pace.0)
                .unwrap_or(Duration::MAX);
            sleep_thread(due.saturating_sub(self.began.elapsed()));
        }
        self.inner.event(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }

    fn ended(&mut self, t: Duration, why: Option<&Failure>) -> io::Result<()> {
        self.inner.ended(t, why)
    }

    fn detail(&self) -> Detail {
        self.inner.detail()
    }
}
