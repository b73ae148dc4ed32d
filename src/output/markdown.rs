//! The Markdown that recipes' pages are written in, as blocks of words.

use super::look::{Look, Piece};

/// What a page is made of.
#[derive(Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// `# Heading`.
    Heading(&'a str),
    /// Running text.
    Paragraph(String),
    /// One item of a list, after `-` or `1.`.
    Item { bullet: &'a str, text: String },
    /// Rows of cells; the first one is the header.
    Table(Vec<Vec<String>>),
    /// A fenced block: its language and its lines.
    Code {
        language: &'a str,
        lines: Vec<&'a str>,
    },
}

/// The blocks of a page.
pub fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().peekable();
    let mut after_gap = true;
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(language) = trimmed.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| line.trim() != "```");
            let lines = lines.collect();
            blocks.push(Block::Code { language, lines });
        } else if let Some(heading) = heading(trimmed) {
            blocks.push(Block::Heading(heading));
        } else if trimmed.starts_with('|') {
            let mut rows = vec![cells(trimmed)];
            while let Some(row) = lines.next_if(|line| line.trim().starts_with('|')) {
                rows.push(cells(row.trim()));
            }
            rows.retain(|row| !row.iter().all(|cell| is_rule(cell)));
            blocks.push(Block::Table(rows));
        } else if let Some((bullet, text)) = item(trimmed) {
            let text = text.to_owned();
            blocks.push(Block::Item { bullet, text });
        } else if !trimmed.is_empty() {
            match blocks.last_mut() {
                Some(Block::Paragraph(text) | Block::Item { text, .. }) if !after_gap => {
                    text.push(' ');
                    text.push_str(trimmed);
                }
                _ => blocks.push(Block::Paragraph(trimmed.to_owned())),
            }
        }
        after_gap = trimmed.is_empty();
    }
    blocks
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (1..=6).contains(&level).then(|| text.strip_prefix(' '))?
}

fn item(line: &str) -> Option<(&str, &str)> {
    if let Some(text) = line.strip_prefix("- ") {
        return Some(("•", text));
    }
    let (number, text) = line.split_once(". ")?;
    let numbered = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    numbered.then(|| (&line[..=number.len()], text))
}

/// A pipe within a cell is written `\|`.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim_matches('|');
    let cells = row.split(" | ").map(str::trim);
    cells.map(|cell| cell.replace(r"\|", "|")).collect()
}

fn is_rule(cell: &str) -> bool {
    let marks = cell
        .chars()
        .all(|mark| matches!(mark, '-' | ':' | '|' | ' '));
    marks && cell.contains('-')
}

/// Running text in words, each in pieces of one look: `` `a`, `` is one word.
/// With `ticks`, code keeps its backticks, for where no colour tells it.
pub fn words(text: &str, ticks: bool) -> Vec<Vec<Piece<'static>>> {
    let mut words = Words::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (inner, look, after) = if let Some((code, after)) = between(rest, "`", "`") {
            let code = if ticks {
                format!("`{code}`")
            } else {
                code.to_owned()
            };
            (code, Look::Code, after)
        } else if let Some((strong, after)) = between(rest, "**", "**") {
            (strong.to_owned(), Look::Strong, after)
        } else if let Some((stressed, after)) = between(rest, "*", "*") {
            (stressed.to_owned(), Look::Emphasis, after)
        } else if let Some((link, after)) = link(rest) {
            rest = after;
            for word in self::words(link, ticks) {
                for piece in word {
                    words.add(&piece.text, piece.look);
                }
                words.open = false;
            }
            words.open = true;
            continue;
        } else {
            let (plain, after) = rest.split_at(first.len_utf8());
            (plain.to_owned(), Look::Plain, after)
        };
        words.add(&inner, look);
        rest = after;
    }
    words.all
}

/// What stands between two marks at the beginning of a text, and what follows.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (inner, after) = text.strip_prefix(open)?.split_once(close)?;
    let fits = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
    fits.then_some((inner, after))
}

/// `[text](address)` and rustdoc's ``[`Name`]``: a terminal shows the text.
fn link(text: &str) -> Option<(&str, &str)> {
    let (inner, after) = between(text, "[", "]")?;
    match between(after, "(", ")") {
        Some((_, after)) => Some((inner, after)),
        None => inner.starts_with('`').then_some((inner, after)),
    }
}

#[derive(Default)]
struct Words {
    all: Vec<Vec<Piece<'static>>>,
    /// Whether the last word may go on.
    open: bool,
}

impl Words {
    fn add(&mut self, text: &str, look: Look) {
        for (nth, part) in text.split(' ').enumerate() {
            self.open &= nth == 0;
            if part.is_empty() {
                continue;
            }
            match self.all.last_mut().filter(|_| self.open) {
                Some(word) => match word.last_mut() {
                    Some(last) if last.look == look => last.text.to_mut().push_str(part),
                    _ => word.push(Piece::new(part.to_owned(), look)),
                },
                None => self.all.push(vec![Piece::new(part.to_owned(), look)]),
            }
            self.open = true;
        }
        self.open &= !text.ends_with(' ');
    }
}
