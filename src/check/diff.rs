//! A comparison as people read it: what the first difference means, then the
//! lines around each one, with the times when they are due and when they came.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use owo_colors::{AnsiColors, Style as Paint};

use super::words::shown;
use super::{Comparison, Meaning, Row};

/// How many lines that are alike are shown around a difference.
const CONTEXT: usize = 3;

/// How many rows are shown at most.
const MOST: usize = 40;

/// How much of a line is shown.
const WIDEST: usize = 200;

impl Comparison<'_> {
    /// How many lines are expected, and how many of them are as expected.
    pub fn lines(&self) -> (usize, usize) {
        let expected = self.rows.iter().filter(|row| row.due.is_some());
        let right = expected.clone().filter(|row| row.wrong.is_none());
        (expected.count(), right.count())
    }

    /// The largest difference between when a line is due and when it came.
    pub fn largest(&self) -> Duration {
        let off = |row: &Row| Some(row.came?.abs_diff(row.due?));
        self.rows.iter().filter_map(off).max().unwrap_or_default()
    }

    /// `8 of 10 lines as expected; 1 missing, 1 extra`
    pub fn summary(&self) -> String {
        let (expected, right) = self.lines();
        let counts: Vec<_> = self
            .counts
            .iter()
            .map(|(meaning, count)| format!("{count} {meaning}"))
            .collect();
        format!(
            "{right} of {expected} lines as expected; {}",
            counts.join(", ")
        )
    }

    /// The first difference in words, and the diff: `-` is a line that should
    /// be, `+` one that should not, `~` one at the wrong time.
    pub fn diff(&self, color: bool) -> String {
        let mut text = String::new();
        let Some(first) = &self.first else {
            return text;
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{first}\n\n        due      came");
        let near = self.near_differences();
        let mut last = None;
        for &row in near.iter().take(MOST) {
            if row > last.map_or(0, |last| last + 1) {
                text += "  ...\n";
            }
            last = Some(row);
            text += &line(&self.rows[row], color);
        }
        let differing = |row: &Row| row.wrong.is_some();
        let rest = self.rows.iter().skip(last.map_or(0, |last| last + 1));
        let more = rest.clone().filter(|row| differing(row)).count();
        if more > 0 {
            let _ = writeln!(text, "  ... and {more} more that differ");
        } else if rest.count() > 0 {
            text += "  ...\n";
        }
        text
    }

    /// The rows that differ and those around them.
    fn near_differences(&self) -> BTreeSet<usize> {
        let differing = self.rows.iter().enumerate();
        let differing = differing.filter(|(_, row)| row.wrong.is_some()).take(MOST);
        differing
            .flat_map(|(at, _)| at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(self.rows.len()))
            .collect()
    }
}

/// `  -   0.639            Downloaded file-0`
fn line(row: &Row<'_>, color: bool) -> String {
    let sign = match row {
        Row { came: None, .. } => '-',
        Row { due: None, .. } => '+',
        Row { wrong: Some(_), .. } => '~',
        Row { wrong: None, .. } => ' ',
    };
    let time = |time: Option<Duration>| {
        time.map_or(String::new(), |time| format!("{:.3}", time.as_secs_f64()))
    };
    let why = match row.wrong {
        Some(Meaning::WrongOrder) => "  (wrong order)",
        Some(Meaning::TooEarly) => "  (too early)",
        Some(Meaning::TooLate) => "  (too late)",
        _ => "",
    };
    let (due, came, text) = (time(row.due), time(row.came), shown(row.text, WIDEST));
    let line = format!("{sign} {due:>9} {came:>9}  {text}{why}");
    let paint = match sign {
        _ if !color => Paint::new(),
        '-' => Paint::new().color(AnsiColors::Red),
        '+' => Paint::new().color(AnsiColors::Green),
        '~' => Paint::new().color(AnsiColors::Magenta),
        _ => Paint::new().dimmed(),
    };
    format!("{}\n", paint.style(line.trim_end()))
}
