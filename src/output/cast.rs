//! The log as a terminal recording: [asciicast], version 2 or 3, with a marker
//! at each line, so that a player can step from one to the next. Why the run
//! failed is its last line.
//!
//! [asciicast]: https://docs.asciinema.org/manual/asciicast/v2/

use std::io::{self, Write};
use std::time::Duration;

use clap::ValueEnum;

use super::chart::{command, plain};
use super::harmless::Harmless;
use super::text::{Style, Text};
use super::width::width;
use crate::recording::form::seconds;
use crate::recording::json::to_string;
use crate::recording::{Event, Kind, Recording, Sink as _};

/// The versions of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Version {
    /// Time counts from the beginning
    #[default]
    #[value(name = "2")]
    Two,
    /// Time counts from the event before
    #[value(name = "3")]
    Three,
}

/// The size of a terminal that shows all lines unbroken, within these bounds.
const COLUMNS: std::ops::RangeInclusive<usize> = 80..=200;
const ROWS: usize = 24;

/// Writes the log as it looks on a terminal.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write(
    recording: &Recording,
    version: Version,
    color: bool,
    emoji: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = Style {
        start: recording.spec.start,
        color,
        emoji,
        places: false,
    };
    let failure = recording.ending.as_ref();
    let failure = failure.map(|failure| plain(&failure.to_string()));
    let mut columns = *COLUMNS.start();
    for event in recording.events() {
        let shown = line(&event, style)?;
        let bare = anstream::adapter::strip_str(&shown).to_string();
        columns = columns.max(width(&bare));
    }
    columns = columns.max(failure.as_ref().map_or(0, |failure| width(failure)));
    // Some readers look for the version at the very beginning.
    let (columns, title) = (columns.min(*COLUMNS.end()), to_string(&command(recording))?);
    match version {
        Version::Two => writeln!(
            out,
            r#"{{"version":2,"width":{columns},"height":{ROWS},"title":{title}}}"#
        ),
        Version::Three => {
            let term = format!(r#"{{"cols":{columns},"rows":{ROWS}}}"#);
            writeln!(out, r#"{{"version":3,"term":{term},"title":{title}}}"#)
        }
    }?;
    let mut before = Duration::ZERO;
    // A player that stops at the marker has shown the line.
    let mut rows = |time: Duration, shown: String, marker: String| {
        for (code, data) in [("o", shown), ("m", marker)] {
            let t = match version {
                Version::Two => time,
                Version::Three => time.saturating_sub(before),
            };
            before = time;
            writeln!(out, "{}", to_string(&(seconds(t), code, data))?)?;
        }
        io::Result::Ok(())
    };
    for event in recording.events() {
        if let Kind::Line { text, .. } = event.kind {
            rows(event.t, line(&event, style)?, plain(text))?;
        }
    }
    failure.map_or(Ok(()), |failure| {
        rows(recording.end(), format!("{failure}\r\n"), failure)
    })
}

/// A line of the log as a terminal gets it, which needs a carriage return;
/// nothing for the end of a bar.
fn line(event: &Event<'_>, style: Style) -> io::Result<String> {
    let mut bytes = Vec::new();
    Harmless(Text::new(&mut bytes, style)).event(event)?;
    let text = String::from_utf8_lossy(&bytes).replace('\n', "\r\n");
    Ok(text)
}
