//! The log as JSON, one object a line, for programs to read.

use std::io::{self, Write};
use std::time::Duration;

use super::text::Stamp;
use crate::book;
use crate::recording::form::{self, Row};
use crate::recording::json::to_writer;
use crate::recording::{Detail, Event, Failure, Kind, RunSpec, Sink};

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

    /// Adds all other events, after a first line that says what is run; the last
    /// line says how that ended.
    ///
    /// # Errors
    ///
    /// When the header cannot be written.
    pub fn with_bars(mut self, spec: &RunSpec) -> io::Result<Self> {
        self.bars = true;
        self.row.extend(form::head(spec)?.into_bytes());
        self.end_row()?;
        Ok(self)
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.row.push(b'\n');
        self.out.write_all(&self.row)?;
        self.row.clear();
        Ok(())
    }
}

impl<W: Write + Send> Sink for Json<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if !self.bars && !matches!(event.kind, Kind::Line { .. }) {
            return Ok(());
        }
        let mut row = Row::new(event, event.lane.map(|lane| lane.name));
        // The number tells tasks of one name apart.
        row.id = event.lane.map(|lane| lane.id).filter(|_| self.bars);
        row.note = self.notes.then(|| book::note(event.at)).flatten();
        row.time = Some(self.stamp.at(event.t));
        to_writer(&mut self.row, &row)?;
        self.end_row()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn ended(&mut self, t: Duration, why: Option<&Failure>) -> io::Result<()> {
        if self.bars {
            let row = Row::<Option<&str>>::ending(t, why.map(ToString::to_string));
            to_writer(&mut self.row, &row)?;
            self.end_row()?;
            self.out.flush()?;
        }
        Ok(())
    }

    fn detail(&self) -> Detail {
        if self.bars {
            Detail::Everything
        } else {
            Detail::Names
        }
    }
}
