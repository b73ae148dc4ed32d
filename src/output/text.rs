//! The log as people read it: `[08:49:09.588] ✅ Downloaded file-0`.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::time::Duration;

use owo_colors::{AnsiColors, Style as Paint};

use super::width::{spaces, width};
use crate::book;
use crate::recording::{Detail, Event, Kind, Place, Sink};

/// A lane keeps one of these through a run. All of them are readable on dark
/// and on light backgrounds, which blue is not; red is left to what went wrong.
const LANE_COLORS: [AnsiColors; 4] = [
    AnsiColors::Cyan,
    AnsiColors::Magenta,
    AnsiColors::Green,
    AnsiColors::Yellow,
];

/// Places are aligned behind lines of at most so many columns. A longer line does
/// not fit on a terminal, and would move the places of all others out of sight.
const WIDEST: usize = 500;

/// How lines look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The time of day shown at the run's first moment, since midnight.
    pub start: Duration,
    /// Whether lanes are told apart by colour.
    pub color: bool,
    /// Whether the icon is shown.
    pub emoji: bool,
    /// Whether each line tells the source line that said it.
    pub places: bool,
}

/// Writes the log as text.
pub struct Text<W> {
    out: W,
    style: Style,
    stamp: Stamp,
    line: String,
    /// Lines of the same instant that wait for their places to be aligned.
    group: Vec<(String, String)>,
    group_t: Duration,
}

impl<W: Write> Text<W> {
    /// A log on `out`.
    pub fn new(out: W, style: Style) -> Self {
        Self {
            out,
            style,
            stamp: Stamp::new(style.start),
            line: String::new(),
            group: Vec::new(),
            group_t: Duration::ZERO,
        }
    }

    fn compose(&mut self, event: &Event<'_>, icon: &str, text: &str) {
        let Self {
            style, stamp, line, ..
        } = self;
        line.clear();
        let time = stamp.at(event.t);
        let cell = IconCell(style.emoji.then_some(icon));
        if style.color {
            let paint = event
                .lane
                .map_or_else(Paint::new, |lane| color_of_lane(lane.id));
            // Writing to a string does not fail.
            let _ = write!(
                line,
                "[{}] {cell}{}",
                Paint::new().dimmed().style(time),
                paint.style(text)
            );
        } else {
            let (icon, gap) = cell.parts();
            for part in ["[", time, "] ", icon, gap, text] {
                line.push_str(part);
            }
        }
    }

    fn write_group(&mut self) -> io::Result<()> {
        let widths = self.group.iter().map(|(line, _)| visible_width(line));
        let widest = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for (line, place) in self.group.drain(..) {
            let gap = spaces(widest.saturating_sub(visible_width(&line)));
            let arrow = format!("{gap}  ← {place}");
            let paint = if self.style.color {
                Paint::new().dimmed()
            } else {
                Paint::new()
            };
            self.out
                .write_all(format!("{line}{}\n", paint.style(arrow)).as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write + Send> Sink for Text<W> {
    fn detail(&self) -> Detail {
        if self.style.color {
            Detail::Names // Each task has its own colour.
        } else {
            Detail::Lines
        }
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let Kind::Line { icon, text } = event.kind else {
            return Ok(());
        };
        self.compose(event, icon, text);
        if self.style.places {
            if event.t != self.group_t {
                self.write_group()?;
                self.group_t = event.t;
            }
            self.group.push((self.line.clone(), place(event.at)));
            return Ok(());
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_group()?;
        self.out.flush()
    }
}

/// A lane's colour, by its number.
pub(super) fn color_of_lane(id: u32) -> Paint {
    Paint::new().color(LANE_COLORS[id as usize % LANE_COLORS.len()])
}

/// `lock.rs:34  only one task gets past here`
fn place(at: Place<'_>) -> String {
    let file = at.file.rsplit('/').next().unwrap_or(at.file);
    match book::note(at) {
        Some(note) => format!("{file}:{}  {note}", at.line),
        None => format!("{file}:{}", at.line),
    }
}

fn visible_width(line: &str) -> usize {
    width(&anstream::adapter::strip_str(line).to_string())
}

/// Three columns: the icon and a space, or three spaces; nothing at all where
/// no line has an icon. One that needs the emoji variation selector counts for
/// one column in many terminals that draw two, so it gets two spaces.
pub(super) struct IconCell<'a>(pub Option<&'a str>);

impl IconCell<'_> {
    /// The icon, and the gap behind it.
    fn parts(&self) -> (&str, &str) {
        match self.0 {
            None => ("", ""),
            Some("") => ("", "   "),
            Some(icon) if icon.ends_with('\u{fe0f}') => (icon, "  "),
            Some(icon) => (icon, " "),
        }
    }
}

impl fmt::Display for IconCell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (icon, gap) = self.parts();
        f.write_str(icon)?;
        f.write_str(gap)
    }
}

/// Formats times of day, once for each distinct millisecond.
pub(super) struct Stamp {
    start: Duration,
    millis: u64,
    text: String,
}

impl Stamp {
    pub(super) fn new(start: Duration) -> Self {
        let mut stamp = Self {
            start,
            millis: 0,
            text: String::new(),
        };
        stamp.format(millis_of(start));
        stamp
    }

    /// `08:49:09.588`, at `t` after the run's first moment.
    pub(super) fn at(&mut self, t: Duration) -> &str {
        let millis = millis_of(self.start.saturating_add(t));
        if millis != self.millis {
            self.format(millis);
        }
        &self.text
    }

    fn format(&mut self, millis: u64) {
        let (seconds, minutes) = (millis / 1000, millis / 60_000);
        self.millis = millis;
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write!(
            self.text,
            "{:02}:{:02}:{:02}.{:03}",
            minutes / 60 % 24,
            minutes % 60,
            seconds % 60,
            millis % 1000,
        );
    }
}

fn millis_of(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
