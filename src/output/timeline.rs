//! The timeline as text: a row for each task with its bars, the numbers of the
//! lines where they were printed, and the lines below; or the same in sentences.

mod sentences;

use std::fmt::Write as _;
use std::time::Duration;

use owo_colors::Style as Paint;

use super::chart::{Chart, Mark, command, facts, in_seconds, legend, marks, place, plain, ticks};
use super::text::{IconCell, color_of_lane};
use super::width::{cut, spaces, width};
use crate::recording::{End, Recording, Span};
use crate::timeline::{Row, Timeline};

pub use sentences::sentences;

/// A row's name takes at most this share of the width.
const NAMES: usize = 3;

/// Columns between the names and the bars.
const GAP: usize = 2;

/// How the timeline is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// Columns that the axis and the rows take at most; the command above them and the lines
    /// below may take more.
    pub width: usize,
    /// Whether it may use more than ASCII.
    pub unicode: bool,
    /// Whether lanes are told apart by colour.
    pub color: bool,
}

/// What bars and the axis are drawn with.
struct Pens {
    /// For each of [`Span`], in its order.
    spans: [char; 6],
    /// For each of [`End`], in its order.
    ends: [char; 4],
    rule: char,
    tick: char,
    goes_on: char,
    cut: char,
}

const UNICODE: Pens = Pens {
    spans: ['━', '─', '·', '╌', '█', '░'],
    ends: ['┤', '✗', '⊘', '‼'],
    rule: '─',
    tick: '┬',
    goes_on: '›',
    cut: '…',
};

const ASCII: Pens = Pens {
    spans: ['=', '-', ':', '.', '#', '~'],
    ends: ['|', '!', 'x', '*'],
    rule: '-',
    tick: '+',
    goes_on: '>',
    cut: '~',
};

impl Pens {
    fn span(&self, span: Span) -> char {
        self.spans[span as usize]
    }

    fn end(&self, end: End) -> char {
        self.ends[end as usize]
    }
}

/// How the width is divided.
#[derive(Clone, Copy)]
struct Columns {
    /// The names and the gap behind them.
    gutter: usize,
    /// The column of the last moment; the first one is 0.
    last: usize,
    /// Columns for the bars, their numbers and the mark of the end, which need
    /// more of them than the bars.
    room: usize,
}

impl Columns {
    fn of(chart: &Chart<'_>, whole: usize, digits: usize) -> Self {
        let names = chart.rows().iter();
        let names = names.map(|row| width(&plain(chart.name(row)))).max();
        let names = names.unwrap_or(0).min(whole / NAMES);
        // At least one column is left for the bars.
        let gutter = (names + GAP).min(whole.saturating_sub(1));
        let room = whole.saturating_sub(gutter).max(1);
        Self {
            gutter,
            last: room.saturating_sub(digits + 1),
            room,
        }
    }
}

/// The timeline as a picture of characters.
pub fn picture(recording: &Recording, drawing: Drawing) -> String {
    let chart = Timeline::new(recording);
    let pens = if drawing.unicode { &UNICODE } else { &ASCII };
    let digits = chart.len().to_string().len();
    let columns = Columns::of(&chart, drawing.width, digits);
    let gutter = columns.gutter;
    let mut text = heading(recording) + "\n\n";
    axis(&mut text, &chart, pens, columns);
    for row in chart.rows() {
        let name = plain(chart.name(row));
        let name = cut(&name, gutter.saturating_sub(GAP), pens.cut);
        let gap = spaces(gutter.saturating_sub(width(&name)));
        let paints = paints(drawing, row.lane);
        let _ = write!(text, "{}{gap}", paints.0.style(&name));
        bars(&mut text, &chart, row, pens, columns, paints);
        text.push('\n');
    }
    text.push('\n');
    explanations(&mut text, &chart, pens, drawing.width);
    text.push('\n');
    for (number, line) in (1..).zip(chart.lines()) {
        let icon = plain(line.icon);
        let icon = IconCell(drawing.unicode.then_some(&icon));
        let (t, said) = (millis(line.t), plain(line.text));
        let wide = millis(chart.axis_end()).len();
        let said = paints(drawing, line.lane).0.style(said).to_string();
        let _ = writeln!(text, "{number:>digits$}  {t:>wide$} s  {icon}{said}");
    }
    text
}

/// What the bars and the ends mean, as far as there are such.
fn explanations(text: &mut String, chart: &Chart<'_>, pens: &Pens, width_of_all: usize) {
    let (spans, ends) = legend(chart);
    let spans = spans.iter().map(|(span, does)| {
        let pen = String::from_iter([pens.span(*span); 3]);
        format!("{pen} {does}")
    });
    let ends = ends
        .iter()
        .map(|(end, told)| format!("{} {told}", pens.end(*end)));
    let line = (!chart.is_empty()).then(|| "1 prints line 1".to_owned());
    let mut used = 0;
    for part in spans.chain(ends).chain(line) {
        let wide = width(&part);
        let gap = if used == 0 { 0 } else { GAP + 1 };
        if used > 0 && used + gap + wide > width_of_all {
            text.push('\n');
            used = 0;
        } else {
            text.push_str(&spaces(gap));
            used += gap;
        }
        text.push_str(&part);
        used += wide;
    }
    text.push('\n');
}

/// What was run: `semaphore --limit 2  (seed 5, virtual clock)`.
fn heading(recording: &Recording) -> String {
    format!("{}  ({})", command(recording), facts(recording).join(", "))
}

/// The numbers of the axis, and the rule below them.
fn axis(text: &mut String, chart: &Chart<'_>, pens: &Pens, columns: Columns) {
    let Columns { gutter, last, room } = columns;
    let (mut numbers, mut rule) = (String::new(), vec![pens.rule; last + 1]);
    for tick in ticks(chart.axis_end(), last / 12) {
        let column = column(chart, tick, last);
        rule[column] = pens.tick;
        let number = in_seconds(tick);
        // The last one may have to begin before its tick, if there is room.
        let start = column.min(room.saturating_sub(number.len()));
        let gap = start.checked_sub(numbers.len());
        let gap = gap.filter(|gap| *gap > 0 || numbers.is_empty());
        if let Some(gap) = gap.filter(|_| start + number.len() <= room) {
            numbers += &spaces(gap);
            numbers += &number;
        }
    }
    let (rule, gutter) = (String::from_iter(rule), spaces(gutter));
    let _ = writeln!(text, "{gutter}{numbers}\n{gutter}{rule}");
}

/// A row's bars with the numbers of its lines on top.
fn bars(
    text: &mut String,
    chart: &Chart<'_>,
    row: &Row,
    pens: &Pens,
    columns: Columns,
    (paint, bold): (Paint, Paint),
) {
    let Columns { last, room, .. } = columns;
    let room = room.saturating_sub(usize::from(row.end.is_some()));
    let mut cells = vec![' '; last + 1];
    for piece in chart.pieces(row) {
        let (from, to) = (
            column(chart, piece.from, last),
            column(chart, piece.to, last),
        );
        cells[from..=to].fill(pens.span(piece.bar.span));
        if piece.bar.ended.is_none() {
            cells[to] = pens.goes_on;
        }
    }
    let lines = row.lines().iter().filter_map(|index| {
        let line = chart.line(*index)?;
        Some((column(chart, line.t, last), index + 1))
    });
    let mut bars = cells.into_iter();
    let mut used = 0;
    for mark in marks(lines, |mark: &Mark| mark.to_string().len() + 1) {
        let number = mark.to_string();
        // The last one of a row may have to begin before its line.
        let at = mark.at.min(room.saturating_sub(number.len())).max(used);
        let gap: String = bars.by_ref().take(at.saturating_sub(used)).collect();
        let number = &number[..number.len().min(room.saturating_sub(at))];
        let _ = write!(text, "{}{}", paint.style(gap), bold.style(number));
        used = at + number.len();
        bars.by_ref().take(number.len()).for_each(drop);
    }
    let Some((end, t, _)) = row.end else {
        let rest: String = bars.collect();
        let _ = write!(text, "{}", paint.style(rest.trim_end()));
        return;
    };
    let at = column(chart, t, last).max(used);
    let mut rest: String = bars.take(at.saturating_sub(used)).collect();
    rest.push(pens.end(end));
    let _ = write!(text, "{}", paint.style(rest));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "columns are few, and not below 0"
)]
fn column(chart: &Chart<'_>, t: Duration, last: usize) -> usize {
    (place(t, chart.axis_end(), last as f64).round() as usize).min(last)
}

/// How a lane's bars and words are painted, and its numbers.
fn paints(drawing: Drawing, lane: Option<u32>) -> (Paint, Paint) {
    if !drawing.color {
        return (Paint::new(), Paint::new());
    }
    let paint = lane.map_or_else(Paint::new, color_of_lane);
    (paint, paint.bold())
}

fn millis(t: Duration) -> String {
    format!("{}.{:03}", t.as_secs(), t.subsec_millis())
}
