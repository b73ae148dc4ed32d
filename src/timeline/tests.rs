//! Recordings of a few events, for the tests of what is made of them.

use super::*;
use crate::recording::{Event, LaneRef, Sink as _, Span, Waker, What};

pub fn begin(wait: u32, span: Span) -> Kind<&'static str> {
    let (what, op) = (What::Named("a permit"), "");
    Kind::Begin {
        wait,
        span,
        what,
        op,
    }
}

pub fn over(wait: u32) -> Kind<&'static str> {
    let (done, by) = (true, Waker::Outside);
    Kind::Over { wait, done, by }
}

/// Events: when in milliseconds, of which task.
pub fn recording(events: &[(u64, u32, Kind<&str>)]) -> Recording {
    let mut recording = Recording::default();
    for &(millis, id, kind) in events {
        let event = Event {
            t: Duration::from_millis(millis),
            lane: Some(LaneRef { id, name: "lane" }),
            at: Place::default(),
            kind,
        };
        recording.event(&event).expect("it only keeps them");
    }
    recording
}

/// A timeline of lines: when in milliseconds, of which task, with which text.
pub fn spoken<'a>(lines: &[(u64, u32, &'a str)]) -> Timeline {
    let line = |(t, id, text): &(u64, u32, &'a str)| {
        let icon = "";
        (*t, *id, Kind::Line { icon, text: *text })
    };
    Timeline::new(recording(&lines.iter().map(line).collect::<Vec<_>>()))
}

#[test]
fn of_bars_that_overlap_the_one_shows_that_says_most() {
    let run = recording(&[
        (0, 0, begin(0, Span::Sleeping)),
        (10, 0, begin(1, Span::Resource)),
        (20, 0, begin(2, Span::Sleeping)),
        (30, 0, over(1)),
        (40, 0, over(0)),
        (50, 0, over(2)),
    ]);
    let timeline = Timeline::new(&run);
    let row = &timeline.rows()[0];
    let shown = |now| {
        let pieces = timeline.pieces_until(row, 0, Duration::from_millis(now));
        let pieces = pieces.map(|it| (it.bar.span, it.from.as_millis(), it.to.as_millis()));
        pieces.collect::<Vec<_>>()
    };
    let (sleeping, resource) = (Span::Sleeping, Span::Resource);
    assert_eq!(shown(20), [(sleeping, 0, 10), (resource, 10, 20)]);
    assert_eq!(
        shown(99),
        [(sleeping, 0, 10), (resource, 10, 30), (sleeping, 30, 50)]
    );
    let doing = |now| timeline.doing(row, 0, Duration::from_millis(now));
    let words = doing(20).map(|bar| timeline.words(bar));
    assert_eq!(words.as_deref(), Some("waits for a permit"));
    assert_eq!(doing(50), None);
}

#[test]
fn a_task_that_does_nothing_has_a_row() {
    let line = Kind::Line { icon: "", text: "" };
    let run = recording(&[(0, 2, line)]);
    let timeline = Timeline::new(&run);
    let lanes: Vec<_> = timeline.rows().iter().map(|row| row.lane).collect();
    assert_eq!(lanes, [Some(0), Some(1), Some(2)]);
    assert_eq!(timeline.line(0).map(|line| line.row), Some(2));
}
