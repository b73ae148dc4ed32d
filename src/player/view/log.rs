//! What has been said up to now, the newest line marked.

use std::ops::RangeInclusive;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::super::run::{Pane, Run, contains};
use super::super::theme::{MARK, Theme, faint, found, seconds, strong};
use super::areas::split_rows;
use super::{Window, below};
use crate::timeline::{self, Timeline};

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, theme: Theme) {
    let mut area = below(area);
    let failure = run.timeline.failure().filter(|_| run.head.is_at_end());
    if let Some(failure) = failure {
        let text = Line::styled(format!("■ {failure}"), theme.wrong());
        let text = Paragraph::new(text).wrap(Wrap { trim: true });
        let rows = u16::try_from(text.line_count(area.width)).unwrap_or(u16::MAX);
        let (log, below) = split_rows(area, area.height.saturating_sub(rows.min(area.height / 2)));
        frame.render_widget(text, below);
        area = log;
    }
    let fit = usize::from(area.height);
    let shown = run.shown();
    let first = Window::new(shown, fit, shown).scrolled(run.scroll(Pane::Log).rows);
    let lines = (first..shown).take(fit).filter_map(|number| {
        let said = run.timeline.line(number)?;
        let mark = if number + 1 == shown { MARK } else { " " };
        Some(line(
            said,
            mark,
            time_width(&run.timeline),
            &run.search,
            theme,
        ))
    });
    let text = Paragraph::new(lines.collect::<Vec<_>>());
    frame.render_widget(text.scroll((0, run.scroll(Pane::Log).columns)), area);
}

/// How far it can be scrolled.
pub fn scrolls(area: Rect, run: &Run) -> RangeInclusive<i32> {
    let fit = usize::from(below(area).height);
    Window::new(run.shown(), fit, run.shown()).scrolls()
}

/// How many columns the longest time takes.
pub fn time_width(timeline: &Timeline) -> usize {
    seconds(timeline.end()).len()
}

/// A line of the log: mark, time, icon, text.
pub fn line<'a>(
    said: timeline::Line<'a>,
    mark: &'a str,
    time_width: usize,
    search: &str,
    theme: Theme,
) -> Line<'a> {
    let mut style = theme.lane(said.lane);
    if mark == MARK {
        style = style.patch(strong());
    }
    if !search.is_empty() && contains(said.text, search) {
        style = found(style);
    }
    Line::from_iter([
        Span::raw(mark),
        Span::styled(time(said.t, time_width), faint()),
        Span::raw(theme.icon(said.icon)),
        Span::styled(said.text, style),
    ])
}

fn time(t: Duration, width: usize) -> String {
    format!(" {:>width$}  ", seconds(t))
}
