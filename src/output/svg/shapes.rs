//! The shapes of the picture: bars, ends and marks.

use std::fmt::{self, Write as _};

use super::super::chart::Mark;
use super::super::xml::Xml;
use super::{BAR, MARK};
use crate::recording::{End, Span};

/// A bar: each kind has a form of its own, so that it needs no colour.
pub fn draw_span(
    svg: &mut String,
    span: Span,
    (from, to): (f64, f64),
    middle: usize,
    hue: Hue,
    title: &str,
) {
    let (title, wide) = (Xml(title), (to - from).max(1.5));
    let (class, high) = match span {
        Span::Task | Span::Resource => {
            let class = if span == Span::Task { "task" } else { "wait" };
            let _ = writeln!(
                svg,
                "<path class=\"{class} s{hue}\" d=\"M{from:.1} {middle}H{to:.1}\">\
                 <title>{title}</title></path>"
            );
            return;
        }
        Span::Running => (format!("f{hue}"), BAR),
        Span::Sleeping => (format!("sleep f{hue}"), 6),
        Span::Blocking => (format!("block f{hue}"), BAR + 6),
        Span::Starved => (format!("starve f{hue} s{hue}"), BAR),
    };
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{}\" width=\"{wide:.1}\" \
         height=\"{high}\" rx=\"3\"><title>{title}</title></rect>",
        middle - high / 2
    );
}

/// How a task ended: a stroke, a cross, a crossed circle.
pub fn draw_end(svg: &mut String, end: End, x: f64, middle: usize, hue: Hue, title: &str) {
    let title = Xml(title);
    let (x, top, left) = (x + 16.0, middle - 6, x + 10.0);
    let path = match end {
        End::Finished => format!(
            "<path class=\"end-of s{hue}\" d=\"M{left:.1} {}v16\"",
            middle - 8
        ),
        End::Failed | End::Panicked => {
            format!("<path class=\"end-of bad\" d=\"M{left:.1} {top}l12 12m0-12l-12 12\"")
        }
        End::Cancelled => format!(
            "<path class=\"end-of s{hue}\" d=\"M{left:.1} {middle}a6 6 0 1 0 12 0a6 6 0 1 0-12 0M{:.1} {}l-8 8\"",
            x + 4.0,
            middle - 4
        ),
    };
    let _ = writeln!(svg, "{path}><title>{title}</title></path>");
}

/// A circle with a number, or a longer thing with several.
pub fn draw_mark(svg: &mut String, mark: &Mark, x: usize, middle: usize, hue: Hue, title: &str) {
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

/// As wide as its letters, and at least a circle.
pub fn mark_width(letters: usize) -> usize {
    (2 * MARK).max(letters * 7 + 8)
}

/// A lane's colour is told by a number, the narrator's by `n`.
#[derive(Clone, Copy)]
pub struct Hue(pub Option<u32>);

impl fmt::Display for Hue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(lane) => write!(f, "{}", lane % 4),
            None => f.write_str("n"),
        }
    }
}
