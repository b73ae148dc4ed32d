//! All that a recipe may import: what it says, how it waits, which time it is.
//!
//! A recipe gets a [`Stage`], opens a [`Lane`] for each of its tasks and
//! threads, and otherwise is plain tokio. Whatever it says goes as an
//! [`Event`] to the run's sink; the stage knows no terminal and no recipe.
//!
//! ```
//! use asyncdemo::stage::Stage;
//! use tokio::time::{Duration, sleep};
//!
//! async fn breakfast(stage: Stage) -> anyhow::Result<()> {
//!     let cook = stage.lane("cook");
//!     let boiled = tokio::spawn(async move {
//!         cook.say("🥚", "boiling an egg"); // 🥚 cook: boiling an egg
//!         cook.works_on("an egg", sleep(Duration::from_secs(300))).await;
//!     });
//!     stage.waits_for("the cook", boiled).await?;
//!     stage.say("🍽️", format_args!("served after {:?}", stage.elapsed()));
//!     Ok(())
//! }
//!
//! use asyncdemo::{recipe::Needs, run::record};
//!
//! let (recording, _) = record(Box::new(|stage| Box::pin(breakfast(stage))), Needs::NOTHING, 5);
//! let (_, icon, text) = recording.lines().last().unwrap();
//! assert_eq!((icon, text), ("🍽️", "served after 300s"));
//! ```

mod bar;
mod clock;
mod deadlock;
mod lane;
mod panics;
mod processes;
mod random;
mod state;
mod threads;
mod values;

use std::fmt::Display;
use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::recording::{Event, Kind, LaneRef, Place, Waker, What};
use bar::{Bar, Drawn};
use state::lock;

pub(crate) use clock::{Pace, Paced, keep_clock};
pub(crate) use processes::{kill_process_groups, own_all_children, room_for_io};
pub(crate) use state::State;

pub use clock::{Clock, clock};
pub use lane::{Holding, IfCancelled, Lane};
pub use panics::catch_panic;
pub use processes::{ProcessGroup, file_descriptors, search_path};
pub(crate) use random::seeded;
pub use random::{Rng, draws};
pub use threads::Thread;
pub use values::{
    BREAK_IT, Cycle, Cycles, DurationLists, Durations, Timed, Trial, Trials, count, count_or_zero,
    duration, measured, period, probability, seconds, seconds_as_float, seconds_rounded,
    shell_command, threads,
};

/// What a recipe returns.
pub type Result<T = (), E = anyhow::Error> = std::result::Result<T, E>;

/// Where a recipe plays: its clock, its lanes and its narrator's voice.
///
/// Cheap to clone; every clone is the same stage.
#[derive(Clone)]
pub struct Stage {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    seed: u64,
    /// The run's first moment; every event's time counts from here.
    origin: Instant,
    state: Arc<Mutex<State>>,
}

impl Stage {
    /// A stage whose first moment is now. Call it inside the runtime of `clock`.
    pub(crate) fn new(clock: Clock, seed: u64, state: Arc<Mutex<State>>) -> Self {
        let shared = Shared {
            clock,
            seed,
            origin: Instant::now(),
            state,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Opens a row of the timeline: a worker, a request, a thread.
    pub fn lane(&self, name: impl Display) -> Lane {
        let mut state = self.state();
        let name = Arc::<str>::from(state.written(&name));
        let id = state.waits.open(Arc::clone(&name));
        state.sink.lane(LaneRef { id, name: &name });
        drop(state);
        Lane::new(self.clone(), name, id)
    }

    /// The narrator's line: `icon text`, in no lane.
    #[track_caller]
    pub fn say(&self, icon: &str, text: impl Display) {
        self.line(None, Location::caller(), icon, &text);
    }

    /// The narrator waits until another task acts. Waiting for tasks to end
    /// needs no such words: they have lanes of their own.
    #[track_caller]
    pub fn waits_for<F: Future>(
        &self,
        what: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let at = Location::caller();
        Drawn::boxed(self.clone(), Bar::Waits, what, at, future)
    }

    /// The narrator does something that ends by itself, such as a sleep.
    #[track_caller]
    pub fn works_on<F: Future>(
        &self,
        what: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let at = Location::caller();
        Drawn::boxed(self.clone(), Bar::Works, what, at, future)
    }

    /// Draws that depend on the seed alone.
    pub fn rng(&self) -> Rng {
        random::rng(self.shared.seed, "")
    }

    /// Which clock the run keeps, for a recipe that treats them differently.
    pub fn clock(&self) -> Clock {
        self.shared.clock
    }

    /// Time since the run's first moment.
    pub fn elapsed(&self) -> Duration {
        self.shared.origin.elapsed()
    }

    /// Blocks the runtime's own thread, as a call that forgot to be async does:
    /// time passes and no other task runs.
    pub fn block(&self, time: Duration) {
        match self.shared.clock {
            Clock::Real => {
                self.state().flush();
                clock::sleep_thread(time);
            }
            // Time moves at the first poll; the rest of the future would only
            // let other tasks run.
            Clock::Virtual => drop(tokio::time::advance(time).now_or_never()),
        }
    }

    /// Ends the run: it cannot go on.
    pub fn fail(&self, error: anyhow::Error) {
        self.state().fail(error);
    }

    /// Ends when something failed that no task can mend.
    pub(crate) async fn failure(&self) -> anyhow::Error {
        let failed = Arc::clone(&self.state().failed);
        loop {
            if let Some(error) = self.state().failure.take() {
                return error;
            }
            failed.notified().await;
        }
    }

    /// Ends when nobody can move any more, with who waits for what.
    pub(crate) async fn deadlock(&self) -> String {
        deadlock::detect(self.shared.clock, &self.shared.state).await
    }

    /// Delivers all lines and hears no more of them.
    ///
    /// # Errors
    ///
    /// When the last lines cannot be delivered.
    pub(crate) fn close(&self) -> anyhow::Result<()> {
        let mut state = self.state();
        state.closed = true;
        state.flush();
        state.failure.take().map_or(Ok(()), Err)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }

    /// Says one line, for a lane or for the narrator.
    fn line(&self, lane: Option<&Lane>, at: &Location<'_>, icon: &str, text: &dyn Display) {
        let mut state = self.state();
        state.written(text);
        let text = std::mem::take(&mut state.text);
        self.emit(&mut state, lane, at, Kind::Line { icon, text: &text });
        state.text = text;
    }

    /// A bar begins, for a lane or for the narrator. Returns its number.
    fn begin(&self, lane: Option<&Lane>, at: &Location<'_>, bar: Bar, what: &'static str) -> u32 {
        let mut state = self.state();
        let wait = state.bars;
        state.bars = wait.wrapping_add(1);
        let kind = Kind::Begin {
            wait,
            span: bar.span(),
            what: What::Named(what),
            op: "",
        };
        self.draw(&mut state, lane, at, kind);
        state.waits.begin(lane.map(Lane::id), bar, what);
        wait
    }

    /// It ends: it is done, or was dropped.
    fn end(&self, lane: Option<&Lane>, at: &Location<'_>, bar: Bar, (wait, done): (u32, bool)) {
        let mut state = self.state();
        state.waits.end(lane.map(Lane::id), bar);
        let by = Waker::Outside;
        self.draw(&mut state, lane, at, Kind::Over { wait, done, by });
    }

    fn draw(&self, state: &mut State, lane: Option<&Lane>, at: &Location<'_>, kind: Kind<&str>) {
        if state.wants_bars {
            self.emit(state, lane, at, kind);
        }
    }

    fn emit(&self, state: &mut State, lane: Option<&Lane>, at: &Location<'_>, kind: Kind<&str>) {
        if state.closed || state.failure.is_some() {
            return;
        }
        state.waits.sign_of_life();
        let event = Event {
            t: self.elapsed(),
            lane: lane.map(|lane| LaneRef {
                id: lane.id(),
                name: lane.name(),
            }),
            at: Place {
                file: repository_path(at.file()),
                line: at.line(),
            },
            kind,
        };
        let mut delivered = state.sink.event(&event);
        if delivered.is_ok() && threads::is_foreign() {
            // The runtime flushes when it goes idle, and does not notice that
            // another thread has spoken.
            delivered = state.sink.flush();
        }
        if let Err(error) = delivered {
            state.cannot_write(error);
        }
    }
}

/// The compiler names a recipe's file by way of `src/../demos`, and by an
/// absolute path where cargo installs from a registry.
fn repository_path(file: &str) -> &str {
    // Searching is dearer than all else that a line takes.
    file.strip_prefix("src/../")
        .or_else(|| file.rsplit_once("/../").map(|(_, path)| path))
        .unwrap_or(file)
}
