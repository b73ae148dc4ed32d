//! The log as a terminal recording: [asciicast], version 2 or 3, with a marker
//! at each line, so that a player can step from one to the next.
//!
//! [asciicast]: https://docs.asciinema.org/manual/asciicast/v2/

use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use super::chart::{command, plain};
use super::harmless::Harmless;
use super::text::{Style, Text};
use super::width::width;
use crate::recording::form::seconds;
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

/// The log as it looks on a terminal.
///
/// # Errors
///
/// None that is known: a string takes all that is written.
pub fn write(
    recording: &Recording,
    version: Version,
    color: bool,
    emoji: bool,
) -> std::io::Result<String> {
    let style = Style {
        start: recording.start,
        color,
        emoji,
        places: false,
    };
    let mut events = String::new();
    let (mut columns, mut before) = (*COLUMNS.start(), Duration::ZERO);
    for event in recording.events() {
        let Kind::Line { text, .. } = event.kind else {
            continue;
        };
        let shown = line(&event, style)?;
        let bare = anstream::adapter::strip_str(&shown).to_string();
        columns = columns.max(width(&bare));
        let mut row = |code: &str, data: String| {
            let t = match version {
                Version::Two => event.t,
                Version::Three => event.t.saturating_sub(before),
            };
            before = event.t;
            events += &json!([seconds(t), code, data]).to_string();
            events.push('\n');
        };
        // A player that stops at the marker has shown the line.
        row("o", shown);
        row("m", plain(text));
    }
    // Some readers look for the version at the very beginning.
    let (columns, title) = (columns.min(*COLUMNS.end()), json!(command(recording)));
    let header = match version {
        Version::Two => {
            format!(r#"{{"version":2,"width":{columns},"height":{ROWS},"title":{title}}}"#)
        }
        Version::Three => {
            let term = format!(r#"{{"cols":{columns},"rows":{ROWS}}}"#);
            format!(r#"{{"version":3,"term":{term},"title":{title}}}"#)
        }
    };
    Ok(format!("{header}\n{events}"))
}

/// A line of the log as a terminal gets it, which wants a carriage return.
fn line(event: &Event<'_>, style: Style) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    Harmless(Text::new(&mut bytes, style)).event(event)?;
    let text = String::from_utf8_lossy(&bytes).replace('\n', "\r\n");
    Ok(text)
}
