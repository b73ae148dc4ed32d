//! Bars: from the events in which lanes begin and end to wait or to work, the
//! intervals in between. Every picture of a recording is made of these.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Event, Kind, Phase, Place, Recording, Span};

/// Something that a lane did, from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar<'a> {
    /// The lane's number; `None` is the narrator.
    pub lane: Option<u32>,
    /// Waiting or working.
    pub span: Span,
    /// What it waited for or worked on.
    pub what: &'a str,
    /// The source line that made it.
    pub at: Place<'a>,
    /// The number of the event that began it.
    pub begun: usize,
    /// The number of the event that ended it; `None` lasts beyond the recording.
    pub ended: Option<usize>,
    /// When it began.
    pub from: Duration,
    /// When it ended, or the recording did.
    pub to: Duration,
}

/// All bars of a recording, in the order in which they begin. Within a lane one
/// may lie within another; the inner one begins later. An end without a
/// beginning is nothing.
pub fn bars(recording: &Recording) -> Vec<Bar<'_>> {
    let mut bars: Vec<Bar<'_>> = Vec::new();
    // Which bars have not ended, the innermost one last. Kept apart by all that
    // an end names, so that one is found without a search.
    let mut open: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (number, Event { t, lane, at, kind }) in recording.events().enumerate() {
        let Kind::Bar { span, phase, what } = kind else {
            continue;
        };
        let lane = lane.map(|lane| lane.id);
        let key = (lane, span, what);
        match phase {
            Phase::Begin => {
                open.entry(key).or_default().push(bars.len());
                bars.push(Bar {
                    lane,
                    span,
                    what,
                    at,
                    begun: number,
                    ended: None,
                    from: t,
                    to: recording.end(),
                });
            }
            Phase::End => {
                let Some(fitting) = open.get_mut(&key) else {
                    continue;
                };
                if let Some(innermost) = fitting.pop() {
                    let bar = &mut bars[innermost];
                    (bar.ended, bar.to) = (Some(number), t);
                }
                if fitting.is_empty() {
                    open.remove(&key);
                }
            }
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{LaneRef, Sink as _};

    /// Events of one lane: when, which phase, what; in capitals it works.
    fn recording(events: &[(u64, Phase, &str)]) -> Recording {
        let mut recording = Recording::default();
        for &(t, phase, what) in events {
            let span = if what.starts_with(char::is_uppercase) {
                Span::Work
            } else {
                Span::Wait
            };
            let event = Event {
                t: Duration::from_millis(t),
                lane: Some(LaneRef { id: 0, name: "A" }),
                at: Place {
                    file: "demos/a.rs",
                    line: 1,
                },
                kind: Kind::Bar { span, phase, what },
            };
            recording.event(&event).expect("it only keeps them");
        }
        recording
    }

    fn told(recording: &Recording) -> Vec<(&str, u128, u128, bool)> {
        let bars = bars(recording).into_iter().map(|bar| {
            let (from, to) = (bar.from.as_millis(), bar.to.as_millis());
            (bar.what, from, to, bar.ended.is_some())
        });
        bars.collect()
    }

    #[test]
    fn an_end_is_that_of_the_innermost_bar_that_it_fits() {
        use Phase::{Begin, End};
        let run = recording(&[
            (0, Begin, "Outer"),
            (1, Begin, "a permit"),
            (2, Begin, "Outer"),
            (3, End, "Outer"),
            (4, End, "Outer"),
            (5, End, "a permit"),
        ]);
        let expected = [
            ("Outer", 0, 4, true),
            ("a permit", 1, 5, true),
            ("Outer", 2, 3, true),
        ];
        assert_eq!(told(&run), expected);
    }

    #[test]
    fn what_never_ends_lasts_to_the_end_of_the_recording() {
        use Phase::{Begin, End};
        let run = recording(&[
            (1, End, "nothing"),
            (2, Begin, "a permit"),
            (7, Begin, "Work"),
        ]);
        let expected = [("a permit", 2, 7, false), ("Work", 7, 7, false)];
        assert_eq!(told(&run), expected);
    }
}
