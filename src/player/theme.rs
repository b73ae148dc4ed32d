//! What things look like. Eight colours, no backgrounds: readable on dark and
//! on light terminals. Whatever a colour says, a mark or a word says, too.

use std::time::Duration;

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::output::width::{padded, shortened};
use crate::output::{self, Look};

/// A lane keeps one of these through a run, as in the log.
const LANES: [Color; 4] = [Color::Cyan, Color::Magenta, Color::Green, Color::Yellow];

/// Columns of an icon and the gap behind it.
const ICON: usize = 3;

/// Stands before what is chosen, newest or in focus.
pub const MARK: &str = "▸";
/// What a task does, in the order of [`Span`](crate::recording::Span): each is
/// told from the others without colour.
pub const DOES: [&str; 6] = ["━", "─", "·", "╌", "█", "░"];
/// How a task ended, in the order of [`End`](crate::recording::End).
pub const ENDS: [&str; 4] = ["┤", "✗", "⊘", "‼"];
/// Says something.
pub const LINE: &str = "●";
/// Says the newest line.
pub const NEWEST: &str = "◆";
/// Now.
pub const NOW: &str = "▼";
/// Now, below.
pub const CURSOR: &str = "│";

/// What the terminal, or its owner, allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Colours.
    pub color: bool,
    /// Icons.
    pub emoji: bool,
}

impl Theme {
    /// A style that keeps its modifiers where there are no colours.
    fn colored(self, style: Style, color: Color) -> Style {
        if self.color { style.fg(color) } else { style }
    }

    /// Of a lane; the narrator has the terminal's own.
    pub fn lane(self, lane: Option<u32>) -> Style {
        match lane {
            Some(id) => self.colored(Style::new(), LANES[id as usize % LANES.len()]),
            None => Style::new(),
        }
    }

    /// What went wrong.
    pub fn wrong(self) -> Style {
        self.colored(Style::new().add_modifier(Modifier::BOLD), Color::Red)
    }

    /// What went right.
    pub fn right(self) -> Style {
        self.colored(Style::new().add_modifier(Modifier::BOLD), Color::Green)
    }

    /// Of a piece of source or of a page.
    pub fn look(self, look: Look) -> Style {
        match look {
            Look::Plain => Style::new(),
            Look::Heading | Look::Strong => strong(),
            Look::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
            Look::Faint | Look::Comment => faint(),
            Look::Keyword => self.colored(Style::new(), Color::Magenta),
            Look::Function => self.colored(Style::new(), Color::Yellow),
            Look::Text => self.colored(Style::new(), Color::Green),
            Look::Code | Look::Type | Look::Number | Look::Macro => {
                self.colored(Style::new(), Color::Cyan)
            }
        }
    }

    /// A line of source or of a page.
    pub fn line<'a>(self, line: &'a [output::Piece<'_>]) -> Line<'a> {
        let spans = line
            .iter()
            .map(|piece| Span::styled(&*piece.text, self.look(piece.look)));
        spans.collect()
    }

    /// The icon's cell, three columns wide; nothing where there are no icons.
    pub fn icon(self, icon: &str) -> String {
        if self.emoji {
            padded(&shortened(icon, ICON - 1), ICON)
        } else {
            String::new()
        }
    }
}

/// Of weight.
pub fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// In the background.
pub fn faint() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// Looked for.
pub fn found(style: Style) -> Style {
    style.add_modifier(Modifier::UNDERLINED)
}

/// A moment to the millisecond, without its unit.
pub fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}
