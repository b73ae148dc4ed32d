//! What is on the screen, a file for each part of it. Drawing is a function of
//! the state alone: it changes nothing, and costs what can be seen.

mod areas;
mod bars;
mod breaks;
mod compare;
mod confirm;
mod help;
mod log;
mod menu;
mod page;
mod places;
mod predict;
mod recording;
mod source;
mod timeline;

use std::ops::RangeInclusive;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Wrap};

use super::keys::Command;
use super::run::{Pane, Run};
use super::state::{Front, State};
use super::theme::{MARK, Theme, faint, strong};
use areas::Areas;

/// The smallest screen on which anything can be seen.
const LEAST: (u16, u16) = (40, 10);

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let (width, height) = LEAST;
        let text = format!("needs {width}×{height}, has {}×{}", area.width, area.height);
        frame.render_widget(Line::raw(text), area);
        return;
    }
    match (&state.waiting, &state.run) {
        (Some(waiting), _) => recording::draw(frame, state, waiting, theme),
        (None, Some(run)) => draw_run(frame, run, theme),
        (None, None) => menu::draw(frame, state, theme),
    }
    match &state.front {
        _ if state.waiting.is_some() => {}
        Some(Front::Help(rows)) => help::draw(frame, *rows, theme),
        Some(Front::Breaks(breaks)) => breaks::draw(frame, breaks, theme),
        Some(Front::Confirm(confirm)) => confirm::draw(frame, confirm, theme),
        Some(Front::Prompt(_)) | None => {}
    }
    bars::footer(frame, state, theme);
}

fn draw_run(frame: &mut Frame<'_>, run: &Run, theme: Theme) {
    bars::title(frame, run, theme);
    let areas = Areas::of(frame.area(), run);
    if let Some(both) = &run.compare {
        compare::draw(frame, areas.body, run, both, theme);
        return;
    }
    if !areas.timeline.is_empty() {
        timeline::draw(frame, areas.timeline, run, theme);
    }
    for (pane, area) in &areas.panes {
        match pane {
            Pane::Log => log::draw(frame, *area, run, theme),
            Pane::Source => source::draw(frame, *area, run, theme),
            Pane::Page => page::draw(frame, *area, run, theme),
        }
    }
    areas.rules(frame, run);
    if let (Some(predict), Some(area)) = (&run.predict, areas.question) {
        predict::draw(frame, area, run, predict, theme);
    }
}

/// Fits the state to a screen of that size, before it is drawn there: scrolls
/// back what has been scrolled beyond its end, and lets a command be confirmed
/// only where all of it will be seen.
pub fn settle(area: Rect, state: &mut State) {
    if let Some(Front::Confirm(confirm)) = &mut state.front {
        confirm.in_sight = confirm::fits(area, confirm);
    }
    if let Some(run) = &mut state.run {
        settle_run(area, run);
    }
}

fn settle_run(area: Rect, run: &mut Run) {
    let areas = Areas::of(area, run);
    if let Some(both) = &run.compare {
        let rows = compare::scrolls(areas.body, run, both);
        let scroll = run.scroll_mut(Pane::Log);
        scroll.rows = scroll.rows.clamp(*rows.start(), *rows.end());
        return;
    }
    let lanes = timeline::scrolls(areas.timeline, run);
    run.lanes = run.lanes.clamp(*lanes.start(), *lanes.end());
    for (pane, area) in areas.panes {
        let rows = match pane {
            Pane::Log => log::scrolls(area, run),
            Pane::Source => source::scrolls(area, run),
            Pane::Page => page::scrolls(area, run),
        };
        let scroll = run.scroll_mut(pane);
        scroll.rows = scroll.rows.clamp(*rows.start(), *rows.end());
    }
}

/// What the mouse does at a place: seeks on the timeline.
pub fn pointed_at(area: Rect, run: &Run, place: Position) -> Option<Duration> {
    let areas = Areas::of(area, run);
    match run.compare {
        Some(_) => None,
        None => timeline::time_at(areas.timeline, run, place),
    }
}

/// What the wheel does at a place: scrolls what is there.
pub fn scrolled_at(area: Rect, run: &mut Run, place: Position, rows: i8) -> Option<Command> {
    let areas = Areas::of(area, run);
    if areas.timeline.contains(place) {
        return Some(Command::Lanes(rows));
    }
    let (pane, _) = areas.panes.iter().find(|(_, area)| area.contains(place))?;
    run.scroll_mut(*pane).rows += i32::from(rows);
    None
}

/// A horizontal rule with titles in it; the one in focus is marked.
fn rule(frame: &mut Frame<'_>, area: Rect, titles: &[(&str, bool)]) {
    let line = Line::styled("─".repeat(area.width.into()), faint());
    frame.render_widget(line, Rect { height: 1, ..area });
    // Among several, the mark moves and the titles stay.
    let unmarked = if titles.len() > 1 { "   " } else { " " };
    let spans = titles.iter().flat_map(|(title, focus)| {
        if *focus {
            [
                Span::raw(format!(" {MARK} ")),
                Span::styled(*title, strong()),
            ]
        } else {
            [Span::raw(unmarked), Span::styled(*title, faint())]
        }
    });
    if titles.is_empty() {
        return;
    }
    let line: Line<'_> = spans.chain([Span::raw(" ")]).collect();
    let width = area.width.saturating_sub(1);
    let place = Rect {
        x: area.x + 1,
        width,
        height: 1,
        ..area
    };
    frame.render_widget(line, place);
}

/// The part of an area below its first row.
fn below(area: Rect) -> Rect {
    let rows = area.height.min(1);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// A row of an area, counted from its top.
fn row(area: Rect, nth: usize) -> Rect {
    let nth = u16::try_from(nth).unwrap_or(u16::MAX).min(area.height);
    Rect {
        y: area.y + nth,
        height: u16::from(nth < area.height),
        ..area
    }
}

/// Which of many rows are in sight.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// The first row in sight, unless it is scrolled.
    first: usize,
    /// The first row in sight at most.
    last: usize,
}

impl Window {
    /// `fit` of `count` rows, from `first` on if there are enough.
    fn new(count: usize, fit: usize, first: usize) -> Self {
        let last = count.saturating_sub(fit);
        let first = first.min(last);
        Self { first, last }
    }

    /// With the row `middle` in the middle, if there are enough.
    fn around(count: usize, fit: usize, middle: usize) -> Self {
        Self::new(count, fit, middle.saturating_sub(fit / 2))
    }

    /// The first row in sight.
    fn scrolled(self, by: i32) -> usize {
        let by = isize::try_from(by).unwrap_or(0);
        self.first.saturating_add_signed(by).min(self.last)
    }

    /// How far it can be scrolled.
    fn scrolls(self) -> RangeInclusive<i32> {
        let rows = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        -rows(self.first)..=rows(self.last - self.first)
    }
}

/// Lines in a frame above the footer, in front of everything else.
fn over(frame: &mut Frame<'_>, lines: &[Line<'_>]) {
    let screen = frame.area();
    let text = Paragraph::new(lines.to_vec()).wrap(Wrap { trim: false });
    let inside = screen.width.saturating_sub(4);
    let rows = u16::try_from(text.line_count(inside)).unwrap_or(u16::MAX);
    let height = rows.saturating_add(2).min(screen.height - 2);
    let area = Rect {
        y: screen.bottom() - 1 - height,
        height,
        ..screen
    };
    frame.render_widget(Clear, area);
    frame.render_widget(
        text.block(Block::bordered().padding(Padding::horizontal(1))),
        area,
    );
}
