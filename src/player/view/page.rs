//! The recipe's page.

use std::ops::RangeInclusive;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;

use super::super::run::{Pane, Run};
use super::super::theme::Theme;
use super::{Window, below};
use crate::output::{Layout, page};

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, theme: Theme) {
    let area = below(area);
    let page_of_recipe = run.recipe.page();
    let layout = Layout {
        ticks: !theme.color,
        ..layout(area)
    };
    let lines = page(page_of_recipe.text(), layout);
    let scroll = run.scroll(Pane::Page);
    let fit = usize::from(area.height);
    let first = Window::new(lines.len(), fit, 0).scrolled(scroll.rows);
    let in_sight = lines
        .iter()
        .skip(first)
        .take(fit)
        .map(|line| theme.line(line));
    let text = Paragraph::new(in_sight.collect::<Vec<_>>());
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        ..area
    };
    frame.render_widget(text.scroll((0, scroll.columns)), area);
}

/// How far it can be scrolled.
pub fn scrolls(area: Rect, run: &Run) -> RangeInclusive<i32> {
    let area = below(area);
    let lines = page(run.recipe.page().text(), layout(area)).len();
    Window::new(lines, area.height.into(), 0).scrolls()
}

fn layout(area: Rect) -> Layout {
    Layout {
        width: usize::from(area.width.saturating_sub(2)),
        ticks: true,
    }
}
