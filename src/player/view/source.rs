//! The recipe's file, the line that has just spoken marked, its note below.

use std::ops::RangeInclusive;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::super::run::{Pane, Run};
use super::super::theme::{MARK, Theme, faint, strong};
use super::areas::split_rows;
use super::{Window, below};
use crate::book;
use crate::recording::Place;

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, theme: Theme) {
    let place = place(run);
    let speaking = place.map(|at| at.line as usize);
    let mut area = below(area);
    if let Some(note) = place.and_then(book::note) {
        let note = Line::from_iter([Span::raw("✎ "), Span::styled(note, strong())]);
        let note = Paragraph::new(note).wrap(Wrap { trim: true });
        let rows = u16::try_from(note.line_count(area.width)).unwrap_or(u16::MAX);
        let (code, below) = split_rows(area, area.height.saturating_sub(rows.min(area.height / 2)));
        frame.render_widget(note, below);
        area = code;
    }
    let fit = usize::from(area.height);
    let scroll = run.scroll(Pane::Source);
    let first = window(run, fit).scrolled(scroll.rows);
    let digits = run.source.len().to_string().len();
    let gutter = u16::try_from(digits + 4).unwrap_or(0).min(area.width);
    let mut numbers = Vec::new();
    let mut lines = Vec::new();
    for (number, pieces) in (1..).zip(&run.source).skip(first).take(fit) {
        let speaks = speaking == Some(number);
        let (mark, style) = if speaks {
            (MARK, strong())
        } else {
            (" ", faint())
        };
        let number = format!("{mark} {number:>digits$}  ");
        numbers.push(Line::styled(number, style));
        let line = theme.line(pieces);
        lines.push(if speaks {
            line.patch_style(strong())
        } else {
            line
        });
    }
    frame.render_widget(Paragraph::new(numbers), area);
    let code = Rect {
        x: area.x + gutter,
        width: area.width - gutter,
        ..area
    };
    frame.render_widget(Paragraph::new(lines).scroll((0, scroll.columns)), code);
}

/// How far it can be scrolled.
pub fn scrolls(area: Rect, run: &Run) -> RangeInclusive<i32> {
    window(run, below(area).height.into()).scrolls()
}

/// The line that has just spoken, or before anybody has, the code below the page.
fn window(run: &Run, fit: usize) -> Window {
    let page = book::lines_of_page(run.recipe.source);
    match place(run) {
        Some(at) => Window::around(run.source.len(), fit, at.line as usize),
        None => Window::new(run.source.len(), fit, page),
    }
}

/// Where the newest line was said, if that was in the recipe's own file.
fn place(run: &Run) -> Option<Place<'_>> {
    let newest = run.timeline.line(run.newest()?)?;
    Some(newest.at).filter(|at| at.file == run.recipe.file)
}
