//! The timeline as a picture: self-contained SVG, light or dark as its reader
//! prefers. Its text is text, for search, for copying and for screen readers.

mod layout;

use std::fmt::{self, Write as _};
use std::io;

use super::chart::{Chart, Line, Mark, Row, command, does, facts, in_seconds, marks, plain};
use super::width::shortened;
use super::xml::Xml;
use crate::recording::bars::Bar;
use crate::recording::{Recording, Span};

use layout::Layout;

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
    let chart = Chart::of(recording);
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
        Xml(&facts(recording))
    );
    axis(&mut svg, &chart, &layout);
    for (index, row) in chart.rows.iter().enumerate() {
        draw_row(&mut svg, &chart, &layout, row, TOP + index * ROW);
        pass_on(&mut svg)?;
    }
    let mut y = TOP + chart.rows.len() * ROW + 30;
    legend(&mut svg, &layout, y);
    y += 40;
    for (number, line) in (1..).zip(&chart.lines) {
        draw_line(&mut svg, &layout, number, line, y);
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
    let bottom = TOP + chart.rows.len() * ROW;
    for index in (0..chart.rows.len()).step_by(2) {
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
    for tick in chart.ticks(layout.plot / 90) {
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

fn draw_row(svg: &mut String, chart: &Chart<'_>, layout: &Layout, row: &Row<'_>, top: usize) {
    let (middle, hue) = (top + ROW / 2, Hue(row.lane));
    let (name, full) = (plain(row.name), Xml(row.name));
    let _ = writeln!(
        svg,
        "<g><text x=\"{MARGIN}\" y=\"{}\"><title>{full}</title>{}</text>",
        middle + 5,
        Xml(&shortened(&name, NAME / LETTER))
    );
    for bar in &row.bars {
        draw_bar(svg, chart, layout, bar, middle, hue);
    }
    let lines = row.lines.iter().filter_map(|index| {
        let x = layout.x(chart, chart.lines.get(*index)?.t);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand at most, and not below 0"
        )]
        Some((x.round() as usize, index + 1))
    });
    for mark in marks(lines, |mark| mark_width(mark.to_string().len()) + 2) {
        let title = match chart.lines.get(mark.first - 1) {
            Some(line) if mark.count == 1 => line.text,
            _ => "",
        };
        draw_mark(svg, &mark, mark.at - MARK, middle, hue, title);
    }
    *svg += "</g>\n";
}

fn draw_bar(
    svg: &mut String,
    chart: &Chart<'_>,
    layout: &Layout,
    bar: &Bar<'_>,
    middle: usize,
    hue: Hue,
) {
    let (from, to) = (layout.x(chart, bar.from), layout.x(chart, bar.to));
    let does = does(bar.span);
    let (what, begin, end) = (Xml(bar.what), in_seconds(bar.from), in_seconds(bar.to));
    let title = match bar.ended {
        Some(_) => format!("<title>{does} {what}, {begin} to {end}</title>"),
        None => format!("<title>{does} {what}, from {begin} on</title>"),
    };
    let _ = match bar.span {
        Span::Work => writeln!(
            svg,
            "<rect class=\"f{hue}\" x=\"{from:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{BAR}\" \
             rx=\"4\">{title}</rect>",
            middle - BAR / 2,
            (to - from).max(1.5)
        ),
        Span::Wait => writeln!(
            svg,
            "<path class=\"wait s{hue}\" d=\"M{from:.1} {middle}H{to:.1}\">{title}</path>"
        ),
    };
    if bar.ended.is_none() {
        let _ = writeln!(
            svg,
            "<path class=\"on s{hue}\" d=\"M{:.1} {}l6 6l-6 6\"/>",
            to + 4.0,
            middle - 6
        );
    }
}

/// A circle with a number, or a longer thing with several.
fn draw_mark(svg: &mut String, mark: &Mark, x: usize, middle: usize, hue: Hue, title: &str) {
    let (label, title) = (mark.to_string(), Xml(title));
    let (wide, high) = (mark_width(label.len()), 2 * MARK);
    let center = x + wide / 2;
    let _ = writeln!(
        svg,
        "<g><title>{title}</title><rect class=\"mark s{hue}\" x=\"{x}\" y=\"{}\" width=\"{wide}\" \
         height=\"{high}\" rx=\"{MARK}\"/><text class=\"n\" x=\"{center}\" y=\"{}\">{label}</text></g>",
        middle - MARK,
        middle + 4
    );
}

fn legend(svg: &mut String, layout: &Layout, y: usize) {
    let x = layout.left;
    let mark = Mark {
        at: 0,
        first: 1,
        last: 1,
        count: 1,
    };
    let _ = writeln!(
        svg,
        "<rect class=\"fn\" x=\"{x}\" y=\"{}\" width=\"40\" height=\"{BAR}\" rx=\"4\"/>\
         <text class=\"m\" x=\"{}\" y=\"{}\">works</text>\
         <path class=\"wait sn\" d=\"M{} {y}h40\"/><text class=\"m\" x=\"{}\" y=\"{}\">waits</text>",
        y - BAR / 2,
        x + 50,
        y + 4,
        x + 114,
        x + 164,
        y + 4
    );
    draw_mark(svg, &mark, x + 222, y, Hue(None), "a line of the log");
    let _ = writeln!(
        svg,
        "<text class=\"m\" x=\"{}\" y=\"{}\">says line 1 below</text>",
        x + 250,
        y + 4
    );
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

/// As wide as its letters, and at least a circle.
fn mark_width(letters: usize) -> usize {
    (2 * MARK).max(letters * 7 + 8)
}

/// A lane's colour is told by a number, the narrator's by `n`.
#[derive(Clone, Copy)]
struct Hue(Option<u32>);

impl fmt::Display for Hue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(lane) => write!(f, "{}", lane % 4),
            None => f.write_str("n"),
        }
    }
}
