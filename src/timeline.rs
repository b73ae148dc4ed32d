//! A recording as rows of bars and lines: what every picture of it is made of.
//! It is worked out once, so that the timeline can be looked at from any moment
//! for what it shows.

mod bars;
mod row;
mod words;

use std::borrow::Borrow;
use std::time::Duration;

use crate::recording::{Failure, Kind, Place, Recording};

pub use bars::Bar;
use bars::Blocked;
pub use row::{Piece, Row};

/// A recording, its lines, its rows and their bars.
#[derive(Debug)]
pub struct Timeline<R = Recording> {
    recording: R,
    lines: Vec<Said>,
    rows: Vec<Row>,
    bars: Vec<Bar>,
    blocked: Vec<Blocked>,
    axis_end: Duration,
}

/// Which event a line is, and in which row it stands.
#[derive(Clone, Copy, Debug)]
struct Said {
    event: usize,
    row: usize,
}

/// A line of the log.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// When it was printed.
    pub t: Duration,
    /// The task's number; `None` is the main task.
    pub lane: Option<u32>,
    /// Its row.
    pub row: usize,
    /// One emoji, or nothing.
    pub icon: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The source line that printed it.
    pub at: Place<'a>,
    /// The number of its event.
    pub event: usize,
}

impl<R: Borrow<Recording>> Timeline<R> {
    /// Looks through a recording once.
    pub fn new(recording: R) -> Self {
        let source = recording.borrow();
        let (bars, blocked) = bars::bars(source);
        let main = |lane: Option<u32>| lane.is_none();
        let has_main = bars.iter().any(|bar| main(bar.lane))
            || source.events().any(|event| {
                event.lane.is_none() && matches!(event.kind, Kind::Line { .. } | Kind::Ended(_))
            });
        let lanes = (0..).take(source.lanes().len()).map(Some);
        let row = |lane| Row {
            lane,
            ..Row::default()
        };
        let rows = has_main.then_some(None).into_iter().chain(lanes).map(row);
        let mut rows: Vec<Row> = rows.collect();
        let row_of = |lane: Option<u32>| lane.map_or(0, |id| id as usize + usize::from(has_main));
        let mut lines = Vec::new();
        for (number, event) in source.events().enumerate() {
            let row = row_of(event.lane.map(|lane| lane.id));
            match event.kind {
                Kind::Line { .. } => {
                    rows[row].lines.push(lines.len());
                    lines.push(Said { event: number, row });
                }
                Kind::Ended(end) => rows[row].end = Some((end, event.t, number)),
                _ => {}
            }
        }
        for (index, bar) in bars.iter().enumerate() {
            rows[row_of(bar.lane)].bars.push(index);
        }
        for row in &mut rows {
            row.lay_out(&bars);
        }
        let mut axis_end = source.end();
        if bars.iter().any(|bar| bar.ended.is_none()) {
            axis_end += (axis_end / 12).max(Duration::from_millis(1));
        }
        Self {
            recording,
            lines,
            rows,
            bars,
            blocked,
            axis_end,
        }
    }

    /// The recording itself.
    pub fn recording(&self) -> &Recording {
        self.recording.borrow()
    }

    /// Why the run ended before its last line.
    pub fn failure(&self) -> Option<&Failure> {
        self.recording().ending.as_ref()
    }

    /// When the last event happened.
    pub fn end(&self) -> Duration {
        self.recording().end()
    }

    /// When an axis ends: with the last event, or a little later where bars go
    /// on beyond it.
    pub fn axis_end(&self) -> Duration {
        self.axis_end
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line was printed.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// When each line is printed.
    pub fn steps(&self) -> Vec<Duration> {
        self.lines().map(|line| line.t).collect()
    }

    /// The line of that number, from 0.
    pub fn line(&self, number: usize) -> Option<Line<'_>> {
        let Said { event, row } = *self.lines.get(number)?;
        let happened = self.recording().nth(event)?;
        let Kind::Line { icon, text } = happened.kind else {
            return None;
        };
        Some(Line {
            t: happened.t,
            lane: happened.lane.map(|lane| lane.id),
            row,
            icon,
            text,
            at: happened.at,
            event,
        })
    }

    /// All lines, in the order of the log.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|number| self.line(number))
    }

    /// The rows: the main task's, if it prints or does anything, then a row for
    /// each task.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A row's name.
    pub fn name(&self, row: &Row) -> &str {
        self.recording().name(row.lane)
    }

    /// All bars of a row, in the order in which they begin; they may overlap.
    pub fn bars(&self, row: &Row) -> impl Iterator<Item = &Bar> {
        row.bars.iter().map(|index| &self.bars[*index])
    }

    /// All bars, likewise.
    pub fn all_bars(&self) -> &[Bar] {
        &self.bars
    }

    /// What a row shows in the end, without moments that have no length. A bar
    /// that goes on beyond the recording lasts to the end of the axis.
    pub fn pieces(&self, row: &Row) -> impl Iterator<Item = Piece> {
        let end = self.axis_end();
        self.pieces_of(&row.changes, end)
    }

    /// What a row shows when `shown` lines have been printed and it is `now`.
    pub fn pieces_until(
        &self,
        row: &Row,
        shown: usize,
        now: Duration,
    ) -> impl Iterator<Item = Piece> {
        self.pieces_of(self.changes(row, shown, now), now)
    }

    fn pieces_of(&self, changes: &[row::Change], end: Duration) -> impl Iterator<Item = Piece> {
        changes.iter().enumerate().filter_map(move |(nth, change)| {
            let bar = self.bars[change.bar?];
            let to = changes.get(nth + 1).map_or(end, |next| next.t);
            let from = change.t;
            (from < to).then_some(Piece { bar, from, to })
        })
    }

    /// What a row does at that moment.
    pub fn doing(&self, row: &Row, shown: usize, now: Duration) -> Option<&Bar> {
        let change = self.changes(row, shown, now).last()?;
        Some(&self.bars[change.bar?])
    }

    /// Whether a row's task has ended at that moment.
    pub fn has_ended(&self, row: &Row, shown: usize, now: Duration) -> bool {
        let next = self.next(shown);
        row.end
            .is_some_and(|(_, t, event)| t <= now && event < next)
    }

    /// Of the events of one instant, those count that came before the next line.
    fn changes<'a>(&self, row: &'a Row, shown: usize, now: Duration) -> &'a [row::Change] {
        let next = self.next(shown);
        let past = |change: &row::Change| change.t <= now && change.event < next;
        &row.changes[..row.changes.partition_point(past)]
    }

    fn next(&self, shown: usize) -> usize {
        self.lines.get(shown).map_or(usize::MAX, |said| said.event)
    }
}

#[cfg(test)]
pub(crate) mod tests;
