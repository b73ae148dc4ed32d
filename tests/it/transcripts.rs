//! Transcripts on an exact clock: those of an independent implementation, and
//! our own for what it does not show, worked out by hand.

use std::fs;

use serde::Deserialize;
use similar::TextDiff;

use crate::run::{Line, Run, without_place};

/// The first line of a transcript: how to run it, and what holds.
#[derive(Deserialize)]
struct Case {
    args: Vec<String>,
    clock: String,
    exit: i32,
    tolerance: f64,
    /// `any` where lines may come in any order.
    order: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    t: f64,
    text: String,
}

#[test]
fn every_transcript_is_met() {
    let mut met = 0;
    for entry in fs::read_dir("tests/expected").expect("the transcripts") {
        let path = entry.expect("an entry").path();
        let transcript = fs::read_to_string(&path).expect("a transcript");
        let (case, lines) = transcript.split_once('\n').expect("a case and its lines");
        let case: Case = serde_json::from_str(case).expect(case);
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect();
        meets(&path.display().to_string(), &case, lines);
        met += 1;
    }
    assert!(met >= 60, "{met} transcripts");
}

fn meets(name: &str, case: &Case, mut expected: Vec<Expected>) {
    let words = case
        .args
        .iter()
        .map(String::as_str)
        .chain(["--clock", &case.clock]);
    let mut lines = Run::with(words).lines_and_exits(case.exit);
    if case.order.as_deref() == Some("any") {
        expected.sort_by(|a, b| a.text.cmp(&b.text));
        lines.sort_by(|a, b| a.text.cmp(&b.text));
    }
    let theirs: String = expected
        .iter()
        .map(|line| without_place(&line.text) + "\n")
        .collect();
    let ours: String = lines
        .iter()
        .map(|line| without_place(&line.text) + "\n")
        .collect();
    assert_eq!(
        theirs,
        ours,
        "{name}\n{}",
        TextDiff::from_lines(&theirs, &ours).unified_diff()
    );
    for (Line { t, text, .. }, expected) in lines.iter().zip(&expected) {
        let apart = (t - expected.t).abs();
        assert!(
            apart <= case.tolerance + 1e-9,
            "{name}: {text} at {t}, not {}",
            expected.t
        );
    }
}
