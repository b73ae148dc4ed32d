//! The timeline as text: a row for each lane with its bars, the numbers of the
//! lines where they were said, and the lines below; or the same in sentences.

use std::fmt::Write as _;
use std::time::Duration;

use owo_colors::Style as Paint;

use super::chart::{Chart, Mark, Row, command, does, in_seconds, marks, plain};
use super::text::{IconCell, color_of_lane};
use super::width::{cut, spaces, width};
use crate::recording::{Recording, Span};

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
    works: char,
    waits: char,
    rule: char,
    tick: char,
    goes_on: char,
    cut: char,
}

const UNICODE: Pens = Pens {
    works: '━',
    waits: '╌',
    rule: '─',
    tick: '┬',
    goes_on: '›',
    cut: '…',
};

const ASCII: Pens = Pens {
    works: '=',
    waits: '.',
    rule: '-',
    tick: '+',
    goes_on: '>',
    cut: '~',
};

/// How the width is divided.
#[derive(Clone, Copy)]
struct Columns {
    /// The names and the gap behind them.
    gutter: usize,
    /// The column of the last moment; the first one is 0.
    last: usize,
    /// Columns for the bars and their numbers. A number at the end needs more of
    /// them than the bars.
    room: usize,
}

impl Columns {
    fn of(chart: &Chart<'_>, whole: usize, digits: usize) -> Self {
        let names = chart.rows.iter().map(|row| width(&plain(row.name))).max();
        let names = names.unwrap_or(0).min(whole / NAMES);
        // At least one column is left for the bars.
        let gutter = (names + GAP).min(whole.saturating_sub(1));
        let room = whole.saturating_sub(gutter).max(1);
        Self {
            gutter,
            last: room.saturating_sub(digits),
            room,
        }
    }
}

/// The timeline as a picture of characters.
pub fn picture(recording: &Recording, drawing: Drawing) -> String {
    let chart = Chart::of(recording);
    let pens = if drawing.unicode { &UNICODE } else { &ASCII };
    let digits = chart.lines.len().to_string().len();
    let columns = Columns::of(&chart, drawing.width, digits);
    let gutter = columns.gutter;
    let mut text = heading(recording) + "\n\n";
    axis(&mut text, &chart, pens, columns);
    for row in &chart.rows {
        let name = plain(row.name);
        let name = cut(&name, gutter.saturating_sub(GAP), pens.cut);
        let gap = spaces(gutter.saturating_sub(width(&name)));
        let paints = paints(drawing, row.lane);
        let _ = write!(text, "{}{gap}", paints.0.style(&name));
        bars(&mut text, &chart, row, pens, columns, paints);
        text.push('\n');
    }
    let Pens { works, waits, .. } = pens;
    let (works, waits) = ([*works; 3], [*waits; 3]);
    let (works, waits) = (String::from_iter(works), String::from_iter(waits));
    let _ = write!(
        text,
        "\n{}{works} works   {waits} waits   1 says line 1\n\n",
        spaces(gutter)
    );
    for (number, line) in (1..).zip(&chart.lines) {
        let icon = plain(line.icon);
        let icon = IconCell(drawing.unicode.then_some(&icon));
        let (t, said) = (millis(line.t), plain(line.text));
        let wide = millis(chart.end).len();
        let said = paints(drawing, line.lane).0.style(said).to_string();
        let _ = writeln!(text, "{number:>digits$}  {t:>wide$} s  {icon}{said}");
    }
    text
}

/// The same in sentences, lane by lane: for a screen reader, or for `grep`.
pub fn sentences(recording: &Recording) -> String {
    let chart = Chart::of(recording);
    let mut text = heading(recording) + "\n";
    let (rows, lines) = (chart.rows.len(), chart.lines.len());
    let rows = counted(rows, "row");
    let _ = writeln!(
        text,
        "{rows}, {}, {}.",
        counted(lines, "line"),
        in_seconds(recording.end())
    );
    for row in &chart.rows {
        let _ = writeln!(text, "\n{}:", plain(row.name));
        let bars = row.bars.iter().map(|bar| {
            let does = does(bar.span);
            let (what, from) = (plain(bar.what), in_seconds(bar.from));
            let sentence = match bar.ended {
                Some(_) => format!("From {from} to {} it {does} {what}.", in_seconds(bar.to)),
                None => format!("From {from} on it {does} {what}, and never ends."),
            };
            (bar.from, bar.begun, sentence)
        });
        let said = row.lines.iter().filter_map(|index| {
            let line = chart.lines.get(*index)?;
            let (t, number) = (in_seconds(line.t), index + 1);
            let sentence = format!("At {t} it says line {number}: {}", plain(line.text));
            Some((line.t, line.event, sentence))
        });
        let mut told: Vec<_> = bars.chain(said).collect();
        told.sort_by_key(|(t, event, _)| (*t, *event));
        if told.is_empty() {
            told.push((Duration::ZERO, 0, "It says and does nothing.".to_owned()));
        }
        for (_, _, sentence) in told {
            let _ = writeln!(text, "  {sentence}");
        }
    }
    text
}

/// What was run: `semaphore --limit 2  (seed 5, virtual clock)`.
fn heading(recording: &Recording) -> String {
    let (seed, clock) = (recording.header.seed, plain(&recording.header.clock));
    format!("{}  (seed {seed}, {clock} clock)", command(recording))
}

/// The numbers of the axis, and the rule below them.
fn axis(text: &mut String, chart: &Chart<'_>, pens: &Pens, columns: Columns) {
    let Columns { gutter, last, room } = columns;
    let (mut numbers, mut rule) = (String::new(), vec![pens.rule; last + 1]);
    for tick in chart.ticks(last / 12) {
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
    row: &Row<'_>,
    pens: &Pens,
    columns: Columns,
    (paint, bold): (Paint, Paint),
) {
    let Columns { last, room, .. } = columns;
    let mut cells = vec![' '; last + 1];
    for bar in &row.bars {
        let pen = match bar.span {
            Span::Work => pens.works,
            Span::Wait => pens.waits,
        };
        let (from, to) = (column(chart, bar.from, last), column(chart, bar.to, last));
        cells[from..=to].fill(pen);
        if bar.ended.is_none() {
            cells[to] = pens.goes_on;
        }
    }
    let lines = row.lines.iter().filter_map(|index| {
        let line = chart.lines.get(*index)?;
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
    let rest: String = bars.collect();
    let _ = write!(text, "{}", paint.style(rest.trim_end()));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "columns are few, and not below 0"
)]
fn column(chart: &Chart<'_>, t: Duration, last: usize) -> usize {
    (chart.place(t, last as f64).round() as usize).min(last)
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

fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}
