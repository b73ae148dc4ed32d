//! Rows of the timeline, and what happens in them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::bars::Bar;
use crate::recording::{End, Span};

/// A row of the timeline.
#[derive(Debug, Default)]
pub struct Row {
    /// The task's number; `None` is the main task.
    pub lane: Option<u32>,
    /// How the task ended, when, and with which event.
    pub end: Option<(End, Duration, usize)>,
    /// What shows from when on, in the order of time.
    pub(super) changes: Vec<Change>,
    /// Its bars, in the order in which they begin.
    pub(super) bars: Vec<usize>,
    /// The numbers of its lines, from 0.
    pub(super) lines: Vec<usize>,
}

/// From an event on, the task does something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub event: usize,
    pub t: Duration,
    /// The bar that shows; `None` is nothing.
    pub bar: Option<usize>,
}

/// The part of a bar that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The whole bar.
    pub bar: Bar,
    /// When the part begins.
    pub from: Duration,
    /// When it ends.
    pub to: Duration,
}

impl Row {
    /// The numbers of its lines.
    pub fn lines(&self) -> &[usize] {
        &self.lines
    }

    /// The numbers of its lines among the first `shown` of all.
    pub fn said(&self, shown: usize) -> &[usize] {
        &self.lines[..self.lines.partition_point(|line| *line < shown)]
    }

    /// The number of the line that it says next.
    pub fn says_next(&self, shown: usize) -> Option<usize> {
        let past = self.lines.partition_point(|line| *line < shown);
        self.lines.get(past).copied()
    }

    /// Works out which of its bars shows when: of those that overlap the one
    /// that says most, and of two of the same kind the later one.
    pub(super) fn lay_out(&mut self, bars: &[Bar]) {
        let has_length = |index: &&usize| {
            let bar = &bars[**index];
            bar.from < bar.to || bar.ended.is_none()
        };
        let ends = self.bars.iter().filter(has_length).flat_map(|index| {
            let bar = &bars[*index];
            let begin = (bar.begun, bar.from, *index, true);
            let end = bar.ended.map(|ended| (ended, bar.to, *index, false));
            [Some(begin), end].into_iter().flatten()
        });
        let mut ends: Vec<_> = ends.collect();
        // What ends at an event makes room for what begins there.
        ends.sort_unstable_by_key(|(event, t, index, begins)| (*event, *t, *begins, *index));
        let mut open: BTreeSet<(Span, usize)> = BTreeSet::new();
        for (event, t, index, begins) in ends {
            let key = (bars[index].span, index);
            if begins {
                open.insert(key);
            } else {
                open.remove(&key);
            }
            let bar = open.last().map(|(_, index)| *index);
            match self.changes.last_mut() {
                Some(last) if last.bar == bar => {}
                _ => self.changes.push(Change { event, t, bar }),
            }
        }
    }
}
