//! Recordings with all that may be in one, and all that is made of them.

use std::io;
use std::time::Duration;

use asyncdemo::output::{cast, html, svg, timeline, trace};
use asyncdemo::recording::{
    End, Event, Failure, Kind, LaneRef, Place, Recording, RunSpec, Sink as _, Span, TaskKind,
    Waker, What, form,
};
use proptest::prelude::*;

use crate::run::recipe;

/// Names that break what is not written with care.
pub const HOSTILE: &[&str] = &[
    "",
    "plain",
    "a<b>&\"c'd</text></script><!--]]>",
    "\u{202e}שלום\u{202c}",
    "👩‍👩‍👧 семья",
    "bell\u{7} escape\u{1b}[2J\0\u{fffe}",
    "line\r\nbreak\ttab",
    "{title}{style}",
    "a name that is far too long for any gutter that a picture could have for it",
];

/// A recording with all that may be in one.
pub fn recordings() -> impl Strategy<Value = Recording> {
    let text = || {
        prop_oneof![
            prop::sample::select(HOSTILE).prop_map(str::to_owned),
            any::<String>()
        ]
    };
    let lanes = prop::collection::vec(text(), 0..6);
    let gap = prop_oneof![Just(0), 0_u64..5, 0_u64..100_000_000_000];
    let event = (gap, 0_usize..7, 0_u8..16, text(), any::<u16>());
    let events = prop::collection::vec(event, 0..40);
    let header = (text(), prop::collection::vec(text(), 0..3), any::<u64>());
    (
        lanes,
        events,
        header,
        0_u64..86_400_000_000,
        prop::option::of(text()),
    )
        .prop_map(|(lanes, events, (recipe, options, seed), start, ending)| {
            let mut recording = Recording::default();
            recording.spec = RunSpec {
                recipe,
                options,
                seed,
                clock: "virtual".to_owned(),
                schedule: seed / 2,
                start: Duration::from_micros(start),
            };
            recording.ending = ending.as_deref().map(Failure::from);
            let (mut t, mut resources) = (Duration::ZERO, 0);
            for (id, name) in (0..).zip(&lanes) {
                recording.lane(LaneRef { id, name });
            }
            for (gap, lane, kind, text, line) in events {
                t += Duration::from_nanos(gap);
                let lane = lane
                    .checked_sub(1)
                    .and_then(|id| Some((id, lanes.get(id)?)));
                let event = Event {
                    t,
                    lane: lane.map(|(id, name)| LaneRef {
                        id: u32::try_from(id).expect("a few"),
                        name,
                    }),
                    at: Place {
                        file: "demos/lock.rs",
                        line: line.into(),
                    },
                    kind: kind_of(kind, &text, line, lanes.len(), &mut resources),
                };
                recording.event(&event).expect("it only keeps them");
            }
            recording
        })
}

/// Any kind of event, which names only what there is.
fn kind_of<'a>(
    kind: u8,
    text: &'a str,
    line: u16,
    lanes: usize,
    resources: &mut u32,
) -> Kind<&'a str> {
    let number = u32::from(line) % 7;
    let lane = (lanes > 0).then(|| u32::from(line) % u32::try_from(lanes).expect("a few"));
    let resource = resources.checked_sub(1).map(|last| number.min(last));
    let spans = [
        Span::Running,
        Span::Sleeping,
        Span::Task,
        Span::Resource,
        Span::Blocking,
    ];
    match (kind, resource) {
        (0..3, _) => Kind::Line {
            icon: if line.is_multiple_of(4) { text } else { "🔒" },
            text,
        },
        (3..8, _) => Kind::Begin {
            wait: number,
            span: spans[usize::from(line) % spans.len()],
            what: match (line / 5 % 4, lane, resource) {
                (0, Some(lane), _) => What::Task(lane),
                (1, _, Some(resource)) => What::Resource(resource),
                (2, ..) => What::Nothing,
                _ => What::Named(text),
            },
            op: if line.is_multiple_of(2) { "lock" } else { text },
        },
        (8..12, _) => Kind::Over {
            wait: number,
            done: line.is_multiple_of(3),
            by: lane.map_or(Waker::Main, Waker::Lane),
        },
        (12, _) => {
            *resources += 1;
            Kind::Made {
                resource: *resources - 1,
                name: text,
            }
        }
        (13, Some(resource)) => Kind::State {
            resource,
            value: line.into(),
        },
        (13, None) => Kind::Spawned {
            parent: lane,
            task: TaskKind::Blocking,
        },
        (14, _) => Kind::Ran(Duration::from_millis(line.into())),
        _ => Kind::Ended([End::Finished, End::Failed, End::Cancelled][usize::from(line) % 3]),
    }
}

/// What a view writes, as text.
pub fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("a vector takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

/// Every view of a recording; none of them may panic.
pub fn all_views(recording: &Recording) -> Vec<String> {
    let drawing = timeline::Drawing {
        width: 20,
        unicode: false,
        color: true,
    };
    vec![
        form::write(recording).expect("JSON"),
        text(|out| cast::write(recording, cast::Version::Two, true, true, out)),
        text(|out| cast::write(recording, cast::Version::Three, false, false, out)),
        text(|out| trace::write(recording, out)),
        text(|out| svg::write(recording, out)),
        text(|out| html::write(recording, Some(recipe("lock")), out)),
        timeline::picture(recording, drawing),
        timeline::sentences(recording),
    ]
}
