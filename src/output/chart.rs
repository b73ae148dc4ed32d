//! What pictures of a recording have in common: an axis, marks with the numbers
//! of lines, words.

use std::fmt;
use std::time::Duration;

use crate::recording::form::seconds;
use crate::recording::json::commands_a_terminal;
use crate::recording::{End, Recording, Span};
use crate::timeline::{Bar, Timeline};

/// A timeline of a recording that is kept elsewhere.
pub type Chart<'a> = Timeline<&'a Recording>;

/// Where a moment lies between 0 and `width`, on an axis that ends at `end`.
pub fn place(t: Duration, end: Duration, width: f64) -> f64 {
    if end.is_zero() {
        return 0.0;
    }
    width * t.as_secs_f64() / end.as_secs_f64()
}

/// Round moments for an axis, at most `most` of them besides 0.
pub fn ticks(end: Duration, most: usize) -> impl Iterator<Item = Duration> + use<> {
    let steps = (0..)
        .map(|power| 10_u64.checked_pow(power))
        .map_while(|unit| unit);
    let steps = steps.flat_map(|unit| [1, 2, 5].map(|part| unit.saturating_mul(part)));
    let end = u64::try_from(end.as_micros()).unwrap_or(u64::MAX);
    let fits = |step: &u64| usize::try_from(end / step).is_ok_and(|ticks| ticks <= most);
    let step = steps.into_iter().find(fits).unwrap_or(u64::MAX);
    (0..=end / step).map(move |tick| Duration::from_micros(tick * step))
}

/// What a legend says of each thing that a task does.
pub const LEGEND: [(Span, &str); 6] = [
    (Span::Running, "runs"),
    (Span::Sleeping, "sleeps"),
    (Span::Task, "waits for a task"),
    (Span::Resource, "waits for a resource"),
    (Span::Blocking, "blocks the others"),
    (Span::Starved, "cannot run"),
];

/// What a legend says of each way to end.
pub const ENDS: [(End, &str); 4] = [
    (End::Finished, "finished"),
    (End::Failed, "failed"),
    (End::Cancelled, "cancelled"),
    (End::Panicked, "panicked"),
];

/// Things in a picture, and what each means.
type Explained<T> = Vec<(T, &'static str)>;

/// The parts of a legend that a picture needs.
pub fn legend(chart: &Chart<'_>) -> (Explained<Span>, Explained<End>) {
    let mut spans = LEGEND.to_vec();
    let pieces = || chart.rows().iter().flat_map(|row| chart.pieces(row));
    spans.retain(|(span, _)| pieces().any(|piece| piece.bar.span == *span));
    let mut ends = ENDS.to_vec();
    ends.retain(|(end, _)| {
        let mut rows = chart.rows().iter();
        rows.any(|row| row.end.is_some_and(|(it, ..)| it == *end))
    });
    (spans, ends)
}

/// What a task does in a bar, and from when to when.
pub fn told(chart: &Chart<'_>, bar: &Bar) -> String {
    let (does, from) = (plain(&chart.words(bar)), in_seconds(bar.from));
    let wakes = chart.wakes(bar).map(|wakes| format!("; {}", plain(&wakes)));
    let wakes = wakes.unwrap_or_default();
    match bar.ended {
        Some(_) => format!("{does}, {from} to {}{wakes}", in_seconds(bar.to)),
        None => format!("{does}, from {from} on"),
    }
}

/// Numbers of lines that share a mark, for there is no room for one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it begins.
    pub at: usize,
    /// The numbers of the first line and of the last one, from 1.
    pub first: usize,
    /// See `first`.
    pub last: usize,
    /// How many lines it stands for.
    pub count: usize,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, .. } = self;
        match self.count {
            1 => write!(f, "{first}"),
            2 => write!(f, "{first},{last}"),
            count if count - 1 == last - first => write!(f, "{first}-{last}"),
            _ => write!(f, "{first}..{last}"),
        }
    }
}

/// The marks of one row: a line's place and number each. `width` tells how much
/// room a mark takes; what would overlap is put together.
pub fn marks(
    lines: impl Iterator<Item = (usize, usize)>,
    width: impl Fn(&Mark) -> usize,
) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (at, number) in lines {
        match marks.last_mut().filter(|last| at < last.at + width(last)) {
            Some(last) => {
                last.count += 1;
                last.last = number;
            }
            None => marks.push(Mark {
                at,
                first: number,
                last: number,
                count: 1,
            }),
        }
    }
    marks
}

/// `0.639 s`: with as many decimals as it needs, three at most.
pub fn in_seconds(t: Duration) -> String {
    let millis = Duration::from_millis(u64::try_from(t.as_millis()).unwrap_or(u64::MAX));
    format!("{} s", seconds(millis))
}

/// Text for a place where nothing but text may be: what commands a terminal is
/// left out, and white space is one space.
pub fn plain(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        letter if letter.is_whitespace() => ' ',
        letter => letter,
    });
    // The last two are no characters, and XML forbids them.
    letters
        .filter(|letter| {
            !commands_a_terminal(*letter) && !matches!(letter, '\u{fffe}' | '\u{ffff}')
        })
        .collect()
}

/// What was run, as one would type it: `semaphore --limit 2`.
pub fn command(recording: &Recording) -> String {
    let header = &recording.spec;
    let mut command = plain(&header.recipe);
    for word in &header.options {
        let word = plain(word);
        let bare = |letter: char| letter.is_alphanumeric() || "-_=.,:/!%+@".contains(letter);
        command.push(' ');
        if !word.is_empty() && word.chars().all(bare) {
            command += &word;
        } else {
            command += &["'", &word.replace('\'', r"'\''"), "'"].concat();
        }
    }
    command
}

/// How it was run: `seed 5`, `virtual clock`, and the schedule if it is not
/// tokio's own.
pub fn facts(recording: &Recording) -> Vec<String> {
    let spec = &recording.spec;
    let mut facts = vec![
        format!("seed {}", spec.seed),
        format!("{} clock", plain(&spec.clock)),
    ];
    if spec.schedule != 0 {
        facts.push(format!("schedule {}", spec.schedule));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let told = |millis, most| -> Vec<u128> {
            let ticks = ticks(Duration::from_millis(millis), most);
            ticks.map(|tick| tick.as_millis()).collect()
        };
        assert_eq!(told(60, 6), [0, 10, 20, 30, 40, 50, 60]);
        assert_eq!(told(2415, 5), [0, 500, 1000, 1500, 2000]);
        assert_eq!(told(86_400_000, 1), [0, 50_000_000]);
        assert_eq!(told(0, 5), [0]);
        assert_eq!(ticks(Duration::from_millis(u64::MAX / 1000), 4).count(), 4);
    }

    #[test]
    fn marks_that_would_overlap_are_put_together() {
        let told = |lines: &[(usize, usize)]| -> Vec<(usize, String)> {
            let width = |mark: &Mark| mark.to_string().len() + 1;
            let marks = marks(lines.iter().copied(), width);
            marks
                .iter()
                .map(|mark| (mark.at, mark.to_string()))
                .collect()
        };
        let mark = |at, text: &str| (at, text.to_owned());
        assert_eq!(told(&[(0, 1), (2, 3)]), [mark(0, "1"), mark(2, "3")]);
        assert_eq!(
            told(&[(0, 1), (1, 3), (9, 4)]),
            [mark(0, "1,3"), mark(9, "4")]
        );
        assert_eq!(told(&[(0, 1), (0, 2), (0, 3)]), [mark(0, "1-3")]);
        assert_eq!(told(&[(0, 1), (0, 2), (0, 7)]), [mark(0, "1..7")]);
    }

    #[test]
    fn a_command_can_be_typed() {
        let mut recording = Recording::default();
        recording.spec.recipe = "subprocess".to_owned();
        recording.spec.options = ["--stream", "echo 'hi'", ""].map(str::to_owned).to_vec();
        assert_eq!(
            command(&recording),
            r"subprocess --stream 'echo '\''hi'\''' ''"
        );
    }
}
