//! Which time it is: the operating system's, or a simulated one.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::{State, lock, room_for_io};
use crate::recording::{Event, Failure, LaneRef, Sink};

/// As many threads as a recipe may ask for; the system sets its own limit.
const MOST_THREADS: usize = 100_000;

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

    /// The runtime that keeps this time: one thread, so that tasks run in the
    /// order in which they became ready, and tokio's own clock, paused from
    /// its first moment, where time is simulated. With the I/O driver only for
    /// whoever needs it: it makes each turn of the loop dearer.
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    pub(crate) fn runtime(self, io: bool, state: &Arc<Mutex<State>>) -> io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().max_blocking_threads(MOST_THREADS);
        if io {
            room_for_io()?;
            builder.enable_io();
        }
        match self {
            Clock::Real => {
                let state = Arc::clone(state);
                builder.on_thread_park(move || lock(&state).flush());
            }
            Clock::Virtual => {
                builder.start_paused(true);
            }
        }
        builder.build()
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

    fn wants_bars(&self) -> bool {
        self.inner.wants_bars()
    }
}
