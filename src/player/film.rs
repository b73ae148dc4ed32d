//! A recording made ready to be looked at from any moment: what each lane did
//! when is worked out once, so that a frame costs what it shows.

mod row;

use std::time::Duration;

use crate::recording::{Event, Failure, Kind, NARRATOR, Place, Recording, Span, bars};

use row::Change;
pub use row::{Bar, Row};

/// A recording, its lines and its rows.
#[derive(Debug, Default)]
pub struct Film {
    recording: Recording,
    lines: Vec<Said>,
    rows: Vec<Row>,
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
    /// When it was said.
    pub t: Duration,
    /// The lane's number; `None` is the narrator.
    pub lane: Option<u32>,
    /// Its row in the timeline.
    pub row: usize,
    /// One emoji, or nothing.
    pub icon: &'a str,
    /// What it says.
    pub text: &'a str,
    /// Who said it.
    pub at: Place<'a>,
}

impl Film {
    /// Looks through a recording once.
    pub fn new(recording: Recording) -> Self {
        // A lane of which nothing is known has no row.
        let mut heard = vec![false; recording.lanes().len()];
        let mut narrator_heard = false;
        for event in recording.events() {
            match event.lane {
                Some(lane) => heard[lane.id as usize] = true,
                None => narrator_heard = true,
            }
        }
        let mut rows = Vec::new();
        if narrator_heard {
            rows.push(Row {
                name: NARRATOR.to_owned(),
                ..Row::default()
            });
        }
        let mut row_of = Vec::new();
        for ((id, name), heard) in (0..).zip(recording.lanes()).zip(heard) {
            row_of.push(rows.len());
            if heard {
                rows.push(Row {
                    name: name.clone(),
                    lane: Some(id),
                    ..Row::default()
                });
            }
        }
        let row_of = |lane: Option<u32>| lane.map_or(0, |id| row_of[id as usize]);
        let mut lines = Vec::new();
        for (number, event) in recording.events().enumerate() {
            if let Kind::Line { .. } = event.kind {
                let row = row_of(event.lane.map(|lane| lane.id));
                rows[row].lines.push(lines.len());
                lines.push(Said { event: number, row });
            }
        }
        let bars = bars::bars(&recording);
        let ends = |(number, bar): (usize, &bars::Bar<'_>)| {
            let events = [Some(bar.begun), bar.ended];
            events.map(|event| event.map(|event| (event, number)))
        };
        let mut ends: Vec<_> = bars.iter().enumerate().flat_map(ends).flatten().collect();
        ends.sort_unstable();
        // Bars may lie within each other; the innermost one shows. One that
        // has ended stays in the stack until it is the innermost.
        let mut open = vec![Vec::new(); rows.len()];
        let mut ended = vec![false; bars.len()];
        for (event, number) in ends {
            let bar = &bars[number];
            let row = row_of(bar.lane);
            let open: &mut Vec<usize> = &mut open[row];
            let t = if event == bar.begun {
                open.push(number);
                bar.from
            } else {
                ended[number] = true;
                while open.pop_if(|inner| ended[*inner]).is_some() {}
                bar.to
            };
            let doing = open
                .last()
                .map(|inner| (bars[*inner].span, bars[*inner].begun));
            rows[row].changes.push(Change { event, t, doing });
        }
        Self {
            recording,
            lines,
            rows,
        }
    }

    /// The recording itself.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Why the run ended before its last line.
    pub fn failure(&self) -> Option<&Failure> {
        self.recording.ending.as_ref()
    }

    /// When the last event happened.
    pub fn end(&self) -> Duration {
        self.recording.end()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nobody says anything.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// When each line is said.
    pub fn steps(&self) -> Vec<Duration> {
        let times = (0..self.len()).filter_map(|number| self.line(number));
        times.map(|line| line.t).collect()
    }

    /// The line of that number, from 0.
    pub fn line(&self, number: usize) -> Option<Line<'_>> {
        let said = self.lines.get(number)?;
        let event: Event<'_> = self.recording.nth(said.event)?;
        let Kind::Line { icon, text } = event.kind else {
            return None;
        };
        Some(Line {
            t: event.t,
            lane: event.lane.map(|lane| lane.id),
            row: said.row,
            icon,
            text,
            at: event.at,
        })
    }

    /// The timeline's rows: the narrator's, if it speaks, and one for each lane.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What a row has done when `shown` lines have been said and it is `now`,
    /// moments without length left out.
    pub fn bars<'a>(
        &'a self,
        row: &'a Row,
        shown: usize,
        now: Duration,
    ) -> impl Iterator<Item = Bar> + 'a {
        let changes = self.changes(row, shown, now);
        changes.iter().enumerate().filter_map(move |(nth, change)| {
            let (span, _) = change.doing?;
            let to = changes.get(nth + 1).map_or(now, |next| next.t);
            let from = change.t;
            (from < to).then_some(Bar { span, from, to })
        })
    }

    /// What a row does at that moment, and how the recipe calls it.
    pub fn doing(&self, row: &Row, shown: usize, now: Duration) -> Option<(Span, &str)> {
        let (span, begun) = self.changes(row, shown, now).last()?.doing?;
        match self.recording.nth(begun)?.kind {
            Kind::Bar { what, .. } => Some((span, what)),
            Kind::Line { .. } => None,
        }
    }

    /// Of the events of one instant, those count that came before the next line.
    fn changes<'a>(&self, row: &'a Row, shown: usize, now: Duration) -> &'a [Change] {
        let next = self.lines.get(shown).map_or(usize::MAX, |said| said.event);
        let past = |change: &Change| change.t <= now && change.event < next;
        &row.changes[..row.changes.partition_point(past)]
    }
}

/// A film of lines: when in milliseconds, in which lane, with which text.
#[cfg(test)]
pub fn spoken(lines: &[(u64, u32, &str)]) -> Film {
    let kind = |text| Kind::Line { icon: "", text };
    happened(lines.iter().map(|(t, id, text)| (*t, *id, kind(text))))
}

#[cfg(test)]
fn happened<'a>(events: impl Iterator<Item = (u64, u32, Kind<'a>)>) -> Film {
    use crate::recording::{LaneRef, Sink as _};

    let mut recording = Recording::default();
    for (millis, id, kind) in events {
        let event = Event {
            t: Duration::from_millis(millis),
            lane: Some(LaneRef { id, name: "lane" }),
            at: Place { file: "", line: 1 },
            kind,
        };
        recording.event(&event).expect("cannot fail");
    }
    Film::new(recording)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_lane_has_no_row() {
        let film = spoken(&[(0, 3, "a"), (5, 1, "b")]);
        let lanes: Vec<_> = film.rows().iter().map(|row| row.lane).collect();
        assert_eq!(lanes, [Some(1), Some(3)]);
        assert_eq!(film.line(0).map(|line| line.row), Some(1));
    }

    #[test]
    fn bars_within_bars_give_way_and_come_back() {
        use crate::recording::Phase::{Begin, End};
        let bar = |span, phase, what| Kind::Bar { span, phase, what };
        let events = [
            (0, bar(Span::Work, Begin, "all")),
            (10, bar(Span::Wait, Begin, "a permit")),
            (30, bar(Span::Wait, End, "a permit")),
            (40, bar(Span::Work, End, "all")),
        ];
        let film = happened(events.into_iter().map(|(t, kind)| (t, 0, kind)));
        let ms = Duration::from_millis;
        let bars = |now| {
            let bars = film.bars(&film.rows()[0], 0, now);
            bars.map(|bar| (bar.span, bar.to)).collect::<Vec<_>>()
        };
        assert_eq!(bars(ms(20)), [(Span::Work, ms(10)), (Span::Wait, ms(20))]);
        assert_eq!(
            bars(ms(99)),
            [
                (Span::Work, ms(10)),
                (Span::Wait, ms(30)),
                (Span::Work, ms(40))
            ]
        );
        let doing = |now| film.doing(&film.rows()[0], 0, now);
        assert_eq!(doing(ms(20)), Some((Span::Wait, "a permit")));
        assert_eq!(doing(ms(40)), None);
    }
}
