//! Text whose parts say what they are, before anybody decides on colours: the
//! terminal and the player paint the same lines, each in its own way.

use std::borrow::Cow;

use owo_colors::{AnsiColors, Style as Paint};

use super::width::width;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Running text.
    #[default]
    Plain,
    /// A title or a heading.
    Heading,
    /// `**of weight**`.
    Strong,
    /// `*with a stress*`.
    Emphasis,
    /// Code within running text, and code of which we know no grammar.
    Code,
    /// Line numbers, rules, prompts.
    Faint,
    /// `async`, `let`.
    Keyword,
    /// A type, a trait, a variant, a constant.
    Type,
    /// The name of a function where it is called or defined.
    Function,
    /// A string or a character.
    Text,
    /// A number.
    Number,
    /// `// why`.
    Comment,
    /// A macro, an attribute, a lifetime.
    Macro,
}

/// A piece of text of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it says, without line breaks.
    pub text: Cow<'a, str>,
    /// What it is.
    pub look: Look,
}

/// A line is its pieces in a row.
pub type Line<'a> = Vec<Piece<'a>>;

impl<'a> Piece<'a> {
    /// `text`, which is a `look`.
    pub fn new(text: impl Into<Cow<'a, str>>, look: Look) -> Self {
        Self {
            text: text.into(),
            look,
        }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        width(&self.text)
    }
}

/// The line for a terminal, in its eight colours, or as plain text.
pub fn ansi(line: &[Piece<'_>], color: bool) -> String {
    let painted = |piece: &Piece<'_>| {
        if color {
            paint(piece.look).style(&piece.text).to_string()
        } else {
            piece.text.to_string()
        }
    };
    line.iter().map(painted).collect()
}

fn paint(look: Look) -> Paint {
    let paint = Paint::new();
    match look {
        Look::Plain => paint,
        Look::Heading | Look::Strong => paint.bold(),
        Look::Emphasis => paint.italic(),
        Look::Faint | Look::Comment => paint.dimmed(),
        Look::Keyword => paint.color(AnsiColors::Magenta),
        Look::Function => paint.color(AnsiColors::Yellow),
        Look::Text => paint.color(AnsiColors::Green),
        Look::Code | Look::Type | Look::Number | Look::Macro => paint.color(AnsiColors::Cyan),
    }
}
