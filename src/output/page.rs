//! A recipe's page for reading: Markdown in lines of a given width.

use super::look::{Line, Look, Piece};
use super::markdown::{Block, blocks, words};
use super::width::{clusters, spaces, width};
use crate::highlight;

/// How a page is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns that running text and tables may take. Code is never broken.
    pub width: usize,
    /// Whether inline code keeps its backticks, for where no colour tells it.
    pub ticks: bool,
}

const INDENT: &str = "    ";
const GAP: &str = "   ";

/// The lines of a page.
pub fn page(markdown: &str, layout: Layout) -> Vec<Line<'_>> {
    let blocks = blocks(markdown);
    let mut lines = Vec::new();
    for (nth, block) in blocks.iter().enumerate() {
        let in_list = matches!(block, Block::Item { .. })
            && nth
                .checked_sub(1)
                .is_some_and(|before| matches!(blocks[before], Block::Item { .. }));
        if nth > 0 && !in_list {
            lines.push(Line::new());
        }
        match block {
            // The title is a sentence of its own, in the place of a heading.
            Block::Paragraph(text) if nth == 0 => {
                let title = text.trim_end_matches('.').to_owned();
                lines.extend(paragraph(&title, layout, "", Look::Heading));
            }
            Block::Heading(text) => lines.push(vec![Piece::new(*text, Look::Heading)]),
            Block::Paragraph(text) => lines.extend(paragraph(text, layout, "", Look::Plain)),
            Block::Item { bullet, text } => {
                let bullet = format!("{bullet} ");
                lines.extend(paragraph(text, layout, &bullet, Look::Plain));
            }
            Block::Table(rows) => table(rows, layout, &mut lines),
            Block::Code {
                language,
                lines: code,
            } => lines.extend(code.iter().map(|line| code_line(language, line))),
        }
    }
    lines
}

fn code_line<'a>(language: &str, line: &'a str) -> Line<'a> {
    if line.is_empty() {
        return Line::new();
    }
    let mut pieces = vec![Piece::new(INDENT, Look::Plain)];
    match line.strip_prefix("$ ") {
        Some(command) if language == "console" => {
            pieces.push(Piece::new("$ ", Look::Faint));
            pieces.push(Piece::new(command, Look::Code));
        }
        _ if matches!(language, "" | "rust") => {
            pieces.extend(highlight::rust(line).into_iter().flatten());
        }
        _ => pieces.push(Piece::new(line, Look::Code)),
    }
    pieces
}

/// Words set in lines after a bullet, or after nothing.
fn paragraph(text: &str, layout: Layout, bullet: &str, base: Look) -> Vec<Line<'static>> {
    let hang = width(bullet);
    let mut lines = wrap(text, layout, layout.width.saturating_sub(hang), base);
    for (nth, line) in lines.iter_mut().enumerate().filter(|_| hang > 0) {
        let lead = match nth {
            0 => bullet.to_owned(),
            _ => spaces(hang),
        };
        line.insert(0, Piece::new(lead, Look::Plain));
    }
    lines
}

/// Words in lines of at most `width` columns; a longer word is broken.
fn wrap(text: &str, layout: Layout, width: usize, base: Look) -> Vec<Line<'static>> {
    let mut lines = vec![Line::new()];
    let mut used = 0;
    let words = words(text, layout.ticks);
    for word in words.into_iter().flat_map(|word| broken(word, width)) {
        let wide = width_of(&word);
        if used > 0 && used + 1 + wide > width {
            lines.push(Line::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { break };
        if used > 0 {
            append(line, " ", base);
            used += 1;
        }
        for piece in word {
            let look = match piece.look {
                Look::Plain => base,
                look => look,
            };
            append(line, &piece.text, look);
        }
        used += wide;
    }
    lines
}

/// A word in parts of at most `width` columns.
fn broken(word: Vec<Piece<'static>>, width: usize) -> Vec<Line<'static>> {
    if width_of(&word) <= width {
        return vec![word];
    }
    let (mut parts, mut part, mut used) = (Vec::new(), Line::new(), 0);
    for piece in &word {
        for (cluster, columns) in clusters(&piece.text) {
            if !part.is_empty() && used + columns > width {
                parts.push(std::mem::take(&mut part));
                used = 0;
            }
            append(&mut part, cluster, piece.look);
            used += columns;
        }
    }
    parts.push(part);
    parts
}

fn append(line: &mut Line<'static>, text: &str, look: Look) {
    match line.last_mut() {
        Some(last) if last.look == look => last.text.to_mut().push_str(text),
        _ => line.push(Piece::new(text.to_owned(), look)),
    }
}

fn table(rows: &[Vec<String>], layout: Layout, lines: &mut Vec<Line<'_>>) {
    let columns = column_widths(rows, layout);
    for (nth, row) in rows.iter().enumerate() {
        let base = if nth == 0 { Look::Strong } else { Look::Plain };
        let cells: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(column, width)| {
                let text = row.get(column).map_or("", String::as_str);
                wrap(text, layout, *width, base)
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for part in 0..height {
            let mut line = Line::new();
            for (cell, width) in cells.iter().zip(&columns) {
                let pieces = cell.get(part).cloned().unwrap_or_default();
                let missing = width.saturating_sub(width_of(&pieces));
                line.extend(pieces);
                line.push(Piece::new(spaces(missing) + GAP, Look::Plain));
            }
            trim_end(&mut line);
            lines.push(line);
        }
        if nth == 0 {
            let rules: Vec<_> = columns.iter().map(|width| "─".repeat(*width)).collect();
            lines.push(vec![Piece::new(rules.join(GAP), Look::Faint)]);
        }
    }
}

/// Takes the spaces at its end away.
fn trim_end(line: &mut Line<'_>) {
    while let Some(last) = line.last_mut() {
        let length = last.text.trim_end().len();
        if length > 0 {
            return last.text.to_mut().truncate(length);
        }
        line.pop();
    }
}

/// As wide as their cells; where that is too much, the widest gives way, as
/// long as there is one that need not break a word.
fn column_widths(rows: &[Vec<String>], layout: Layout) -> Vec<usize> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    // Of each column, the width of its longest cell and of its longest word.
    let mut widths: Vec<(usize, usize)> = vec![(0, 0); count];
    for (column, cell) in rows.iter().flat_map(|row| row.iter().enumerate()) {
        let words = words(cell, layout.ticks);
        let words = words.iter().map(|word| width_of(word));
        let whole = words.clone().map(|word| word + 1).sum::<usize>();
        let (widest, least) = &mut widths[column];
        *widest = (*widest).max(whole.saturating_sub(1));
        *least = (*least).max(words.max().unwrap_or(0));
    }
    let gaps = width(GAP) * count.saturating_sub(1);
    let room = layout.width.saturating_sub(gaps);
    while widths.iter().map(|(width, _)| width).sum::<usize>() > room {
        let yields = |(width, least): &(usize, usize)| (width > least, *width);
        match widths.iter_mut().max_by_key(|column| yields(column)) {
            Some((width, _)) if *width > 1 => *width -= 1,
            _ => break,
        }
    }
    widths.into_iter().map(|(width, _)| width).collect()
}

fn width_of(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(Piece::width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::RECIPES;
    use crate::output::ansi;

    fn text(markdown: &str, width: usize) -> Vec<String> {
        let layout = Layout { width, ticks: true };
        let lines = page(markdown, layout);
        lines.iter().map(|line| ansi(line, false)).collect()
    }

    #[test]
    fn wraps_words_and_hangs_lists() {
        let markdown = "Title: it.\n\nSome `code here`, and\nmore.\n\n- one two three\n- four";
        let expected = [
            "Title: it",
            "",
            "Some `code",
            "here`, and",
            "more.",
            "",
            "• one two",
            "  three",
            "• four",
        ];
        assert_eq!(text(markdown, 12), expected);
    }

    #[test]
    fn tables_give_way_to_the_width() {
        let markdown = "T\n\n| a | b |\n|---|---|\n| `x \\| y` | one two three four |";
        let expected = [
            "T",
            "",
            "a         b",
            "───────   ──────────────",
            "`x | y`   one two three",
            "          four",
        ];
        assert_eq!(text(markdown, 24), expected);
    }

    #[test]
    fn running_text_has_looks_and_links_are_what_they_say() {
        let markdown = "T\n\n**must** or *may*: [the `a`](https://b.c) or [`D`].";
        let lines = page(
            markdown,
            Layout {
                width: 80,
                ticks: false,
            },
        );
        let looks: Vec<_> = lines[2].iter().map(|p| (&*p.text, p.look)).collect();
        let expected = [
            ("must", Look::Strong),
            (" or ", Look::Plain),
            ("may", Look::Emphasis),
            (": the ", Look::Plain),
            ("a", Look::Code),
            (" or ", Look::Plain),
            ("D", Look::Code),
            (".", Look::Plain),
        ];
        assert_eq!(looks, expected);
        let painted = ansi(&lines[2], true);
        assert!(painted.starts_with("\u{1b}[1mmust\u{1b}[0m or \u{1b}[3mmay\u{1b}[0m:"));
    }

    #[test]
    fn every_page_keeps_to_every_width() {
        for recipe in RECIPES.iter() {
            for width in [0, 1, 20, 40, 80] {
                let layout = Layout { width, ticks: true };
                let lines = page(recipe.page().text(), layout).len();
                assert!(lines > 10, "{} at {width}", recipe.name);
            }
        }
    }
}
