//! What a difference means, in a sentence that names the lines and their times.

use std::cmp::Ordering;
use std::time::Duration;

use super::Meaning;
use super::logs::{Logs, Pair};
use crate::recording::json::commands_a_terminal;

impl Logs<'_> {
    /// Which lines they are that differ, and when.
    pub fn words(&self, meaning: Meaning, pair: &Pair) -> String {
        match meaning {
            Meaning::Missing => self.missing(pair),
            Meaning::Extra => self.extra(pair),
            Meaning::Changed => self.changed(pair),
            Meaning::WrongOrder => self.wrong_order(pair),
            Meaning::TooEarly | Meaning::TooLate => self.off_time(pair),
        }
    }

    fn missing(&self, pair: &Pair) -> String {
        let due = self.due(pair);
        if self.said.is_empty() {
            return format!("the program said nothing; {due} is its first line");
        }
        let line = pair.due.unwrap_or_default();
        let before =
            |other: &&Pair| other.said.is_some() && other.due.is_some_and(|due| due < line);
        let after = self.pairs.iter().rfind(before);
        match after {
            Some(after) => format!(
                "{due} never came; it is due after {}",
                quoted(self.text(after))
            ),
            None => format!("{due} never came; it is the first that is due"),
        }
    }

    fn extra(&self, pair: &Pair) -> String {
        let text = self.text(pair);
        let times = self
            .expected
            .iter()
            .filter(|line| line.text == text)
            .count();
        let why = match times {
            0 => "is not expected".to_owned(),
            1 => "is expected only once".to_owned(),
            times => format!("is expected only {times} times"),
        };
        format!("{}, {why}", self.line(pair))
    }

    fn changed(&self, pair: &Pair) -> String {
        let other = pair.instead.map(|row| self.pairs[row]).unwrap_or_default();
        let (due, came) = if pair.due.is_some() {
            (pair, &other)
        } else {
            (&other, pair)
        };
        let bare = |pair| self.text(pair).split_whitespace().collect::<String>();
        let only = if bare(due) == bare(came) {
            "; only their spaces differ"
        } else if bare(due).to_lowercase() == bare(came).to_lowercase() {
            "; only upper and lower case differ"
        } else {
            ""
        };
        format!(
            "{}, came instead of {}{only}",
            self.line(came),
            self.due(due)
        )
    }

    /// Names the line that came before one which is due earlier.
    fn wrong_order(&self, pair: &Pair) -> String {
        let Some(this) = self.placed(pair) else {
            return String::new(); // What is in the wrong order is in either log.
        };
        let against = |other: &Placed| match other.instant.cmp(&this.instant) {
            Ordering::Less => other.said > this.said,
            Ordering::Equal => false,
            Ordering::Greater => other.said < this.said,
        };
        let others = self.pairs.iter().filter_map(|pair| self.placed(pair));
        let other = others.filter(against).min_by_key(|other| other.said);
        let other = other.unwrap_or(this);
        let (first, then) = if this.said < other.said {
            (this, other)
        } else {
            (other, this)
        };
        format!(
            "{} and due at {}, came before {}",
            self.line(&first.pair()),
            seconds(self.expected[first.due].t),
            self.due(&then.pair())
        )
    }

    /// Where a line stands that both logs have, be it in the same row or not.
    fn placed(&self, pair: &Pair) -> Option<Placed> {
        let other = pair.elsewhere.map(|row| self.pairs[row]);
        let other = other.unwrap_or_default();
        let (due, said) = (pair.due.or(other.due)?, pair.said.or(other.said)?);
        let instant = self.instants.partition_point(|instant| instant.end <= due);
        Some(Placed { instant, due, said })
    }

    fn off_time(&self, pair: &Pair) -> String {
        let due = pair
            .due
            .map(|line| self.expected[line].t)
            .unwrap_or_default();
        let came = pair.said.map(|line| self.came(line)).unwrap_or_default();
        let off = seconds(came.abs_diff(due));
        let which = if came < due { "early" } else { "late" };
        let allowed = seconds(self.tolerance.unwrap_or_default());
        let (line, due) = (self.line(pair), seconds(due));
        format!("{line}, is due at {due}: {off} too {which}, allowed are {allowed}")
    }

    /// `"Downloaded file-0" (due at 0.639 s)`
    fn due(&self, pair: &Pair) -> String {
        let due = pair
            .due
            .map(|line| self.expected[line].t)
            .unwrap_or_default();
        format!("{} (due at {})", quoted(self.text(pair)), seconds(due))
    }

    /// `line 3 of the program, "Downloaded file-0" at 0.641 s`
    fn line(&self, pair: &Pair) -> String {
        let line = pair.said.unwrap_or_default();
        let (text, came) = (quoted(self.text(pair)), seconds(self.came(line)));
        format!("line {} of the program, {text} at {came}", line + 1)
    }
}

/// A line that both logs have.
#[derive(Clone, Copy)]
struct Placed {
    /// Which of the instants it is due at.
    instant: usize,
    due: usize,
    said: usize,
}

impl Placed {
    fn pair(self) -> Pair {
        Pair {
            due: Some(self.due),
            said: Some(self.said),
            ..Pair::default()
        }
    }
}

/// A text as a message shows it: short, and without control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text, 80))
}

/// At most `most` letters of a text, its control characters made visible.
pub fn shown(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let mut shown = String::new();
    for letter in letters.by_ref().take(most) {
        if commands_a_terminal(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown + if letters.next().is_some() { "…" } else { "" }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
