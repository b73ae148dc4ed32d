//! Recording what a program does.
//!
//! A [`Recorder`] is entered, a runtime is built, the program runs, and the
//! recorder gives a [`Recording`]: tasks, resources, and every [`Event`].

mod context;
mod deadlock;
mod event;
mod list;
mod log;
mod names;
mod quick;
mod recorder;
mod recording;
mod run;
mod schedule;
mod thread;

use std::borrow::Cow;
use std::io;
use std::time::Duration;

pub use context::Entered;
pub use deadlock::{Deadlock, Stuck};
pub use event::{
    End, Event, Op, PlaceId, ResourceId, Target, TaskId, WaitId, WaitsFor, Waker, What, WokenBy,
};
pub use list::List;
pub use log::{Events, Iter};
pub use recorder::Recorder;
pub use recording::{Place, Recording, Resource, Task, TaskKind};
pub use run::{Ending, run};
pub use thread::sleep_thread;

#[doc(hidden)] // For `select!`.
pub use context::choose;
pub(crate) use context::{
    ChoiceKey, Running, actor, begun, branch, choice, ended, leave_choice, may_put_off,
    note_pending, observe_everywhere, observing, task, with, yields,
};
pub(crate) use recorder::{OpenWait, Poll};
pub(crate) use thread::{block_on, run_closure, spawn_thread, takes_turns};

/// How a run is observed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much is taken down.
    pub level: Level,
    /// Whether the run is on tokio's paused clock, where sleeps take no time.
    pub virtual_clock: bool,
    /// Which legal order the tasks run in; 0 is tokio's own.
    pub schedule: u64,
    /// How late a spawned task may begin at most in an order other than tokio's
    /// own, as it does where all threads are busy. On the virtual clock, on which
    /// work takes no time, this is what brings tasks out of step. The runtime
    /// needs its timers.
    pub late: Duration,
    /// What the branches of an unbiased `select!` are drawn from.
    pub seed: u64,
    /// So many bytes of memory a recording may take. When they are used up, no
    /// more events are kept, and [`Recording::cut_short`] says so; the run goes on.
    pub memory: usize,
    /// The text of a source file, where the program has it: names of resources
    /// are read from it. The default looks for the file below the current
    /// directory and those above it.
    pub source: fn(&str) -> Option<Cow<'static, str>>,
    /// How a source file is named, which the compiler gives as it sees it.
    pub file_name: fn(&'static str) -> &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::Everything,
            virtual_clock: true,
            schedule: 0,
            late: Duration::ZERO,
            seed: 0,
            memory: 1 << 30,
            source: names::source_file,
            file_name: |file| file,
        }
    }
}

impl Options {
    /// What the environment asks for: `OBSERVED_TOKIO` is `waits` or
    /// `everything`, and `OBSERVED_TOKIO_SCHEDULE` a number.
    fn from_env() -> Option<Self> {
        let level = match std::env::var("OBSERVED_TOKIO").ok()?.as_str() {
            "waits" => Level::Waits,
            "everything" => Level::Everything,
            _ => return None,
        };
        let schedule = std::env::var("OBSERVED_TOKIO_SCHEDULE");
        let schedule = schedule
            .ok()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0);
        Some(Self {
            level,
            schedule,
            virtual_clock: false,
            ..Self::default()
        })
    }
}

/// How much is taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Printed lines.
    Lines,
    /// Also which tasks there are, and who waits for what now: what the report
    /// of a deadlock needs.
    Waits,
    /// Also every event.
    Everything,
}

/// A line that the program printed.
pub struct Line<'a> {
    /// When, on the run's clock.
    pub t: Duration,
    /// The task that printed it.
    pub task: TaskId,
    /// The task's name.
    pub name: &'a dyn Fn() -> Cow<'a, str>,
    /// The source file.
    pub file: &'a str,
    /// The source line.
    pub line: u32,
    /// The text, without its line break.
    pub text: &'a str,
}

/// Takes what happens, as it happens.
pub trait Sink: Send {
    /// Takes a line.
    ///
    /// # Errors
    ///
    /// When it cannot be delivered; the run then ends.
    fn line(&mut self, line: &Line<'_>) -> io::Result<()>;

    /// Takes an event, at [`Level::Everything`]. The recording has the names.
    ///
    /// # Errors
    ///
    /// As for [`Sink::line`].
    fn event(&mut self, _event: &Event, _recording: &Recording) -> io::Result<()> {
        Ok(())
    }

    /// The runtime has nothing to do: what was held back is due.
    ///
    /// # Errors
    ///
    /// As for [`Sink::line`].
    fn idle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes everything and keeps nothing.
impl Sink for () {
    fn line(&mut self, _: &Line<'_>) -> io::Result<()> {
        Ok(())
    }
}
