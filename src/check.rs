//! Somebody's output against an expected log: the same texts in the same
//! order, where lines of one instant may come in any order.
//!
//! A program's lines may have a time and an icon, `[08:49:09.588] ✅ `, or not:
//! what is compared is the text behind them.

mod align;
mod diff;
mod line;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use crate::recording::Recording;
use align::{Alignment, align};
use line::text_of;

/// Lines closer than this happen at the same instant: it is the resolution of
/// the clocks, and a recording of the real one is exact to a microsecond.
const INSTANT: Duration = Duration::from_millis(1);

/// A line that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Time since the run's first moment.
    pub t: Duration,
    /// The line without time and icon.
    pub text: String,
}

/// A line that a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When it came, since the program was started.
    pub t: Duration,
    /// The whole line.
    pub line: String,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// Both logs as one: each line of either.
    pub rows: Vec<Row<'a>>,
    /// How often each kind of difference was found.
    pub counts: BTreeMap<Meaning, usize>,
    /// What the first difference is.
    pub first: Option<Difference>,
}

/// A line of either log, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// When it is expected, if it is.
    pub due: Option<Duration>,
    /// When it came, if it did, on the expected log's clock.
    pub came: Option<Duration>,
    /// The line without time and icon.
    pub text: &'a str,
    /// What is wrong with it.
    pub wrong: Option<Meaning>,
}

/// What a difference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The line never came.
    Missing,
    /// Nobody expects the line.
    Extra,
    /// Another text came in its place.
    Changed,
    /// The line came before one that is due earlier, or after one that is due
    /// later.
    WrongOrder,
    /// It came sooner than it is due.
    TooEarly,
    /// It came later than it is due.
    TooLate,
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
            Self::WrongOrder => "wrong order",
            Self::TooEarly => "too early",
            Self::TooLate => "too late",
        })
    }
}

/// What a difference means, and in words which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its kind.
    pub meaning: Meaning,
    /// Which lines, and when.
    pub words: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.meaning, self.words)
    }
}

/// The log that a recording holds.
pub fn expected(recording: &Recording) -> Vec<Due> {
    let lines = recording.lines();
    lines
        .map(|(t, _, text)| Due {
            t,
            text: text.to_owned(),
        })
        .collect()
}

/// Compares what a program said with what is expected of it; with a tolerance
/// also when. Times count from the first line that both have: how long a
/// program takes to start is not judged, only that it is not too early.
///
/// ```
/// use std::time::Duration;
/// use asyncdemo::check::{Due, Meaning, Said, compare};
///
/// let due = |t, text: &str| Due { t: Duration::from_secs(t), text: text.to_owned() };
/// let said = |t, line: &str| Said { t: Duration::from_secs(t), line: line.to_owned() };
/// let expected = [due(0, "Hello"), due(1, "World")];
/// let heard = [said(7, "[10:00:00.000] 👋 Hello"), said(9, "World")];
///
/// assert_eq!(compare(&expected, &heard, None).first, None);
/// let first = compare(&expected, &heard, Some(Duration::from_millis(50))).first.unwrap();
/// assert_eq!(first.meaning, Meaning::TooLate);
/// ```
pub fn compare<'a>(
    expected: &'a [Due],
    said: &'a [Said],
    tolerance: Option<Duration>,
) -> Comparison<'a> {
    let logs = Logs::new(expected, said, tolerance);
    let mut counts = BTreeMap::new();
    let mut first = None;
    let mut rows = Vec::with_capacity(logs.pairs.len());
    for pair in &logs.pairs {
        let wrong = logs.wrong(pair);
        if let Some(meaning) = wrong {
            // Of the two rows of one difference, the expected line's counts.
            let second = pair.due.is_none() && meaning != Meaning::Extra;
            *counts.entry(meaning).or_default() += usize::from(!second);
            first.get_or_insert_with(|| Difference {
                meaning,
                words: logs.words(meaning, pair),
            });
        }
        rows.push(Row {
            due: pair.due.map(|line| expected[line].t),
            came: pair.said.map(|line| logs.came(line)),
            text: logs.text(pair),
            wrong,
        });
    }
    Comparison {
        rows,
        counts,
        first,
    }
}

/// Both logs, aligned.
struct Logs<'a> {
    expected: &'a [Due],
    said: &'a [Said],
    tolerance: Option<Duration>,
    /// The program's lines without time and icon.
    texts: Vec<&'a str>,
    instants: Vec<Range<usize>>,
    /// The diff: what is missing somewhere stands before what is extra there.
    pairs: Vec<Pair>,
    /// How much later the program's clock began than the log's.
    delay: Duration,
}

/// A row of the diff: the lines' places in the two logs.
#[derive(Clone, Copy, Default)]
struct Pair {
    due: Option<usize>,
    said: Option<usize>,
    /// The row in which the other log has this text.
    elsewhere: Option<usize>,
    /// The row of what stands here in the other log.
    instead: Option<usize>,
}

impl<'a> Logs<'a> {
    fn new(expected: &'a [Due], said: &'a [Said], tolerance: Option<Duration>) -> Self {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut due = Vec::with_capacity(expected.len());
        for line in expected {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            due.push(*numbers.entry(&line.text).or_insert(next));
        }
        let known = |text: &str| numbers.contains_key(text);
        let texts: Vec<_> = said.iter().map(|said| text_of(&said.line, known)).collect();
        let heard: Vec<_> = texts
            .iter()
            .map(|text| numbers.get(text).copied())
            .collect();
        let instants = instants(expected);
        let pairs = pairs(&align(&due, &instants, &heard), said.len());
        let both = pairs.iter().find_map(|pair| pair.due.zip(pair.said));
        let delay = both.map(|(due, came)| said[came].t.saturating_sub(expected[due].t));
        let mut logs = Self {
            expected,
            said,
            tolerance,
            texts,
            instants,
            pairs,
            delay: delay.unwrap_or_default(),
        };
        logs.find_elsewhere();
        logs.find_instead();
        logs
    }

    /// What is missing here and extra there is in the wrong order.
    fn find_elsewhere(&mut self) {
        let mut missing: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, pair) in self.pairs.iter().enumerate().rev() {
            if pair.said.is_none() {
                missing.entry(self.text(pair)).or_default().push(row);
            }
        }
        for row in 0..self.pairs.len() {
            let pair = self.pairs[row];
            if pair.due.is_none()
                && let Some(other) = missing.get_mut(self.text(&pair)).and_then(Vec::pop)
            {
                self.pairs[row].elsewhere = Some(other);
                self.pairs[other].elsewhere = Some(row);
            }
        }
    }

    /// Between two lines that both logs have, the first that is missing is the
    /// first that is extra, and so on.
    fn find_instead(&mut self) {
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        for row in 0..=self.pairs.len() {
            match self.pairs.get(row) {
                Some(pair) if pair.elsewhere.is_some() => {}
                Some(Pair { said: None, .. }) => missing.push(row),
                Some(Pair { due: None, .. }) => extra.push(row),
                _ => {
                    for (one, other) in missing.drain(..).zip(extra.drain(..)) {
                        self.pairs[one].instead = Some(other);
                        self.pairs[other].instead = Some(one);
                    }
                }
            }
        }
    }

    /// When a line of the program came, on the expected log's clock.
    fn came(&self, line: usize) -> Duration {
        self.said[line].t.saturating_sub(self.delay)
    }

    fn text(&self, pair: &Pair) -> &'a str {
        match (pair.due, pair.said) {
            (Some(line), _) => &self.expected[line].text,
            (None, Some(line)) => self.texts[line],
            (None, None) => "",
        }
    }

    /// What is wrong with a row.
    fn wrong(&self, pair: &Pair) -> Option<Meaning> {
        if let (Some(due), Some(came)) = (pair.due, pair.said) {
            let (due, came) = (self.expected[due].t, self.came(came));
            let early = came < due;
            let off = came.abs_diff(due) > self.tolerance?;
            return off.then_some([Meaning::TooLate, Meaning::TooEarly][usize::from(early)]);
        }
        Some(if pair.elsewhere.is_some() {
            Meaning::WrongOrder
        } else if pair.instead.is_some() {
            Meaning::Changed
        } else if pair.due.is_some() {
            Meaning::Missing
        } else {
            Meaning::Extra
        })
    }
}

/// The rows of the diff.
fn pairs(aligned: &Alignment, said: usize) -> Vec<Pair> {
    let extra = |lines: Range<usize>| {
        lines.map(|line| Pair {
            said: Some(line),
            ..Pair::default()
        })
    };
    let mut pairs = Vec::with_capacity(aligned.order.len());
    let mut heard = 0;
    for &line in &aligned.order {
        let partner = aligned.partner[line];
        if let Some(place) = partner {
            pairs.extend(extra(heard..place));
            heard = place + 1;
        }
        pairs.push(Pair {
            due: Some(line),
            said: partner,
            ..Pair::default()
        });
    }
    pairs.extend(extra(heard..said));
    pairs
}

/// The lines that happen at once, one range after the other.
fn instants(expected: &[Due]) -> Vec<Range<usize>> {
    let mut instants: Vec<Range<usize>> = Vec::new();
    for (line, due) in expected.iter().enumerate() {
        match instants.last_mut() {
            Some(last) if due.t.abs_diff(expected[last.start].t) < INSTANT => last.end = line + 1,
            _ => instants.push(line..line + 1),
        }
    }
    instants
}
