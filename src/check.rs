//! A program's output, compared with an expected log: the same texts in the same
//! order, where lines of one instant may come in any order.
//!
//! A program's lines may have a time and an icon, `[08:49:09.588] ✅ `, or not:
//! what is compared is the text behind them.

mod align;
mod diff;
mod line;
mod logs;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::recording::Recording;
use logs::Logs;

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
    /// The line is not expected.
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
