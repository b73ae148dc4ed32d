//! A row for each lane: when it waited, when it worked, when it spoke.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::film::{Film, Row};
use super::super::run::Run;
use super::super::theme::{CURSOR, LINE, MARK, NEWEST, NOW, Theme, WAIT, WORK, faint, strong};
use super::areas::ABOVE_LANES;
use super::{Window, fitted, row, rule};
use crate::recording::Span as Kind;

/// What of a film is looked at, and from which moment.
pub struct View<'a> {
    pub film: &'a Film,
    /// How many lines have been said.
    pub shown: usize,
    /// What time it is.
    pub now: Duration,
    /// When the time axis ends, zoomed out.
    pub end: Duration,
    /// How often it is enlarged twofold.
    pub zoom: u8,
    /// Rows that the lanes are scrolled.
    pub scroll: i32,
}

impl<'a> View<'a> {
    fn of(run: &'a Run) -> Self {
        Self {
            film: &run.film,
            shown: run.shown(),
            now: run.now(),
            end: run.film.end(),
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
    let lanes = view.film.rows();
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
        .and_then(|newest| view.film.line(newest));
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
            Span::styled(shortened(&lane.name, room), name_style),
        ]);
        frame.render_widget(name, place);
        cells(frame, &places, place.y, view, lane, style);
        doing(frame, &places, place, view, lane);
    }
}

/// A name without its middle where it is too long: its end tells it from others.
fn shortened(name: &str, room: usize) -> String {
    let count = name.chars().count();
    if Span::raw(name).width() <= room {
        return name.to_owned();
    }
    let kept = room.saturating_sub(1).min(count);
    let (head, tail) = (kept - kept / 2, kept / 2);
    let start = name.chars().take(head);
    let end = name.chars().skip(count - tail);
    start.chain(['…']).chain(end).collect()
}

/// The first lane in sight: whole screens of lanes, so that the rows stay
/// where they are while lanes of one screen speak.
fn first_lane(view: &View<'_>, fit: usize) -> usize {
    let newest = view
        .shown
        .checked_sub(1)
        .and_then(|newest| view.film.line(newest));
    let row = newest.map_or(0, |line| line.row);
    let page = row.checked_div(fit).unwrap_or(0) * fit;
    Window::new(view.film.rows().len(), fit, page).scrolled(view.scroll)
}

/// How far the lanes can be scrolled.
pub fn scrolls(area: Rect, run: &Run) -> RangeInclusive<i32> {
    let fit = usize::from(area.height.saturating_sub(ABOVE_LANES));
    let view = View {
        scroll: 0,
        ..View::of(run)
    };
    Window::new(view.film.rows().len(), fit, first_lane(&view, fit)).scrolls()
}

fn cells(
    frame: &mut Frame<'_>,
    places: &Places,
    y: u16,
    view: &View<'_>,
    lane: &Row,
    style: Style,
) {
    let buffer = frame.buffer_mut();
    let mut put = |x: u16, glyph: &str, style: Style| {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_symbol(glyph).set_style(style);
        }
    };
    if let Some(x) = places.column(view.now) {
        put(x, CURSOR, faint());
    }
    for bar in view.film.bars(lane, view.shown, view.now) {
        let (glyph, style) = match bar.span {
            Kind::Work => (WORK, style),
            Kind::Wait => (WAIT, style),
        };
        for x in places.columns(bar.from, bar.to) {
            put(x, glyph, style);
        }
    }
    for number in lane.said(view.shown) {
        let Some(line) = view.film.line(*number) else {
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

/// What a lane does now, where there is room for words.
fn doing(frame: &mut Frame<'_>, places: &Places, place: Rect, view: &View<'_>, lane: &Row) {
    let Some((span, what)) = view.film.doing(lane, view.shown, view.now) else {
        return;
    };
    let text = match span {
        Kind::Wait => format!("{WAIT} waits for {what}"),
        Kind::Work => format!("{WORK} {what}"),
    };
    let words = Rect {
        x: place.right() - places.words,
        width: places.words,
        ..place
    };
    let text = fitted(&text, words.width.into());
    frame.render_widget(Line::styled(text, faint()), words);
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
        let width = u16::try_from(Span::raw(&text).width()).unwrap_or(u16::MAX);
        let free = area.right() - x;
        // A label that the present falls into gives way to it.
        let hidden = width > free || now.is_some_and(|now| x < now && now < x + width);
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

/// Where a moment is on the screen, and which moments are on it.
struct Places {
    label: u16,
    words: u16,
    axis: Rect,
    lanes: Rect,
    from: Duration,
    to: Duration,
    now: Duration,
}

impl Places {
    fn of(area: Rect, view: &View<'_>) -> Self {
        let lanes = Rect {
            y: area.y + ABOVE_LANES.min(area.height),
            height: area.height.saturating_sub(ABOVE_LANES),
            ..area
        };
        let names = view
            .film
            .rows()
            .iter()
            .map(|row| Span::raw(row.name.as_str()).width());
        let longest = u16::try_from(names.max().unwrap_or(0)).unwrap_or(u16::MAX);
        let label = longest.saturating_add(3).min(area.width / 3);
        let words = match area.width {
            100.. => 32,
            72.. => 24,
            _ => 0,
        };
        let axis = Rect {
            x: area.x + label,
            y: area.y + 1,
            width: area.width - label - words - u16::from(words > 0),
            height: 1,
        };
        let span = view.end / 2_u32.saturating_pow(view.zoom.into());
        let from = view
            .now
            .saturating_sub(span / 2)
            .min(view.end.saturating_sub(span));
        Self {
            label,
            words,
            axis,
            lanes,
            from,
            to: from + span,
            now: view.now,
        }
    }

    /// The column of a moment, if it is in sight.
    fn column(&self, time: Duration) -> Option<u16> {
        (self.from..=self.to)
            .contains(&time)
            .then(|| self.clamped(time))
    }

    /// The columns from one moment to another, as far as they are in sight.
    fn columns(&self, from: Duration, to: Duration) -> Range<u16> {
        if from > self.to || to < self.from {
            0..0
        } else {
            self.clamped(from)..self.clamped(to) + 1
        }
    }

    fn clamped(&self, time: Duration) -> u16 {
        let last = u128::from(self.axis.width.saturating_sub(1));
        let span = self.to.saturating_sub(self.from).as_nanos().max(1);
        let past = time.clamp(self.from, self.to).saturating_sub(self.from);
        let column = (past.as_nanos() * last + span / 2) / span;
        self.axis.x + u16::try_from(column).unwrap_or(0)
    }

    fn time(&self, x: u16) -> Duration {
        let last = self.axis.width.saturating_sub(1).max(1);
        let span = self.to.saturating_sub(self.from);
        let column = x.saturating_sub(self.axis.x);
        self.from + span.mul_f64(f64::from(column) / f64::from(last))
    }
}
