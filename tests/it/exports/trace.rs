//! Traces.

use std::collections::{BTreeMap, BTreeSet};

use asyncdemo::output::trace;
use asyncdemo::recording::{Kind, Recording};
use asyncdemo::timeline::Timeline;
use proptest::prelude::*;
use serde_json::Value;

use super::{plain, recordings, text};
use crate::run::{cases, recorded};

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
                "s" => prop_assert!(open.insert(whole(event, "id"), ts).is_none()),
                "f" => prop_assert_eq!(open.remove(&whole(event, "id")), Some(ts)),
                "i" if event["cat"] == "end" => {}
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
        prop_assert_eq!(count("X"), Timeline::new(&recording).all_bars().len());
        let ends = recording.events().filter(|event| matches!(event.kind, Kind::Ended(_)));
        let endings = usize::from(recording.ending.is_some());
        prop_assert_eq!(count("i"), recording.lines().count() + ends.count() + endings);
    }
}

/// An arrow leads from the task that releases a permit to the one that waited.
#[test]
fn a_trace_has_an_arrow_from_who_wakes_to_who_waited() {
    let (recording, _) = recorded("semaphore", "--files 3 --limit 1", 5);
    let events = trace_of(&recording);
    let track = |name: &str| {
        let named = events.iter().find(|event| event["args"]["name"] == name);
        named.map(|event| whole(event, "tid")).expect(name)
    };
    let arrows = |phase: &str| -> Vec<u64> {
        let ends = events.iter().filter(|event| event["ph"] == phase);
        ends.map(|event| whole(event, "tid")).collect()
    };
    let (main, first, second) = (track("main"), track("download-0"), track("download-1"));
    assert_eq!(arrows("s")[..2], [first, first]);
    let woken = arrows("f");
    assert!(
        woken.contains(&main) && woken.contains(&second),
        "{woken:?}"
    );
}
