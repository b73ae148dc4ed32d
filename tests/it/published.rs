//! The published logs: the same texts, icons and order, and the same times as
//! far as the published machine's timer allows.

use std::fs;

use chrono::{NaiveTime, TimeDelta};

use crate::run::Run;

/// The sections, and how many milliseconds a gap between two lines may be off.
const SECTIONS: [(&str, i64); 12] = [
    ("lock", 0),
    ("semaphore", 0),
    ("event", 20),
    ("queue", 20),
    ("timeout", 20),
    ("cancel", 20),
    ("as-completed", 0),
    ("first-completed", 0),
    ("stream", 20),
    ("executor", 20),
    ("ratelimit", 20),
    ("retry", 20),
];

fn published(name: &str) -> Vec<String> {
    let log = fs::read_to_string(format!("tests/walkthrough/{name}.log")).expect(name);
    log.lines().map(str::to_owned).collect()
}

fn split(line: &str) -> (NaiveTime, &str) {
    let (stamp, text) = line.split_once("] ").expect(line);
    let time = NaiveTime::parse_from_str(&stamp[1..], "%H:%M:%S%.3f").expect(line);
    (time, text)
}

/// Holds lines against published ones: equal texts, gaps within `tolerance`.
fn assert_follows(name: &str, theirs: &[String], ours: &[&str], tolerance: i64) {
    assert_eq!(theirs.len(), ours.len(), "{name}: {ours:#?}");
    let mut before: Option<(NaiveTime, NaiveTime)> = None;
    for (theirs, ours) in theirs.iter().zip(ours) {
        let ((their_time, their_text), (our_time, our_text)) = (split(theirs), split(ours));
        assert_eq!(their_text, our_text, "{name}");
        let (since, ours_since) = before.unwrap_or((their_time, their_time));
        let off = (our_time - ours_since) - (their_time - since);
        assert!(
            off.abs() <= TimeDelta::milliseconds(tolerance),
            "{name}: {theirs}\n{ours}"
        );
        before = Some((their_time, our_time));
    }
}

#[test]
fn each_section_meets_its_log() {
    for (name, tolerance) in SECTIONS {
        let theirs = published(name);
        let printed = Run::with([name, "--walkthrough", "--color", "never"]).prints();
        let ours: Vec<_> = printed.lines().collect();
        let (first, last) = match theirs.iter().position(|line| line == "...") {
            Some(gap) => (&theirs[..gap], &theirs[gap + 1..]),
            None => (&theirs[..], &[][..]),
        };
        let cut_short = name == "ratelimit";
        let whole = cut_short || ours.len() == theirs.len() || !last.is_empty();
        assert!(whole, "{name} prints more than was published:\n{printed}");
        assert_follows(name, first, &ours[..first.len()], tolerance);
        assert_follows(name, last, &ours[ours.len() - last.len()..], tolerance);
    }
}

#[test]
fn the_tour_is_all_sections_in_order() {
    let tour = Run::of("tour --walkthrough --color never").prints();
    let sections: String = SECTIONS
        .iter()
        .map(|(name, _)| Run::with([*name, "--walkthrough", "--color", "never"]).prints())
        .collect();
    assert_eq!(tour, sections);
}

#[test]
fn a_tour_of_the_defaults_goes_on_where_a_section_ended() {
    let tour = Run::of("tour").on_the_virtual_clock().lines();
    let mut sections = Vec::new();
    for (name, _) in SECTIONS {
        let lines = Run::with([name]).on_the_virtual_clock().lines();
        sections.extend(lines.into_iter().map(|line| line.text));
    }
    assert!(tour.iter().map(|line| &line.text).eq(&sections));
    assert!(tour.is_sorted_by_key(|line| line.time.clone()));
}

#[test]
fn verify_meets_all_twelve() {
    let printed = Run::of("verify").prints();
    assert_eq!(printed.lines().count(), 12, "{printed}");
    assert!(
        printed.lines().all(|line| line.ends_with("ok")),
        "{printed}"
    );
    let printed = Run::of("verify lock retry --repeat 20").prints();
    assert_eq!(
        printed.matches("20 of 20 runs alike  ok").count(),
        2,
        "{printed}"
    );
}

#[test]
fn typed_options_go_before_published_ones() {
    let printed = Run::of("lock --walkthrough --iterations 1 --start 10:00").prints();
    let expected = "[10:00:00.016] 🔒 Worker-1: Counter = 1\n\
                    [10:00:00.032] 🔒 Worker-2: Counter = 2\n\
                    [10:00:00.032]    Final counter value: 2\n";
    assert_eq!(printed, expected);
}
