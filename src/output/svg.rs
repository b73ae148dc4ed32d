//! The timeline as a picture: self-contained SVG, light or dark as its reader
//! prefers. Its text is text, for search, for copying and for screen readers.

mod layout;
mod shapes;

use std::fmt::Write as _;
use std::io;

use super::chart::{
    Chart, ENDS, Mark, command, facts, in_seconds, legend, marks, plain, ticks, told,
};
use super::width::shortened;
use super::xml::Xml;
use crate::recording::{End, Recording};
use crate::timeline::{Line, Piece, Row, Timeline};

use layout::Layout;
use shapes::{Hue, draw_end, draw_mark, draw_span, mark_width};

/// Lengths are in CSS pixels.
const MARGIN: usize = 28;
const TOP: usize = 118;
const ROW: usize = 34;
const LINE: usize = 24;
const BAR: usize = 14;
/// The radius of a mark.
const MARK: usize = 10;
/// About the width of a column of text: a renderer's font decides.
const LETTER: usize = 8;
/// The widest name.
const NAME: usize = 240;

/// Names of classes and of nothing else; some renderers know no variables.
const STYLE: &str = include_str!("svg/picture.css");

/// Writes the timeline of a recording.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write(recording: &Recording, out: &mut dyn io::Write) -> io::Result<()> {
    let mut pass_on = |svg: &mut String| {
        let written = out.write_all(svg.as_bytes());
        svg.clear();
        written
    };
    let chart = Timeline::new(recording);
    let layout = Layout::of(recording, &chart);
    let (width, height) = (layout.width, Layout::height(&chart, recording));
    let title = Xml(&command(recording)).to_string();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"figure\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>\n\
         <text class=\"h\" x=\"{MARGIN}\" y=\"42\">{title}</text>\n"
    );
    // Writing to a string does not fail, here and below.
    let _ = writeln!(
        svg,
        "<text class=\"m\" x=\"{MARGIN}\" y=\"64\">{}</text>",
        Xml(&told_of(recording))
    );
    axis(&mut svg, &chart, &layout);
    for (index, row) in chart.rows().iter().enumerate() {
        draw_row(&mut svg, &chart, &layout, row, TOP + index * ROW);
        pass_on(&mut svg)?;
    }
    let mut y = TOP + chart.rows().len() * ROW + 30;
    draw_legend(&mut svg, &chart, &layout, y);
    y += 40;
    for (number, line) in (1..).zip(chart.lines()) {
        draw_line(&mut svg, &layout, number, &line, y);
        pass_on(&mut svg)?;
        y += LINE;
    }
    if let Some(failure) = &recording.ending {
        let _ = writeln!(
            svg,
            "<text class=\"end\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
            y + 8,
            Xml(&failure.to_string())
        );
    }
    svg += "</svg>\n";
    pass_on(&mut svg)
}

fn axis(svg: &mut String, chart: &Chart<'_>, layout: &Layout) {
    let bottom = TOP + chart.rows().len() * ROW;
    for index in (0..chart.rows().len()).step_by(2) {
        let (x, y, wide) = (
            MARGIN - 12,
            TOP + index * ROW,
            layout.width - 2 * (MARGIN - 12),
        );
        let _ = writeln!(
            svg,
            "<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{ROW}\" rx=\"6\"/>"
        );
    }
    for tick in ticks(chart.axis_end(), layout.plot / 90) {
        let (x, label) = (layout.x(chart, tick), in_seconds(tick));
        let class = if tick.is_zero() { "edge" } else { "grid" };
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.1} {}V{bottom}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            TOP - 6,
            TOP - 14
        );
    }
}

fn draw_row(svg: &mut String, chart: &Chart<'_>, layout: &Layout, row: &Row, top: usize) {
    let (middle, hue) = (top + ROW / 2, Hue(row.lane));
    let (name, full) = (plain(chart.name(row)), Xml(chart.name(row)));
    let _ = writeln!(
        svg,
        "<g><text x=\"{MARGIN}\" y=\"{}\"><title>{full}</title>{}</text>",
        middle + 5,
        Xml(&shortened(&name, NAME / LETTER))
    );
    for piece in chart.pieces(row) {
        draw_piece(svg, chart, layout, &piece, middle, hue);
    }
    if let Some((end, t, _)) = row.end {
        let title = format!("{}, {}", end_word(end), in_seconds(t));
        draw_end(svg, end, layout.x(chart, t), middle, hue, &title);
    }
    let lines = row.lines().iter().filter_map(|index| {
        let x = layout.x(chart, chart.line(*index)?.t);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand at most, and not below 0"
        )]
        Some((x.round() as usize, index + 1))
    });
    for mark in marks(lines, |mark| mark_width(mark.to_string().len()) + 2) {
        let line = chart.line(mark.first - 1).filter(|_| mark.count == 1);
        let title = line.map_or("", |line| line.text);
        draw_mark(svg, &mark, mark.at - MARK, middle, hue, title);
    }
    *svg += "</g>\n";
}

fn end_word(end: End) -> &'static str {
    let word = ENDS.iter().find(|(it, _)| *it == end);
    word.map_or("", |(_, word)| word)
}

fn draw_piece(
    svg: &mut String,
    chart: &Chart<'_>,
    layout: &Layout,
    Piece { bar, from, to }: &Piece,
    middle: usize,
    hue: Hue,
) {
    let (from, to) = (layout.x(chart, *from), layout.x(chart, *to));
    let title = told(chart, bar);
    draw_span(svg, bar.span, (from, to), middle, hue, &title);
    if bar.ended.is_none() {
        let _ = writeln!(
            svg,
            "<path class=\"on s{hue}\" d=\"M{:.1} {}l6 6l-6 6\"/>",
            to + 4.0,
            middle - 6
        );
    }
}

fn draw_legend(svg: &mut String, chart: &Chart<'_>, layout: &Layout, y: usize) {
    let mut x = layout.left;
    let word = |svg: &mut String, x: &mut usize, gap: usize, word: &str| {
        let _ = writeln!(
            svg,
            "<text class=\"m\" x=\"{}\" y=\"{}\">{word}</text>",
            *x + gap,
            y + 4
        );
        *x += gap + word.len() * 7 + 22;
    };
    let (spans, ends) = legend(chart);
    for (span, does) in spans {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
        let (from, to) = (x as f64, (x + 36) as f64);
        draw_span(svg, span, (from, to), y, Hue(None), does);
        word(svg, &mut x, 44, does);
    }
    for (end, told) in ends {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
        draw_end(svg, end, x as f64 - 10.0, y, Hue(None), told);
        word(svg, &mut x, 20, told);
    }
    if !chart.is_empty() {
        let mark = Mark {
            at: 0,
            first: 1,
            last: 1,
            count: 1,
        };
        draw_mark(svg, &mark, x, y, Hue(None), "a line of the log");
        word(svg, &mut x, 28, "prints line 1 below");
    }
}

/// How it was run: `2.415 s · seed 5 · virtual clock`.
fn told_of(recording: &Recording) -> String {
    let length = in_seconds(recording.end());
    [vec![length], facts(recording)].concat().join(" · ")
}

fn draw_line(svg: &mut String, layout: &Layout, number: usize, line: &Line<'_>, y: usize) {
    let mark = Mark {
        at: 0,
        first: number,
        last: number,
        count: 1,
    };
    let wide = mark_width(layout.digits);
    let indent = wide - mark_width(mark.to_string().len());
    draw_mark(svg, &mark, MARGIN + indent, y, Hue(line.lane), "");
    let (time, text) = (MARGIN + wide + 84, Layout::text(layout.digits));
    let _ = writeln!(
        svg,
        "<text class=\"t\" x=\"{time}\" y=\"{base}\" text-anchor=\"end\">{}.{:03} s</text>\
         <text class=\"i\" x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
         <text x=\"{text}\" y=\"{base}\">{}</text>",
        line.t.as_secs(),
        line.t.subsec_millis(),
        text - 6,
        Xml(line.icon),
        Xml(line.text),
        base = y + 5
    );
}
