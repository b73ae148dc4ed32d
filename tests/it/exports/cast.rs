//! Terminal recordings: asciicasts.

use assert_cmd::Command as Bounded;
use asyncdemo::output::cast;
use proptest::prelude::*;

use super::{export, folder, json_lines, recordings, text};
use crate::run::{BOUND, Run, cases, is_there};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_cast_keeps_to_the_rules(recording in recordings()) {
        let rows = |version| {
            json_lines(&text(|out| cast::write(&recording, version, true, true, out)))
        };
        let (two, three) = (rows(cast::Version::Two), rows(cast::Version::Three));
        prop_assert_eq!((&two[0]["version"], &three[0]["version"]), (&2.into(), &3.into()));
        prop_assert!(two[0]["width"].as_u64() >= Some(80) && two[0]["height"].as_u64() > Some(0));
        prop_assert!(three[0]["term"]["cols"].as_u64() >= Some(80));
        prop_assert_eq!(two.len(), three.len());
        let endings = usize::from(recording.ending.is_some());
        prop_assert_eq!(two.len(), 1 + 2 * (recording.lines().count() + endings));
        let (mut before, mut sum) = (0.0, 0.0);
        for (two, three) in two[1..].iter().zip(&three[1..]) {
            let (t, gap) = (two[0].as_f64().expect("a time"), three[0].as_f64().expect("a time"));
            prop_assert!(t >= before && gap >= 0.0);
            sum += gap;
            prop_assert!((sum - t).abs() < 1e-6, "no drift: {sum} {t}");
            prop_assert!(two[1] == "o" || two[1] == "m", "{two}");
            prop_assert_eq!((&two[1], &two[2]), (&three[1], &three[2]));
            before = t;
        }
    }
}

#[test]
fn a_cast_shows_the_log_as_the_terminal_does() {
    let rows = json_lines(&Run::of("export semaphore --walkthrough --as cast -o -").prints());
    let shown: String = rows[1..]
        .iter()
        .filter(|row| row[1] == "o")
        .filter_map(|row| row[2].as_str())
        .collect();
    let log = Run::of("semaphore --walkthrough --color always").prints();
    assert_eq!(shown.replace("\r\n", "\n"), log);
    let rows = Run::of("export semaphore --as cast -o - --color never --emoji never").prints();
    assert!(!rows.contains("\\u001b") && !rows.contains('📥'), "{rows}");
}

#[test]
fn asciinema_plays_a_cast() {
    if !is_there("asciinema") {
        return;
    }
    let folder = folder();
    export("semaphore --walkthrough --color never", &folder, "run.cast").prints();
    let mut asciinema = Bounded::new("asciinema");
    let played = asciinema
        .args(["play", "--speed", "100"])
        .arg(folder.path().join("run.cast"))
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", folder.path())
        .timeout(BOUND)
        .output()
        .expect("asciinema");
    let shown = String::from_utf8_lossy(&played.stdout).replace("\r\n", "\n");
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    assert!(
        shown.contains(&Run::of("semaphore --walkthrough").prints()),
        "{shown}"
    );
}
