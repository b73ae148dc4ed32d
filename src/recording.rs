//! What happened in a run, as plain data: [`Event`] is one thing that
//! happened, [`Sink`] is whoever wants to know, [`Recording`] keeps them all.
//!
//! Nothing here knows tokio, a terminal or a file. Times are exact and count
//! from the run's first moment; a view rounds them when it prints.
//!
//! [`bars`] makes intervals of a recording's events, [`form`] is the recording
//! as a JSON document, [`json`] is how JSON is written.

pub mod bars;
mod failure;
pub mod form;
pub mod json;
mod sinks;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use failure::Failure;
pub(crate) use sinks::Shifted;

/// What views and reports call the narrator.
pub const NARRATOR: &str = "main";

/// One thing that happened, borrowed from whoever holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Time since the run's first moment.
    pub t: Duration,
    /// The lane that it belongs to; `None` is the narrator.
    pub lane: Option<LaneRef<'a>>,
    /// The source line that made it.
    pub at: Place<'a>,
    /// What it was.
    pub kind: Kind<'a>,
}

/// A lane as events name it: a row of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneRef<'a> {
    /// Counts from 0 in the order in which lanes were opened.
    pub id: u32,
    /// What the recipe calls it.
    pub name: &'a str,
}

/// A line of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Path from the repository's root, such as `demos/lock.rs`.
    pub file: &'a str,
    /// Counts from 1.
    pub line: u32,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A line of the log.
    Line {
        /// One emoji, or nothing.
        icon: &'a str,
        /// The line without time and icon.
        text: &'a str,
    },
    /// One end of a bar in the timeline.
    Bar {
        /// What fills the bar.
        span: Span,
        /// Which end it is.
        phase: Phase,
        /// What is waited for or worked on.
        what: &'a str,
    },
}

/// What a lane does between two of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// It waits for somebody else.
    Wait,
    /// It does its own work.
    Work,
}

/// The two ends of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The bar starts.
    Begin,
    /// The bar is over, be it done or cancelled.
    End,
}

/// Takes a run's events as they happen.
pub trait Sink: Send {
    /// Learns of a lane before anything happens in it, if ever anything does.
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

    /// Whether this sink wants bars as well as lines.
    fn wants_bars(&self) -> bool {
        false
    }
}

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The recipe's name.
    pub recipe: String,
    /// The options as they were typed.
    pub options: Vec<String>,
    /// What the draws start from.
    pub seed: u64,
    /// `real` or `virtual`.
    pub clock: String,
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
    /// What was run, as far as its maker says so.
    pub header: Header,
    /// The time of day at the run's first moment, since midnight.
    pub start: Duration,
    /// Why the run ended before its last line; `None` if it did not.
    pub ending: Option<Failure>,
    /// The lanes' names, by their number.
    lanes: Vec<String>,
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
    kind: OwnedKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum OwnedKind {
    Line {
        icon: String,
        text: String,
    },
    Bar {
        span: Span,
        phase: Phase,
        what: String,
    },
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

    /// The lanes' names, by their number.
    pub fn lanes(&self) -> &[String] {
        &self.lanes
    }

    /// When the last event happened.
    pub fn end(&self) -> Duration {
        self.entries.last().map_or(Duration::ZERO, |last| last.t)
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
            kind: match &entry.kind {
                OwnedKind::Line { icon, text } => Kind::Line { icon, text },
                OwnedKind::Bar { span, phase, what } => Kind::Bar {
                    span: *span,
                    phase: *phase,
                    what,
                },
            },
        }
    }

    /// The lines of the log: when, with which icon, which text.
    pub fn lines(&self) -> impl Iterator<Item = (Duration, &str, &str)> {
        self.events().filter_map(|event| match event.kind {
            Kind::Line { icon, text } => Some((event.t, icon, text)),
            Kind::Bar { .. } => None,
        })
    }
}

impl Sink for Recording {
    fn lane(&mut self, lane: LaneRef<'_>) {
        let id = lane.id as usize;
        if self.lanes.len() <= id {
            self.lanes.resize(id + 1, String::new());
        }
        if self.lanes[id].is_empty() {
            lane.name.clone_into(&mut self.lanes[id]);
        }
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Some(lane) = event.lane {
            self.lane(lane);
        }
        self.entries.push(Entry {
            t: to_the_microsecond(event.t),
            lane: event.lane.map(|lane| lane.id),
            file: self.shared(event.at.file),
            line: event.at.line,
            kind: match event.kind {
                Kind::Line { icon, text } => OwnedKind::Line {
                    icon: icon.to_owned(),
                    text: text.to_owned(),
                },
                Kind::Bar { span, phase, what } => OwnedKind::Bar {
                    span,
                    phase,
                    what: what.to_owned(),
                },
            },
        });
        Ok(())
    }

    fn wants_bars(&self) -> bool {
        true
    }
}

/// What a recording keeps of a time, so that its document can be exact.
fn to_the_microsecond(t: Duration) -> Duration {
    Duration::new(t.as_secs(), t.subsec_micros() * 1000)
}
