//! What every picture of a recording is made of: rows with their bars and
//! their numbered lines, and an axis.

use std::fmt;
use std::time::Duration;

use crate::recording::bars::{Bar, bars};
use crate::recording::form::seconds;
use crate::recording::json::commands_a_terminal;
use crate::recording::{Kind, NARRATOR, Place, Recording, Span};

/// A recording laid out in rows.
pub struct Chart<'a> {
    /// The narrator's row, if it says or does anything, then the lanes'.
    pub rows: Vec<Row<'a>>,
    /// The log, in its order.
    pub lines: Vec<Line<'a>>,
    /// When the axis ends: with the last event, or a little later where bars
    /// go on beyond it.
    pub end: Duration,
}

/// A row of the timeline.
pub struct Row<'a> {
    /// The lane's name.
    pub name: &'a str,
    /// The lane's number; `None` is the narrator.
    pub lane: Option<u32>,
    /// What it waits for and works on, in the order in which that begins; a
    /// later bar lies on top of an earlier one. Those without length are left
    /// out.
    pub bars: Vec<Bar<'a>>,
    /// The indices of its lines.
    pub lines: Vec<usize>,
}

/// A line of the log.
pub struct Line<'a> {
    /// When it was said.
    pub t: Duration,
    /// The lane's number; `None` is the narrator.
    pub lane: Option<u32>,
    /// One emoji, or nothing.
    pub icon: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The source line that said it.
    pub at: Place<'a>,
    /// The number of its event.
    pub event: usize,
}

impl<'a> Chart<'a> {
    /// Looks through a recording once.
    pub fn of(recording: &'a Recording) -> Self {
        let mut bars = bars(recording);
        let open = |bar: &Bar<'_>| bar.ended.is_none();
        let mut end = recording.end();
        if bars.iter().any(open) {
            end += (end / 12).max(Duration::from_millis(1));
            bars.iter_mut()
                .filter(|bar| open(bar))
                .for_each(|bar| bar.to = end);
        }
        let narrates = recording.events().any(|event| event.lane.is_none());
        let row = |(lane, name)| Row {
            name,
            lane,
            bars: Vec::new(),
            lines: Vec::new(),
        };
        let narrator = narrates.then_some((None, NARRATOR));
        let lanes = (0..)
            .map(Some)
            .zip(recording.lanes().iter().map(String::as_str));
        let mut rows: Vec<_> = narrator.into_iter().chain(lanes).map(row).collect();
        let row_of = |lane: Option<u32>| lane.map_or(0, |id| id as usize + usize::from(narrates));
        for bar in bars.into_iter().filter(|bar| bar.from < bar.to) {
            rows[row_of(bar.lane)].bars.push(bar);
        }
        let mut lines = Vec::new();
        for (number, event) in recording.events().enumerate() {
            if let Kind::Line { icon, text } = event.kind {
                let lane = event.lane.map(|lane| lane.id);
                rows[row_of(lane)].lines.push(lines.len());
                lines.push(Line {
                    t: event.t,
                    lane,
                    icon,
                    text,
                    at: event.at,
                    event: number,
                });
            }
        }
        Self { rows, lines, end }
    }

    /// Where a moment lies between 0 and `width`.
    pub fn place(&self, t: Duration, width: f64) -> f64 {
        if self.end.is_zero() {
            return 0.0;
        }
        width * t.as_secs_f64() / self.end.as_secs_f64()
    }

    /// Round moments for the axis, at most `most` of them besides 0.
    pub fn ticks(&self, most: usize) -> impl Iterator<Item = Duration> + use<> {
        let steps = (0..)
            .map(|power| 10_u64.checked_pow(power))
            .map_while(|unit| unit);
        let steps = steps.flat_map(|unit| [1, 2, 5].map(|part| unit.saturating_mul(part)));
        let end = u64::try_from(self.end.as_micros()).unwrap_or(u64::MAX);
        let fits = |step: &u64| usize::try_from(end / step).is_ok_and(|ticks| ticks <= most);
        let step = steps.into_iter().find(fits).unwrap_or(u64::MAX);
        (0..=end / step).map(move |tick| Duration::from_micros(tick * step))
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

/// What a lane does in a bar, before what it does it to.
pub fn does(span: Span) -> &'static str {
    match span {
        Span::Wait => "waits for",
        Span::Work => "works on",
    }
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
    let header = &recording.header;
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

/// How it was run: `2.415 s · seed 5 · virtual clock`.
pub fn facts(recording: &Recording) -> String {
    let (seed, clock) = (recording.header.seed, &recording.header.clock);
    let length = in_seconds(recording.end());
    format!("{length} · seed {seed} · {clock} clock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart_until(millis: u64) -> Chart<'static> {
        Chart {
            rows: Vec::new(),
            lines: Vec::new(),
            end: Duration::from_millis(millis),
        }
    }

    #[test]
    fn ticks_are_round() {
        let ticks = |millis, most| -> Vec<u128> {
            let ticks = chart_until(millis).ticks(most);
            ticks.map(|tick| tick.as_millis()).collect()
        };
        assert_eq!(ticks(60, 6), [0, 10, 20, 30, 40, 50, 60]);
        assert_eq!(ticks(2415, 5), [0, 500, 1000, 1500, 2000]);
        assert_eq!(ticks(86_400_000, 1), [0, 50_000_000]);
        assert_eq!(ticks(0, 5), [0]);
        assert_eq!(chart_until(u64::MAX / 1000).ticks(4).count(), 4);
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
        recording.header.recipe = "subprocess".to_owned();
        recording.header.options = ["--stream", "echo 'hi'", ""].map(str::to_owned).to_vec();
        assert_eq!(
            command(&recording),
            r"subprocess --stream 'echo '\''hi'\''' ''"
        );
    }
}
