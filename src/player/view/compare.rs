//! Two runs side by side, aligned in time; what differs has a mark.

use std::ops::RangeInclusive;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::super::compare::{Compare, Pair};
use super::super::run::{Pane, Run};
use super::super::theme::{MARK, Theme, faint, strong};
use super::areas::{ABOVE_LANES, split_rows};
use super::places::View;
use super::timeline::draw_view;
use super::{Window, log, row, rule};
use crate::timeline::Timeline;

/// Marks a pair that differs.
const DIFFERS: &str = "≠";

/// From this height on, both timelines are shown.
const TALL: u16 = 14;

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, both: &Compare, theme: Theme) {
    let position = run.head.position();
    let (shown_left, shown_right) = both.shown(position.at);
    let half = area.width / 2;
    let left = Rect {
        width: half - 1,
        ..area
    };
    let right = Rect {
        x: area.x + half + 1,
        width: area.width - half - 1,
        ..area
    };
    let broken = format!("with {}", both.switch);
    let sides = [
        (left, &both.left, shown_left, "as it is"),
        (right, &both.right, shown_right, broken.as_str()),
    ];
    let rows = timeline_rows(area, both);
    for (side, run_of, shown, title) in sides {
        let (above, log) = split_rows(side, rows);
        if rows > 0 {
            let view = View {
                timeline: run_of,
                shown,
                now: position.now.min(run_of.end()),
                end: run.head.end(),
                zoom: run.zoom,
                scroll: run.lanes,
            };
            draw_view(frame, above, &view, title, theme);
            rule(frame, log, &[]);
        } else {
            rule(frame, log, &[(title, false)]);
        }
        let fit = usize::from(log.height.saturating_sub(1));
        let at = position.at.min(both.pairs.len());
        let first = Window::new(at, fit, at).scrolled(run.scroll(Pane::Log).rows);
        let log = super::below(log);
        for (nth, pair) in both.pairs[first..at].iter().take(fit).enumerate() {
            let number = if std::ptr::eq(run_of, &raw const both.left) {
                pair.left
            } else {
                pair.right
            };
            let newest = first + nth + 1 == at;
            let line = one(run_of, *pair, number, newest, run, theme);
            frame.render_widget(line, row(log, nth));
        }
    }
    let divider = Rect {
        x: area.x + half - 1,
        width: 1,
        ..area
    };
    divide(frame, divider, rows);
    if run.head.is_at_end() {
        let last = row(area, usize::from(area.height).saturating_sub(1));
        frame.render_widget(Clear, last);
        frame.render_widget(Line::styled(verdict(both), theme.wrong()), last);
    }
}

/// Rows for both timelines, where there is room for them.
fn timeline_rows(area: Rect, both: &Compare) -> u16 {
    let lanes = both.left.rows().len().max(both.right.rows().len());
    let lanes = u16::try_from(lanes).unwrap_or(u16::MAX);
    if area.height < TALL {
        return 0;
    }
    lanes.clamp(1, area.height * 2 / 5) + ABOVE_LANES
}

/// How far the logs can be scrolled.
pub fn scrolls(area: Rect, run: &Run, both: &Compare) -> RangeInclusive<i32> {
    let at = run.head.position().at.min(both.pairs.len());
    let fit = area.height.saturating_sub(timeline_rows(area, both) + 1);
    Window::new(at, fit.into(), at).scrolls()
}

/// A line between the two, joined to the rules.
fn divide(frame: &mut Frame<'_>, area: Rect, rows: u16) {
    for nth in 0..area.height {
        let glyph = match nth {
            0 => "┬",
            nth if nth == rows => "┼",
            _ => "│",
        };
        frame.render_widget(Line::styled(glyph, faint()), row(area, nth.into()));
    }
}

/// What it comes to, once all has been seen.
fn verdict(both: &Compare) -> String {
    let count = both.pairs.len();
    let differ = match both.differences() {
        0 => format!(" both say the same {count} lines"),
        some => format!(" {DIFFERS} {some} of {count} differ"),
    };
    let failures = [&both.left, &both.right].map(|timeline| timeline.failure());
    match failures.into_iter().flatten().next() {
        Some(failure) => format!("{differ}  ■ {failure}"),
        None => differ,
    }
}

fn one<'a>(
    timeline: &'a Timeline,
    pair: Pair,
    number: Option<usize>,
    newest: bool,
    run: &'a Run,
    theme: Theme,
) -> Line<'a> {
    let differs = if pair.same { " " } else { DIFFERS };
    let mark = if newest { MARK } else { " " };
    let lead = Span::styled(differs, theme.wrong());
    let mut spans = vec![lead];
    match number.and_then(|number| timeline.line(number)) {
        Some(said) => {
            let width = super::super::theme::seconds(run.head.end()).len();
            spans.extend(log::line(said, mark, width, &run.search, theme).spans);
        }
        None => spans.push(Span::styled(mark, strong())),
    }
    Line::from_iter(spans)
}
