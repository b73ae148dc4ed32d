//! Traces.

use std::collections::{BTreeMap, BTreeSet};

use asyncdemo::output::trace;
use asyncdemo::recording::bars::bars;
use asyncdemo::recording::{Recording, Span};
use proptest::prelude::*;
use serde_json::Value;

use super::{plain, recordings, text};
use crate::run::cases;

/// The events of a trace.
fn trace_of(recording: &Recording) -> Vec<Value> {
    let mut trace: Value =
        serde_json::from_str(&text(|out| trace::write(recording, out))).expect("JSON");
    match trace["traceEvents"].take() {
        Value::Array(events) => events,
        other => panic!("{other}"),
    }
}

fn whole(event: &Value, field: &str) -> u64 {
    event[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {event}"))
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_trace_keeps_to_the_rules(recording in recordings()) {
        let events = trace_of(&recording);
        let (mut before, mut open, mut named) = (0, BTreeMap::new(), BTreeSet::new());
        let mut nested: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for event in &events {
            let phase = event["ph"].as_str().expect("a phase");
            prop_assert!(event["name"].as_str().is_some_and(|name| !name.is_empty()), "{event}");
            if phase == "M" {
                named.extend(event["tid"].as_u64());
                continue;
            }
            let (ts, tid) = (whole(event, "ts"), whole(event, "tid"));
            prop_assert!(ts >= before, "time runs back at {event}");
            let is_global = event["s"] == "g"; // It is on all tracks, be there none.
            prop_assert!(is_global || named.contains(&tid), "{event} is on no track");
            before = ts;
            match phase {
                "X" => {
                    let end = ts + whole(event, "dur");
                    let around = nested.entry(tid).or_default();
                    around.retain(|outer| *outer > ts);
                    prop_assert!(around.iter().all(|outer| *outer >= end), "{event} does not nest");
                    around.push(end);
                }
                "b" => prop_assert!(open.insert(whole(event, "id"), event["name"].clone()).is_none()),
                "e" => prop_assert_eq!(open.remove(&whole(event, "id")), Some(event["name"].clone())),
                "i" if is_global => {
                    let failure = recording.ending.as_ref().map(ToString::to_string);
                    let failure = failure.map(|failure| plain(&failure));
                    prop_assert_eq!(event["name"].as_str().map(str::to_owned), failure);
                }
                "i" => prop_assert!(event["args"]["at"].as_str().is_some_and(|at| at.contains(':'))),
                other => prop_assert!(false, "{other}"),
            }
        }
        prop_assert!(open.is_empty(), "{open:?} never ends");
        let count = |phase: &str| events.iter().filter(|event| event["ph"] == phase).count();
        let spans = bars(&recording);
        let works = spans.iter().filter(|bar| bar.span == Span::Work).count();
        prop_assert_eq!((count("X"), count("b")), (works, spans.len() - works));
        let endings = usize::from(recording.ending.is_some());
        prop_assert_eq!(count("i"), recording.lines().count() + endings);
    }
}
