//! What happened in a run, as plain data: [`Event`] is one thing that
//! happened, a [`Sink`] takes them one by one, [`Recording`] keeps them all.
//!
//! Nothing here knows tokio, a terminal or a file. Times are exact and count
//! from the run's first moment; a view rounds them when it prints.
//!
//! [`form`] is the recording as a JSON document, [`json`] is how JSON is
//! written; [`timeline`](crate::timeline) makes rows and bars of a recording.

mod event;
mod failure;
pub mod form;
pub mod json;
mod sinks;

use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use event::{End, Event, Kind, LaneRef, Place, Span, TaskKind, Waker, What};
pub use failure::Failure;
pub(crate) use sinks::Shifted;

/// What views and reports call the main task.
pub const NARRATOR: &str = "main";

/// Takes a run's events as they happen.
pub trait Sink: Send {
    /// Learns of a task before anything happens to it, or of its new name.
    fn lane(&mut self, _lane: LaneRef<'_>) {}

    /// Takes one event. Times never run back.
    ///
    /// # Errors
    ///
    /// When the event cannot be delivered; the run then ends.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;

    /// Delivers what was held back. Called when the run has nothing to do.
    ///
    /// # Errors
    ///
    /// As for [`Sink::event`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The run has ended, and why before its last line.
    ///
    /// # Errors
    ///
    /// As for [`Sink::event`].
    fn ended(&mut self, _t: Duration, _why: Option<&Failure>) -> io::Result<()> {
        Ok(())
    }

    /// What this sink takes of a run.
    fn detail(&self) -> Detail {
        Detail::Names
    }
}

/// How much of a run a sink takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Lines; which task printed them does not matter.
    Lines,
    /// Lines, and the names of the tasks that print them.
    Names,
    /// Everything that happens.
    Everything,
}

/// Which run it is: what a recording's head tells, what the player asks for, and
/// the title of what is exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSpec {
    /// The recipe's name.
    pub recipe: String,
    /// The recipe's own options, as they were typed.
    pub options: Vec<String>,
    /// What the draws start from.
    pub seed: u64,
    /// `real` or `virtual`.
    pub clock: String,
    /// Which legal order the tasks run in; 0 is tokio's own.
    pub schedule: u64,
    /// The time of day at the run's first moment, since midnight.
    pub start: Duration,
}

/// A run's events, kept.
///
/// ```
/// use std::time::Duration;
/// use asyncdemo::recording::{Event, Kind, Place, Recording, Sink, form};
///
/// let mut recording = Recording::default();
/// recording.event(&Event {
///     t: Duration::from_millis(1500),
///     lane: None,
///     at: Place { file: "demos/lock.rs", line: 34 },
///     kind: Kind::Line { icon: "🔒", text: "locked" },
/// })?;
///
/// let document = form::write(&recording)?;
/// assert!(document.contains(r#""t":1.5,"lane":null,"icon":"🔒","text":"locked""#));
/// assert_eq!(form::read(&document)?, recording);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// What was run, as far as that is known.
    pub spec: RunSpec,
    /// Why the run ended before its last line; `None` if it did not.
    pub ending: Option<Failure>,
    /// The tasks' names, by their number.
    lanes: Vec<String>,
    /// The resources' names, by their number.
    resources: Vec<Box<str>>,
    entries: Vec<Entry>,
}

/// An [`Event`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    t: Duration,
    lane: Option<u32>,
    /// Shared with the entry before where it is the same: most runs have one file.
    file: Arc<str>,
    line: u32,
    kind: Kind<Box<str>>,
}

impl Recording {
    /// All events in the order in which they happened.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = Event<'_>> {
        self.entries.iter().map(|entry| self.borrowed(entry))
    }

    /// The event of that number, counted from 0.
    pub fn nth(&self, number: usize) -> Option<Event<'_>> {
        self.entries.get(number).map(|entry| self.borrowed(entry))
    }

    /// The number of the first event at that moment or later.
    pub(crate) fn first_at(&self, t: Duration) -> usize {
        self.entries.partition_point(|entry| entry.t < t)
    }

    /// The tasks' names, by their number.
    pub fn lanes(&self) -> &[String] {
        &self.lanes
    }

    /// The name of a task; `None` is the main task.
    pub fn name(&self, lane: Option<u32>) -> &str {
        let name = lane.map(|id| self.lanes.get(id as usize));
        name.map_or(NARRATOR, |name| name.map_or("", String::as_str))
    }

    /// The names of the resources, by their number.
    pub fn resources(&self) -> &[Box<str>] {
        &self.resources
    }

    /// When the last event happened.
    pub fn end(&self) -> Duration {
        self.entries.last().map_or(Duration::ZERO, |last| last.t)
    }

    fn name_resource(&mut self, resource: u32, name: &str) {
        let id = resource as usize;
        if self.resources.len() <= id {
            self.resources.resize(id + 1, Box::default());
        }
        self.resources[id] = Box::from(name);
    }

    fn shared(&self, file: &str) -> Arc<str> {
        match self.entries.last() {
            Some(last) if *last.file == *file => Arc::clone(&last.file),
            _ => Arc::from(file),
        }
    }

    fn borrowed<'a>(&'a self, entry: &'a Entry) -> Event<'a> {
        Event {
            t: entry.t,
            lane: entry.lane.map(|id| LaneRef {
                id,
                name: &self.lanes[id as usize],
            }),
            at: Place {
                file: &entry.file,
                line: entry.line,
            },
            kind: entry.kind.map(|text| &**text),
        }
    }

    /// The lines of the log: when, with which icon, which text.
    pub fn lines(&self) -> impl Iterator<Item = (Duration, &str, &str)> {
        self.events().filter_map(|event| match event.kind {
            Kind::Line { icon, text } => Some((event.t, icon, text)),
            _ => None,
        })
    }
}

impl Sink for Recording {
    fn lane(&mut self, lane: LaneRef<'_>) {
        let id = lane.id as usize;
        if self.lanes.len() <= id {
            self.lanes.resize(id + 1, String::new());
        }
        if self.lanes[id] != lane.name {
            lane.name.clone_into(&mut self.lanes[id]);
        }
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Some(lane) = event.lane {
            self.lane(lane);
        }
        if let Kind::Made { resource, name } = event.kind {
            self.name_resource(resource, name);
        }
        self.entries.push(Entry {
            t: to_the_microsecond(event.t),
            lane: event.lane.map(|lane| lane.id),
            file: self.shared(event.at.file),
            line: event.at.line,
            kind: match event.kind {
                Kind::Ran(took) => Kind::Ran(to_the_microsecond(took)),
                kind => kind.map(|text| Box::from(*text)),
            },
        });
        Ok(())
    }

    fn detail(&self) -> Detail {
        Detail::Everything
    }
}

/// What a recording keeps of a time, so that its document can be exact.
fn to_the_microsecond(t: Duration) -> Duration {
    Duration::new(t.as_secs(), t.subsec_micros() * 1000)
}
