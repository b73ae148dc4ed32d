//! Bars: what a task did from one moment to another.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::recording::{Event, Kind, Recording, Span, Waker};

/// A task that runs for this long without letting others run blocks them.
const BLOCKS: Duration = Duration::from_millis(10);

/// A task that was kept from running gets its turn within this time.
const SOON: Duration = Duration::from_millis(1);

/// Something that a task did, from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The task's number; `None` is the main task.
    pub lane: Option<u32>,
    /// What it did.
    pub span: Span,
    /// The number of the event at which it began.
    pub begun: usize,
    /// The number of the event that ended it; `None` lasts beyond the recording.
    pub ended: Option<usize>,
    /// When it began.
    pub from: Duration,
    /// When it ended, or the recording did.
    pub to: Duration,
    /// Whether it came to its end; otherwise it was dropped.
    pub done: bool,
    /// What woke the task at the end.
    pub by: Waker,
    /// The number of the event that tells more; of a task that cannot run, the
    /// number of what blocks the thread.
    pub(super) source: usize,
}

/// A time in which the thread was blocked.
#[derive(Debug)]
pub struct Blocked {
    from: Duration,
    to: Duration,
    begun: usize,
    /// The tasks that did it, one after the other.
    pub by: Vec<Option<u32>>,
}

/// All bars of a recording, in the order in which they begin, and when the
/// thread was blocked. An end without a beginning is nothing.
pub fn bars(recording: &Recording) -> (Vec<Bar>, Vec<Blocked>) {
    let mut bars: Vec<Bar> = Vec::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for (number, Event { t, lane, kind, .. }) in recording.events().enumerate() {
        let lane = lane.map(|lane| lane.id);
        let bar = Bar {
            lane,
            span: Span::Running,
            begun: number,
            ended: None,
            from: t,
            to: recording.end(),
            done: false,
            by: Waker::Outside,
            source: number,
        };
        match kind {
            Kind::Begin { wait, span, .. } => {
                open.insert(wait, bars.len());
                bars.push(Bar { span, ..bar });
            }
            Kind::Over { wait, done, by } => {
                if let Some(bar) = open.remove(&wait).and_then(|index| bars.get_mut(index)) {
                    (bar.ended, bar.to) = (Some(number), t);
                    (bar.done, bar.by) = (done, by);
                }
            }
            Kind::Ran(took) => bars.push(Bar {
                span: if took < BLOCKS {
                    Span::Running
                } else {
                    Span::Blocking
                },
                begun: recording.first_at(t.saturating_sub(took)),
                ended: Some(number),
                from: t.saturating_sub(took),
                to: t,
                done: true,
                ..bar
            }),
            _ => {}
        }
    }
    let blocked = blocked(&bars);
    let starved = bars.iter().filter_map(|bar| starved(bar, &blocked));
    let starved: Vec<_> = starved.collect();
    bars.extend(starved);
    bars.sort_by_key(|bar| bar.begun);
    (bars, blocked)
}

/// When the thread was blocked; what follows on each other is one time.
fn blocked(bars: &[Bar]) -> Vec<Blocked> {
    let mut blocking: Vec<&Bar> = bars
        .iter()
        .filter(|bar| bar.span == Span::Blocking && bar.from < bar.to)
        .collect();
    blocking.sort_by_key(|bar| (bar.from, bar.begun));
    let mut all: Vec<Blocked> = Vec::new();
    for bar in blocking {
        match all.last_mut() {
            Some(last) if bar.from <= last.to.saturating_add(SOON) => {
                last.to = last.to.max(bar.to);
                if last.by.last() != Some(&bar.lane) {
                    last.by.push(bar.lane);
                }
            }
            _ => all.push(Blocked {
                from: bar.from,
                to: bar.to,
                begun: bar.begun,
                by: vec![bar.lane],
            }),
        }
    }
    all
}

/// The part of a wait in which its task could not run, if its end was due while
/// the thread was blocked: then it ends as soon as the thread is free.
fn starved(bar: &Bar, blocked: &[Blocked]) -> Option<Bar> {
    let waits = matches!(bar.span, Span::Sleeping | Span::Task | Span::Resource);
    bar.ended.filter(|_| waits)?;
    let source = blocked
        .partition_point(|it| it.to <= bar.to)
        .checked_sub(1)?;
    let Blocked {
        from, to, begun, ..
    } = blocked[source];
    let late = bar.to <= to.saturating_add(SOON) && bar.from < to;
    late.then(|| Bar {
        span: Span::Starved,
        from: bar.from.max(from),
        begun: bar.begun.max(begun),
        source,
        ..*bar
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{begin, over, recording};
    use super::*;

    fn told(recording: &Recording) -> Vec<(Option<u32>, Span, u128, u128, bool)> {
        let (bars, _) = bars(recording);
        let told = bars.iter().map(|bar| {
            let (from, to) = (bar.from.as_millis(), bar.to.as_millis());
            (bar.lane, bar.span, from, to, bar.ended.is_some())
        });
        told.collect()
    }

    #[test]
    fn an_end_is_that_of_the_bar_with_its_number() {
        let run = recording(&[
            (0, 0, begin(0, Span::Sleeping)),
            (1, 0, begin(1, Span::Resource)),
            (4, 0, over(0)),
            (5, 0, over(1)),
            (6, 0, over(7)),
            (7, 0, begin(2, Span::Task)),
            (9, 0, Kind::Ended(crate::recording::End::Finished)),
        ]);
        let expected = [
            (Some(0), Span::Sleeping, 0, 4, true),
            (Some(0), Span::Resource, 1, 5, true),
            (Some(0), Span::Task, 7, 9, false),
        ];
        assert_eq!(told(&run), expected);
    }

    #[test]
    fn a_task_that_is_due_cannot_run_while_the_thread_is_blocked() {
        let run = recording(&[
            (0, 0, begin(0, Span::Sleeping)),
            (0, 2, begin(1, Span::Sleeping)),
            (5, 1, begin(2, Span::Blocking)),
            (500, 1, over(2)),
            (500, 0, over(0)),
            (600, 2, over(1)),
            (700, 3, Kind::Ran(Duration::from_millis(50))),
        ]);
        let expected = [
            (Some(0), Span::Sleeping, 0, 500, true),
            (Some(2), Span::Sleeping, 0, 600, true),
            (Some(1), Span::Blocking, 5, 500, true),
            (Some(0), Span::Starved, 5, 500, true),
            (Some(3), Span::Blocking, 650, 700, true),
        ];
        assert_eq!(told(&run), expected);
    }
}
