//! Which time it is: the operating system's, or a simulated one.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::{State, lock};
use crate::recording::{Event, Sink};

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

impl Clock {
    /// The runtime that keeps this time: one thread, so that tasks run in the
    /// order in which they became ready, and tokio's own clock, paused from
    /// its first moment, where time is simulated. With the I/O driver only for
    /// whoever needs it: it makes each turn of the loop dearer.
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    pub fn runtime(self, io: bool, state: &Arc<Mutex<State>>) -> io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().max_blocking_threads(MOST_THREADS);
        if io {
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

/// Sleeps; no time at all lets every other ready task have one turn, as
/// `asyncio.sleep(0)` does. Tokio's `sleep` would not let go, and its
/// `yield_now` brings those who yield together back in reverse order.
pub async fn rest(time: Duration) {
    if !time.is_zero() {
        return tokio::time::sleep(time).await;
    }
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref(); // to the end of the line of ready tasks
        Poll::Pending
    })
    .await;
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

    fn wants_bars(&self) -> bool {
        self.inner.wants_bars()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokio does not promise it: a task that wakes itself goes to the end of
    /// the line, and everybody before it has one turn.
    #[test]
    fn a_rest_of_no_time_is_one_turn_for_everybody() {
        let state = State::new(Box::new(crate::recording::Recording::default()));
        let runtime = Clock::Virtual.runtime(false, &state).expect("a runtime");
        let turns = Arc::new(Mutex::new(Vec::new()));
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for task in 0..3 {
                let turns = Arc::clone(&turns);
                tasks.spawn(async move {
                    for _ in 0..3 {
                        turns.lock().expect("nobody panics").push(task);
                        rest(Duration::ZERO).await;
                    }
                });
            }
            tasks.join_all().await;
        });
        assert_eq!(
            *turns.lock().expect("nobody panics"),
            [0, 1, 2, 0, 1, 2, 0, 1, 2]
        );
    }
}
