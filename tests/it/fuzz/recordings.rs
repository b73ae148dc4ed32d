//! Files that are called recordings, and what every view makes of them.

use std::time::Duration;

use asyncdemo::output::{cast, html, svg, timeline, trace};
use asyncdemo::recording::{Event, Failure, Kind, Recording, Sink as _, form};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::text_of;
use crate::exports::{all_views, recordings, text};
use crate::run::cases;

const PIECES: &[&str] = &[
    "{\"asyncdemo\":2",
    "{\"asyncdemo\":3}",
    ",",
    "\"recipe\":\"lock\"",
    "\"options\":[]",
    "\"seed\":5",
    "\"events\":[",
    "{\"t\":0.0",
    "\"at\":\"a:1\"",
    "}",
    "]",
    "null",
    "-1e999",
    "\"",
];

/// Any JSON at all, with the names and the numbers that a recording has.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![0.0, -0.0, 9_007_199_254.0, 9_007_199_255.0])
            .prop_map(Value::from),
        prop::sample::select(vec![
            "sleeping",
            "begin",
            "over",
            "ending",
            "a:1",
            "a:-1",
            ":0",
            "\u{1b}[2J"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = prop::sample::select(vec![
            "t", "lane", "text", "event", "span", "wait", "what", "task", "at", "x",
        ]);
        let fields = prop::collection::vec((name, inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            fields.prop_map(|fields| fields
                .into_iter()
                .map(|(name, it)| (name.to_owned(), it))
                .collect()),
        ]
    })
}

/// All places in a document where there is a value.
pub fn places(value: &Value, path: String, all: &mut Vec<String>) {
    match value {
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                places(value, format!("{path}/{at}"), all);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, format!("{path}/{name}"), all);
            }
        }
        _ => {}
    }
    all.push(path);
}

/// A text is refused in one line, or read: then it stays what it is, and can be
/// shown in every way.
fn is_read_or_refused(text: &str) -> Result<(), TestCaseError> {
    match form::read(text) {
        Ok(recording) => {
            let again = form::read(&form::write(&recording).expect("JSON")).expect("as it was");
            prop_assert_eq!(&again, &recording);
            shows(&recording)
        }
        Err(why) => {
            let why = why.to_string();
            prop_assert!(
                why.starts_with("it ") && why.lines().count() == 1,
                "{why:?}"
            );
            Ok(())
        }
    }
}

/// All views are well-formed, and those that terminals show have no control
/// characters but line breaks.
fn shows(recording: &Recording) -> Result<(), TestCaseError> {
    drop(all_views(recording));
    let svg = text(|out| svg::write(recording, out));
    prop_assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
    let trace: Result<Value, _> = serde_json::from_str(&text(|out| trace::write(recording, out)));
    prop_assert!(trace.is_ok(), "{trace:?}");
    let harmless = |text: &str| !text.contains(|it: char| it.is_control() && it != '\n');
    for width in [20, 80, 1000] {
        let drawing = timeline::Drawing {
            width,
            unicode: true,
            color: false,
        };
        let picture = timeline::picture(recording, drawing);
        prop_assert!(harmless(&picture), "{picture:?}");
    }
    let sentences = timeline::sentences(recording);
    prop_assert!(harmless(&sentences), "{sentences:?}");
    let cast = text(|out| cast::write(recording, cast::Version::Two, false, true, out));
    for row in cast.lines().skip(1) {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let shown = row[2].as_str().expect("text").replace("\r\n", "\n");
        prop_assert!(harmless(&shown.replace('\t', " ")), "{shown:?}");
    }
    Ok(())
}

/// The tags of a page, in their order.
fn tags(page: &str) -> Vec<&str> {
    let tags = page.split('<').skip(1);
    tags.map(|tag| tag.split([' ', '>', '\n']).next().unwrap_or_default())
        .collect()
}

/// The same recording with all that it says in letters, no two things alike
/// that were not.
fn in_letters(recording: &Recording) -> Recording {
    let letters = |text: &str| format!("{:02x?}", text.as_bytes());
    let mut plain = Recording::default();
    plain.spec.seed = recording.spec.seed;
    plain.ending = recording
        .ending
        .as_ref()
        .map(|it| Failure::from(letters(&it.to_string()).as_str()));
    for (id, name) in (0..).zip(recording.lanes()) {
        let name = &*letters(name);
        plain.lane(asyncdemo::recording::LaneRef { id, name });
    }
    for event in recording.events() {
        let kind = event.kind.map(|text| letters(text));
        let kind = match &kind {
            Kind::Line { text, .. } => {
                let Kind::Line { icon, .. } = event.kind else {
                    unreachable!("it is the same line");
                };
                Kind::Line {
                    icon,
                    text: text.as_str(),
                }
            }
            kind => kind.map(String::as_str),
        };
        let name = letters(event.lane.map_or("", |lane| lane.name));
        let lane = event.lane.map(|lane| asyncdemo::recording::LaneRef {
            name: &name,
            ..lane
        });
        plain
            .event(&Event {
                lane,
                kind,
                ..event
            })
            .expect("it only keeps them");
    }
    plain
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn any_file_is_a_recording_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200), text in text_of(PIECES), json in json(),
    ) {
        is_read_or_refused(&String::from_utf8_lossy(&bytes))?;
        is_read_or_refused(&text)?;
        is_read_or_refused(&json.to_string())?;
        let mut document = json!({"asyncdemo": 2, "recipe": "lock", "options": [], "seed": 5,
            "clock": "virtual", "start": 0.0, "lanes": ["A"]});
        document["events"] = json;
        is_read_or_refused(&document.to_string())?;
    }

    #[test]
    fn a_document_in_which_values_were_replaced_is_one_or_refused(
        recording in recordings(),
        changes in prop::collection::vec((any::<Index>(), prop::option::of(json())), 1..5),
    ) {
        let text = form::write(&recording).expect("JSON");
        let mut document: Value = serde_json::from_str(&text).expect("JSON");
        for (at, value) in changes {
            let mut all = Vec::new();
            places(&document, String::new(), &mut all);
            let path = at.get(&all);
            let (parent, name) = path.rsplit_once('/').unwrap_or_default();
            match (value, document.pointer_mut(parent)) {
                (None, Some(Value::Object(fields))) => drop(fields.remove(name)),
                (value, _) => {
                    let place = document.pointer_mut(path).expect("it is there");
                    *place = value.unwrap_or_default();
                }
            }
        }
        is_read_or_refused(&document.to_string())?;
    }

    #[test]
    fn long_runs_are_shown_like_short_ones(
        recording in recordings(), factor in prop::sample::select(vec![1, 1000, 2_000_000u32]),
    ) {
        let mut long = Recording::default();
        for (id, name) in (0..).zip(recording.lanes()) {
            long.lane(asyncdemo::recording::LaneRef { id, name });
        }
        for event in recording.events() {
            let t = (event.t * factor).min(Duration::from_secs(9_007_199_254));
            long.event(&Event { t, ..event }).expect("it only keeps them");
        }
        is_read_or_refused(&form::write(&long).expect("JSON"))?;
    }

    #[test]
    fn no_text_of_a_recording_is_markup(recording in recordings()) {
        let page = text(|out| html::write(&recording, None, out));
        let plain = text(|out| html::write(&in_letters(&recording), None, out));
        prop_assert_eq!(tags(&page), tags(&plain));
    }
}
