//! Lines of a recording from elsewhere, made harmless for a terminal.

use std::io;

use crate::recording::json::commands_a_terminal;
use crate::recording::{Detail, Event, Kind, LaneRef, Sink};

/// Passes lines on without their escape sequences and control characters, which
/// would command a terminal.
pub struct Harmless<S>(pub S);

impl<S: Sink> Sink for Harmless<S> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let Kind::Line { icon, text } = event.kind else {
            return self.0.event(event);
        };
        let (icon, text) = (harmless(icon), harmless(text));
        let (icon, text) = (icon.as_str(), text.as_str());
        let kind = Kind::Line { icon, text };
        self.0.event(&Event { kind, ..*event })
    }

    fn lane(&mut self, lane: LaneRef<'_>) {
        self.0.lane(lane);
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn detail(&self) -> Detail {
        self.0.detail()
    }
}

/// Text with its line breaks and tabs, and nothing else that commands a terminal.
fn harmless(text: &str) -> String {
    let commands = |letter| commands_a_terminal(letter) && !matches!(letter, '\n' | '\t');
    let text = anstream::adapter::strip_str(text).to_string();
    text.replace(commands, "")
}
