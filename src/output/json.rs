//! The log as JSON, one object a line, for programs to read.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::text::Stamp;
use crate::book;
use crate::recording::form::seconds;
use crate::recording::json::to_writer;
use crate::recording::{Event, Header, Kind, Phase, Sink, Span};

/// What the rows of lines and bars have in common.
#[derive(Serialize)]
struct Row<'a, K> {
    /// Seconds since the run's first moment, six decimals at most.
    t: f64,
    /// The time of day.
    time: &'a str,
    /// `null` is the narrator.
    lane: Option<&'a str>,
    #[serde(flatten)]
    kind: K,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct LineOf<'a> {
    icon: Option<&'a str>,
    text: &'a str,
}

#[derive(Serialize)]
struct BarOf<'a> {
    span: Span,
    what: &'a str,
    phase: Phase,
}

/// Writes each event as a JSON object on a line of its own.
pub struct Json<W> {
    out: W,
    stamp: Stamp,
    bars: bool,
    notes: bool,
    row: Vec<u8>,
}

impl<W: Write> Json<W> {
    /// Lines alone, on `out`; `start` is the time of day at the first moment.
    pub fn new(out: W, start: Duration) -> Self {
        Self {
            out,
            stamp: Stamp::new(start),
            bars: false,
            notes: false,
            row: Vec::new(),
        }
    }

    /// Adds each line's note where its source has one.
    #[must_use]
    pub fn with_notes(mut self) -> Self {
        self.notes = true;
        self
    }

    /// Adds the bars, after a first line that says what is run.
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn with_bars(mut self, header: &Header) -> io::Result<Self> {
        self.bars = true;
        to_writer(&mut self.row, header)?;
        self.end_row()?;
        Ok(self)
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.row.push(b'\n');
        self.out.write_all(&self.row)?;
        self.row.clear();
        Ok(())
    }

    fn row(&mut self, event: &Event<'_>, kind: impl Serialize) -> io::Result<()> {
        let row = Row {
            t: seconds(event.t),
            time: self.stamp.at(event.t),
            lane: event.lane.map(|lane| lane.name),
            kind,
            at: format!("{}:{}", event.at.file, event.at.line),
            note: self.notes.then(|| book::note(event.at)).flatten(),
        };
        to_writer(&mut self.row, &row)?;
        self.end_row()
    }
}

impl<W: Write + Send> Sink for Json<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event.kind {
            Kind::Line { icon, text } => {
                let icon = Some(icon).filter(|icon| !icon.is_empty());
                self.row(event, LineOf { icon, text })
            }
            Kind::Bar { span, phase, what } => self.row(event, BarOf { span, what, phase }),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn wants_bars(&self) -> bool {
        self.bars
    }
}
