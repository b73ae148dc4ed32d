//! Where moments are on the screen, and moments of places.

use std::ops::Range;
use std::time::Duration;

use ratatui::layout::Rect;

use super::areas::ABOVE_LANES;
use crate::output::width::width;
use crate::timeline::Timeline;

/// What of a timeline is looked at, and from which moment.
pub struct View<'a> {
    pub timeline: &'a Timeline,
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

/// Where a moment is on the screen, and which moments are on it.
pub struct Places {
    /// Columns of a lane's mark and name.
    pub label: u16,
    /// Columns that say what a lane does now.
    pub words: u16,
    /// The time axis.
    pub axis: Rect,
    /// The rows of the lanes.
    pub lanes: Rect,
    /// The first moment in sight.
    pub from: Duration,
    /// The last one.
    pub to: Duration,
    /// What time it is.
    pub now: Duration,
}

impl Places {
    /// Divides the timeline's area.
    pub fn of(area: Rect, view: &View<'_>) -> Self {
        let lanes = Rect {
            y: area.y + ABOVE_LANES.min(area.height),
            height: area.height.saturating_sub(ABOVE_LANES),
            ..area
        };
        let rows = view.timeline.rows().iter();
        let names = rows.map(|row| width(view.timeline.name(row)));
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
    pub fn column(&self, time: Duration) -> Option<u16> {
        (self.from..=self.to)
            .contains(&time)
            .then(|| self.clamped(time))
    }

    /// The columns from one moment to another, as far as they are in sight.
    pub fn columns(&self, from: Duration, to: Duration) -> Range<u16> {
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

    /// The moment of a column.
    pub fn time(&self, x: u16) -> Duration {
        let last = self.axis.width.saturating_sub(1).max(1);
        let span = self.to.saturating_sub(self.from);
        let column = x.saturating_sub(self.axis.x);
        self.from + span.mul_f64(f64::from(column) / f64::from(last))
    }
}
