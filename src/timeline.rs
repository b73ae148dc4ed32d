//! A recording as rows of bars and lines: what every picture of it is made of.
//! It is worked out once, so that the timeline can be looked at from any moment
//! for what it shows.

mod bars;
mod row;

use std::borrow::Borrow;
use std::time::Duration;

use crate::recording::{Failure, Kind, Place, Recording, Span, Waker, What};

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

    /// What a task does in a bar, in words: "waits for semaphore permits".
    pub fn words(&self, bar: &Bar) -> String {
        let what = self.what(bar);
        match bar.span {
            Span::Running => "runs".to_owned(),
            Span::Sleeping if what.is_empty() => "sleeps".to_owned(),
            Span::Sleeping => format!("sleeps: {what}"),
            Span::Task | Span::Resource => format!("waits for {what}"),
            Span::Blocking => "blocks the other tasks".to_owned(),
            Span::Starved => format!("cannot run, because {what} blocks the thread"),
        }
    }

    /// What a bar is about: the task or the resource that is waited for, or who
    /// blocks the thread.
    pub fn what(&self, bar: &Bar) -> String {
        let recording = self.recording();
        if bar.span == Span::Starved {
            let by = self.blocked.get(bar.source).map_or(&[][..], |it| &it.by);
            let names = by.iter().take(NAMED).map(|lane| recording.name(*lane));
            let more = if by.len() > NAMED { ", …" } else { "" };
            return names.collect::<Vec<_>>().join(", ") + more;
        }
        match recording.nth(bar.source).map(|event| event.kind) {
            Some(Kind::Begin { what, .. }) => match what {
                What::Nothing => String::new(),
                What::Task(lane) => recording.name(Some(lane)).to_owned(),
                What::Resource(id) => {
                    let name = recording.resources().get(id as usize);
                    name.map_or_else(String::new, ToString::to_string)
                }
                What::Named(name) => name.to_owned(),
            },
            _ => String::new(),
        }
    }

    /// What ended a wait, in words, where that is known: "file-0 releases it".
    pub fn wakes(&self, bar: &Bar) -> Option<String> {
        if bar.span == Span::Starved {
            return None;
        }
        let Kind::Begin { what, op, .. } = self.recording().nth(bar.source)?.kind else {
            return None;
        };
        let who = match bar.by {
            _ if matches!(what, What::Task(_)) => return None, // It was waited for.
            Waker::Outside => return None,
            Waker::Main => self.recording().name(None),
            Waker::Lane(lane) => self.recording().name(Some(lane)),
        };
        let does = match op {
            "acquire" | "lock" | "read" | "write" => "releases it",
            "join" => "ends",
            "receive" => "sends",
            "send" => "receives",
            _ => "wakes it",
        };
        Some(format!("{who} {does}"))
    }

    /// The source line that a bar begins at.
    pub fn at(&self, bar: &Bar) -> Place<'_> {
        let source = if bar.span == Span::Starved {
            bar.begun
        } else {
            bar.source
        };
        let event = self.recording().nth(source);
        event.map_or_else(Place::default, |event| event.at)
    }
}

/// So many of the tasks that block the thread are named.
const NAMED: usize = 3;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::recording::{Event, LaneRef, Sink as _};

    pub fn begin(wait: u32, span: Span) -> Kind<&'static str> {
        let (what, op) = (What::Named("a permit"), "");
        Kind::Begin {
            wait,
            span,
            what,
            op,
        }
    }

    pub fn over(wait: u32) -> Kind<&'static str> {
        let (done, by) = (true, Waker::Outside);
        Kind::Over { wait, done, by }
    }

    /// Events: when in milliseconds, of which task.
    pub fn recording(events: &[(u64, u32, Kind<&str>)]) -> Recording {
        let mut recording = Recording::default();
        for &(millis, id, kind) in events {
            let event = Event {
                t: Duration::from_millis(millis),
                lane: Some(LaneRef { id, name: "lane" }),
                at: Place::default(),
                kind,
            };
            recording.event(&event).expect("it only keeps them");
        }
        recording
    }

    /// A timeline of lines: when in milliseconds, of which task, with which text.
    pub fn spoken<'a>(lines: &[(u64, u32, &'a str)]) -> Timeline {
        let line = |(t, id, text): &(u64, u32, &'a str)| {
            let icon = "";
            (*t, *id, Kind::Line { icon, text: *text })
        };
        Timeline::new(recording(&lines.iter().map(line).collect::<Vec<_>>()))
    }

    #[test]
    fn of_bars_that_overlap_the_one_shows_that_says_most() {
        let run = recording(&[
            (0, 0, begin(0, Span::Sleeping)),
            (10, 0, begin(1, Span::Resource)),
            (20, 0, begin(2, Span::Sleeping)),
            (30, 0, over(1)),
            (40, 0, over(0)),
            (50, 0, over(2)),
        ]);
        let timeline = Timeline::new(&run);
        let row = &timeline.rows()[0];
        let shown = |now| {
            let pieces = timeline.pieces_until(row, 0, Duration::from_millis(now));
            let pieces = pieces.map(|it| (it.bar.span, it.from.as_millis(), it.to.as_millis()));
            pieces.collect::<Vec<_>>()
        };
        let (sleeping, resource) = (Span::Sleeping, Span::Resource);
        assert_eq!(shown(20), [(sleeping, 0, 10), (resource, 10, 20)]);
        assert_eq!(
            shown(99),
            [(sleeping, 0, 10), (resource, 10, 30), (sleeping, 30, 50)]
        );
        let doing = |now| timeline.doing(row, 0, Duration::from_millis(now));
        let words = doing(20).map(|bar| timeline.words(bar));
        assert_eq!(words.as_deref(), Some("waits for a permit"));
        assert_eq!(doing(50), None);
    }

    #[test]
    fn a_task_that_does_nothing_has_a_row() {
        let line = Kind::Line { icon: "", text: "" };
        let run = recording(&[(0, 2, line)]);
        let timeline = Timeline::new(&run);
        let lanes: Vec<_> = timeline.rows().iter().map(|row| row.lane).collect();
        assert_eq!(lanes, [Some(0), Some(1), Some(2)]);
        assert_eq!(timeline.line(0).map(|line| line.row), Some(2));
    }
}
