//! A row for each lane: when it waited, when it worked, when it spoke.

use std::ops::RangeInclusive;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::super::run::Run;
use super::super::theme::{CURSOR, DOES, ENDS, LINE, MARK, NEWEST, NOW, Theme, faint, strong};
use super::areas::ABOVE_LANES;
use super::places::{Places, View};
use super::{Window, row, rule};
use crate::output::width::{shortened, width, without_middle};
use crate::recording::{End, Span as Kind};
use crate::timeline::Row;

impl<'a> View<'a> {
    fn of(run: &'a Run) -> Self {
        Self {
            timeline: &run.timeline,
            shown: run.shown(),
            now: run.now(),
            end: run.timeline.end(),
            zoom: run.zoom,
            scroll: run.lanes,
        }
    }
}

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, theme: Theme) {
    draw_view(frame, area, &View::of(run), "Timeline", theme);
}

/// Draws the lanes that fit, the one that spoke last among them.
pub fn draw_view(frame: &mut Frame<'_>, area: Rect, view: &View<'_>, title: &str, theme: Theme) {
    let places = Places::of(area, view);
    let lanes = view.timeline.rows();
    let in_sight = first_lane(view, places.lanes.height.into());
    let fit = usize::from(places.lanes.height);
    let title = if lanes.len() > fit {
        format!(
            "{title}, lanes {}–{} of {}",
            in_sight + 1,
            in_sight + fit.min(lanes.len()),
            lanes.len()
        )
    } else {
        title.to_owned()
    };
    rule(frame, area, &[(&title, false)]);
    axis(frame, &places);
    let newest = view
        .shown
        .checked_sub(1)
        .and_then(|newest| view.timeline.line(newest));
    for (nth, lane) in lanes.iter().skip(in_sight).take(fit).enumerate() {
        let speaks = newest.is_some_and(|line| line.row == in_sight + nth);
        let mark = if speaks { MARK } else { " " };
        let style = theme.lane(lane.lane);
        let name_style = if speaks { style.patch(strong()) } else { style };
        let place = row(places.lanes, nth);
        let room = usize::from(places.label.saturating_sub(3));
        let name = Line::from_iter([
            Span::raw(mark),
            Span::raw(" "),
            Span::styled(without_middle(view.timeline.name(lane), room), name_style),
        ]);
        let label = Rect {
            width: places.label,
            ..place
        };
        frame.render_widget(name, label);
        cells(frame, &places, place.y, view, lane, (style, theme));
        doing(frame, &places, place, view, lane, theme);
    }
}

/// The first lane in sight: whole screens of lanes, so that the rows stay
/// where they are while lanes of one screen speak.
fn first_lane(view: &View<'_>, fit: usize) -> usize {
    let newest = view
        .shown
        .checked_sub(1)
        .and_then(|newest| view.timeline.line(newest));
    let row = newest.map_or(0, |line| line.row);
    let page = row.checked_div(fit).unwrap_or(0) * fit;
    Window::new(view.timeline.rows().len(), fit, page).scrolled(view.scroll)
}

/// How far the lanes can be scrolled.
pub fn scrolls(area: Rect, run: &Run) -> RangeInclusive<i32> {
    let fit = usize::from(area.height.saturating_sub(ABOVE_LANES));
    let view = View {
        scroll: 0,
        ..View::of(run)
    };
    Window::new(view.timeline.rows().len(), fit, first_lane(&view, fit)).scrolls()
}

fn cells(
    frame: &mut Frame<'_>,
    places: &Places,
    y: u16,
    view: &View<'_>,
    lane: &Row,
    (style, theme): (Style, Theme),
) {
    let buffer = frame.buffer_mut();
    let mut put = |x: u16, glyph: &str, style: Style| {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.reset();
            cell.set_symbol(glyph).set_style(style);
        }
    };
    if let Some(x) = places.column(view.now) {
        put(x, CURSOR, faint());
    }
    for piece in view.timeline.pieces_until(lane, view.shown, view.now) {
        let style = match piece.bar.span {
            Kind::Blocking => theme.wrong(),
            _ => style,
        };
        for x in places.columns(piece.from, piece.to) {
            put(x, DOES[piece.bar.span as usize], style);
        }
    }
    if let Some((end, t, _)) = lane.end
        && view.timeline.has_ended(lane, view.shown, view.now)
        && let Some(x) = places.column(t)
    {
        put(x + 1, ENDS[end as usize], end_style(end, style, theme));
    }
    for number in lane.said(view.shown) {
        let Some(line) = view.timeline.line(*number) else {
            continue;
        };
        if let Some(x) = places.column(line.t) {
            let glyph = if number + 1 == view.shown {
                NEWEST
            } else {
                LINE
            };
            put(x, glyph, style.patch(strong()));
        }
    }
}

fn end_style(end: End, style: Style, theme: Theme) -> Style {
    match end {
        End::Failed | End::Panicked => theme.wrong(),
        End::Finished | End::Cancelled => style,
    }
}

/// What a lane does now, or how it ended, where there is room for words.
fn doing(
    frame: &mut Frame<'_>,
    places: &Places,
    place: Rect,
    view: &View<'_>,
    lane: &Row,
    theme: Theme,
) {
    let end = lane.end.map(|(end, ..)| end);
    let ended = view.timeline.has_ended(lane, view.shown, view.now);
    let (text, style) = match (view.timeline.doing(lane, view.shown, view.now), end) {
        (_, Some(end)) if ended => {
            let word = match end {
                End::Finished => return,
                End::Failed => "failed",
                End::Cancelled => "cancelled",
                End::Panicked => "panicked",
            };
            let text = format!("{} {word}", ENDS[end as usize]);
            (text, end_style(end, faint(), theme))
        }
        (Some(bar), _) => {
            let (glyph, words) = (DOES[bar.span as usize], view.timeline.words(bar));
            (format!("{glyph} {words}"), faint())
        }
        (None, _) => return,
    };
    let words = Rect {
        x: place.right() - places.words,
        width: places.words,
        ..place
    };
    let text = shortened(&text, words.width.into());
    frame.render_widget(Line::styled(text, style), words);
}

/// Ticks at round times, and now.
fn axis(frame: &mut Frame<'_>, places: &Places) {
    let area = places.axis;
    let step = tick(places.to.saturating_sub(places.from), area.width);
    let first = places.from.as_millis().div_ceil(step) * step;
    let now = places.column(places.now);
    for nth in 0..u128::from(area.width) {
        let millis = u64::try_from(first + nth * step).unwrap_or(u64::MAX);
        let time = Duration::from_millis(millis);
        let Some(x) = places.column(time).filter(|_| time <= places.to) else {
            break;
        };
        let text = format!("╷{} s", time.as_secs_f64());
        let width = u16::try_from(width(&text)).unwrap_or(u16::MAX);
        let free = area.right() - x;
        // A label that the present falls into gives way to it.
        let hidden = width > free || now.is_some_and(|now| x < now && now - x < width);
        let place = Rect {
            x,
            width: if hidden { 1 } else { width },
            ..area
        };
        frame.render_widget(Line::styled(text, faint()), place);
    }
    if let Some(x) = now {
        let place = Rect {
            x,
            width: 1,
            ..area
        };
        frame.render_widget(Clear, place);
        frame.render_widget(Line::styled(NOW, strong()), place);
    }
}

/// A round time in milliseconds, far enough apart for its label.
fn tick(span: Duration, width: u16) -> u128 {
    let labels = u128::from(width / 12).max(1);
    let least = (span.as_millis() / labels).max(1);
    let power = 10_u128.pow(least.ilog10());
    let rounds = [1, 2, 5, 10].map(|round| round * power);
    rounds
        .into_iter()
        .find(|round| *round >= least)
        .unwrap_or(least)
}

/// The moment at a place on the screen.
pub fn time_at(area: Rect, run: &Run, place: Position) -> Option<Duration> {
    let places = Places::of(area, &View::of(run));
    let inside = area.contains(place) && (places.axis.x..places.axis.right()).contains(&place.x);
    inside.then(|| places.time(place.x))
}
