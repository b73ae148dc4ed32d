//! Where things are in a picture.

use std::time::Duration;

use super::{LETTER, LINE, MARGIN, MARK, NAME, ROW, TOP, mark_width};
use crate::output::chart::{Chart, command, place, plain};
use crate::output::width::width;
use crate::recording::Recording;

/// As narrow as a page's column, as wide as a screen.
const WIDTHS: std::ops::RangeInclusive<usize> = 900..=1600;

/// Where things are.
pub(super) struct Layout {
    pub width: usize,
    /// Where the plot begins and how wide it is.
    pub left: usize,
    pub plot: usize,
    /// The width of a mark that holds a number of the longest kind.
    pub digits: usize,
}

impl Layout {
    pub fn of(recording: &Recording, chart: &Chart<'_>) -> Self {
        let wide = |text: &str| width(&plain(text)) * LETTER;
        let names = chart.rows().iter();
        let names = names.map(|row| wide(chart.name(row))).max();
        let left = 2 * MARGIN + names.unwrap_or(0).min(NAME);
        let digits = chart.len().to_string().len();
        let lines = chart.lines().map(|line| wide(line.text)).max();
        let lines = lines.unwrap_or(0);
        let lines = lines + Self::text(digits) + MARGIN;
        let title = wide(&command(recording)) * 3 / 2 + 2 * MARGIN;
        let width = lines.max(title).clamp(*WIDTHS.start(), *WIDTHS.end());
        // Behind the last mark there is room for the end of a task.
        let plot = width - left - MARGIN - mark_width(digits) - MARK;
        Self {
            width,
            left,
            plot,
            digits,
        }
    }

    pub fn height(chart: &Chart<'_>, recording: &Recording) -> usize {
        let ending = if recording.ending.is_some() { LINE } else { 0 };
        TOP + chart.rows().len() * ROW + 70 + chart.len() * LINE + ending
    }

    /// Where a line's text begins.
    pub fn text(digits: usize) -> usize {
        MARGIN + mark_width(digits) + 120
    }

    pub fn x(&self, chart: &Chart<'_>, t: Duration) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
        let (left, plot) = (self.left as f64, self.plot as f64);
        left + place(t, chart.axis_end(), plot)
    }
}
