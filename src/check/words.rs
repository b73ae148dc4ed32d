//! What a difference means, in a sentence that names the lines and their times.

use std::time::Duration;

use super::{Logs, Meaning, Pair};

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
        let whole = |pair: &Pair| {
            let other = pair
                .elsewhere
                .map(|row| self.pairs[row])
                .unwrap_or_default();
            let (due, said) = (pair.due.or(other.due)?, pair.said.or(other.said)?);
            let instant = self.instants.partition_point(|instant| instant.end <= due);
            Some((instant, said, due))
        };
        let Some(this) = whole(pair) else {
            return String::new(); // It has its line in either log.
        };
        let against = |other: &(usize, usize, usize)| {
            other.0 < this.0 && other.1 > this.1 || other.0 > this.0 && other.1 < this.1
        };
        let others = self.pairs.iter().filter_map(whole).filter(against);
        let Some(other) = others.min_by_key(|other| other.1) else {
            return format!("{} is not in its place", self.line(pair));
        };
        let (first, then) = if this.1 < other.1 {
            (this, other)
        } else {
            (other, this)
        };
        let pair = |(_, said, due)| Pair {
            due: Some(due),
            said: Some(said),
            ..Pair::default()
        };
        let (line, is_due) = (self.line(&pair(first)), seconds(self.expected[first.2].t));
        format!(
            "{line} and due at {is_due}, came before {}",
            self.due(&pair(then))
        )
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

/// A text as a message shows it: short, and without control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text, 80))
}

/// At most `most` letters of a text, its control characters made visible.
pub fn shown(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let mut shown = String::new();
    for letter in letters.by_ref().take(most) {
        if letter.is_control() {
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
