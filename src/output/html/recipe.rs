//! What a page shows of the recipe that was recorded: its program and its page.

use std::fmt::{self, Write as _};

use crate::output::look::{Look, Piece};
use crate::output::markdown::{Block, blocks, words};
use crate::output::xml::Xml;
use crate::recipe::Recipe;
use crate::{book, highlight};

/// The recipe's program, without the page above it.
pub fn source(recipe: &Recipe) -> String {
    let skipped = book::lines_of_page(recipe.source);
    let mut lines = String::new();
    for (number, line) in (1..).zip(highlight::rust(recipe.source)).skip(skipped) {
        let code: String = line.iter().map(code).collect();
        // The line break is for whoever copies the code. Writing to a string
        // does not fail, here and below.
        let _ = write!(
            lines,
            "<span class=\"line\" id=\"L{number}\" data-n=\"{number}\">{code}\n</span>"
        );
    }
    let file = recipe.file;
    format!(
        "<section id=\"source\" aria-labelledby=\"source-title\">\n\
         <span class=\"where\" id=\"where\"></span><h2 id=\"source-title\">Source</h2>\n\
         <p id=\"note\"></p>\n<div class=\"body\" tabindex=\"0\" role=\"region\" \
         aria-labelledby=\"source-title\">\n<pre><code id=\"code\" data-file=\"{file}\">{lines}\
         </code></pre>\n</div>\n</section>\n"
    )
}

/// A piece of source, with a class where it is something special.
fn code(piece: &Piece<'_>) -> String {
    let text = Xml(&piece.text);
    let class = match piece.look {
        Look::Comment | Look::Faint => "c",
        Look::Keyword => "k",
        Look::Type => "y",
        Look::Function => "f",
        Look::Text => "s",
        Look::Number => "n",
        Look::Macro => "m",
        Look::Plain | Look::Heading | Look::Strong | Look::Emphasis | Look::Code => {
            return text.to_string();
        }
    };
    format!("<i class=\"{class}\">{text}</i>")
}

/// The recipe's page, below its title.
pub fn page(recipe: &Recipe) -> String {
    let page = recipe.page();
    let mut text = String::new();
    let mut list = None;
    for block in blocks(page.text()).iter().skip(1) {
        let kind = match block {
            Block::Item { bullet, .. } if bullet.starts_with(char::is_numeric) => Some("ol"),
            Block::Item { .. } => Some("ul"),
            _ => None,
        };
        if kind != list {
            text += &list.map_or(String::new(), |list| format!("</{list}>\n"));
            text += &kind.map_or(String::new(), |list| format!("<{list}>\n"));
            list = kind;
        }
        let _ = match block {
            Block::Heading(heading) => writeln!(text, "<h3>{}</h3>", prose(heading)),
            Block::Paragraph(words) => writeln!(text, "<p>{}</p>", prose(words)),
            Block::Item { text: words, .. } => writeln!(text, "<li>{}</li>", prose(words)),
            Block::Table(rows) => writeln!(text, "<table>{}</table>", table(rows)),
            Block::Code { lines, .. } => {
                let lines = Lines(lines);
                writeln!(text, "<pre><code>{lines}</code></pre>")
            }
        };
    }
    text += &list.map_or(String::new(), |list| format!("</{list}>\n"));
    format!(
        "<section id=\"page\" aria-labelledby=\"page-title\">\n\
         <h2 id=\"page-title\">Page</h2>\n<div class=\"prose\">\n{text}</div>\n</section>\n"
    )
}

/// Running text: its words, with code, weight and stress.
fn prose(text: &str) -> String {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for (nth, word) in words(text, false).into_iter().enumerate() {
        for (part, piece) in word.into_iter().enumerate() {
            let gap = nth > 0 && part == 0;
            match pieces.last_mut() {
                Some(last) if last.look == piece.look => {
                    let gap = if gap { " " } else { "" };
                    *last.text.to_mut() += &(gap.to_owned() + &piece.text);
                }
                _ => {
                    if gap {
                        pieces.push(Piece::new(" ", Look::Plain));
                    }
                    pieces.push(piece);
                }
            }
        }
    }
    let told = |piece: &Piece<'_>| {
        let text = Xml(&piece.text);
        match piece.look {
            Look::Code => format!("<code>{text}</code>"),
            Look::Strong => format!("<strong>{text}</strong>"),
            Look::Emphasis => format!("<em>{text}</em>"),
            _ => text.to_string(),
        }
    };
    pieces.iter().map(told).collect()
}

fn table(rows: &[Vec<String>]) -> String {
    let row = |(nth, cells): (usize, &Vec<String>)| {
        let tag = if nth == 0 { "th" } else { "td" };
        let cell = |cell: &String| format!("<{tag}>{}</{tag}>", prose(cell));
        let cells: String = cells.iter().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    rows.iter().enumerate().map(row).collect()
}

/// Lines of code as they are.
struct Lines<'a>(&'a [&'a str]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|line| writeln!(f, "{}", Xml(line)))
    }
}
