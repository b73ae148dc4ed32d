//! Rows of the timeline, and what happens in them.

use std::time::Duration;

use crate::recording::Span;

/// A row of the timeline.
#[derive(Debug, Default)]
pub struct Row {
    /// The lane's name.
    pub name: String,
    /// The lane's number; `None` is the narrator.
    pub lane: Option<u32>,
    /// What it does from when on, in the order of time.
    pub(super) changes: Vec<Change>,
    /// The numbers of its lines, from 0.
    pub(super) lines: Vec<usize>,
}

/// From an event on, the lane does something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub event: usize,
    pub t: Duration,
    /// The event that began what it does now; `None` is nothing.
    pub doing: Option<(Span, usize)>,
}

/// Something that a lane did, from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Waiting or working.
    pub span: Span,
    /// When it began.
    pub from: Duration,
    /// When it ended, or now.
    pub to: Duration,
}

impl Row {
    /// The numbers of its lines among the first `shown` of all.
    pub fn said(&self, shown: usize) -> &[usize] {
        &self.lines[..self.lines.partition_point(|line| *line < shown)]
    }

    /// The number of the line that it says next.
    pub fn says_next(&self, shown: usize) -> Option<usize> {
        let past = self.lines.partition_point(|line| *line < shown);
        self.lines.get(past).copied()
    }
}
