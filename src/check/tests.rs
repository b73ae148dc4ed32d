//! What each change of a program's output is called.

use std::ops::Range;

use proptest::prelude::*;

use super::line::text_of;
use super::logs::instants;
use super::*;

/// The log of `semaphore --walkthrough`.
const LOG: [(u64, &str); 10] = [
    (0, "Downloading file-0..."),
    (0, "Downloading file-1..."),
    (639, "Downloaded file-0"),
    (639, "Downloading file-2..."),
    (817, "Downloaded file-1"),
    (817, "Downloading file-3..."),
    (1552, "Downloaded file-2"),
    (1552, "Downloading file-4..."),
    (1744, "Downloaded file-3"),
    (2065, "Downloaded file-4"),
];

fn log() -> Vec<Due> {
    LOG.map(|(t, text)| Due {
        t: Duration::from_millis(t),
        text: text.to_owned(),
    })
    .to_vec()
}

/// A program that says the log, and takes 40 ms to start.
fn program() -> Vec<Said> {
    LOG.map(|(t, text)| said(t + 40, text)).to_vec()
}

fn said(t: u64, line: &str) -> Said {
    Said {
        t: Duration::from_millis(t),
        line: line.to_owned(),
    }
}

const TOLERANCE: Option<Duration> = Some(Duration::from_millis(50));

/// What the first difference of a changed program means, and all counts.
fn told(change: impl FnOnce(&mut Vec<Said>)) -> (String, String) {
    let (log, mut program) = (log(), program());
    change(&mut program);
    let found = compare(&log, &program, TOLERANCE);
    let first = found.first.as_ref().map(ToString::to_string);
    (first.unwrap_or_default(), found.summary())
}

/// The first difference, where it is the only one.
fn only(change: impl FnOnce(&mut Vec<Said>)) -> String {
    let (first, summary) = told(change);
    let (_, counts) = summary.split_once("; ").expect(&summary);
    let meaning = first.split(':').next().expect(&first);
    assert_eq!(counts, format!("1 {meaning}"), "{first}");
    first
}

#[test]
fn the_same_log_is_the_same() {
    let (log, program) = (log(), program());
    let found = compare(&log, &program, TOLERANCE);
    assert_eq!(found.first, None);
    assert_eq!((found.lines(), found.largest()), ((10, 10), Duration::ZERO));
}

#[test]
fn lines_of_one_instant_may_come_in_any_order() {
    let (log, mut program) = (log(), program());
    for pair in [0, 2, 4, 6] {
        program.swap(pair, pair + 1);
    }
    assert_eq!(compare(&log, &program, TOLERANCE).first, None);
}

#[test]
fn times_and_icons_are_optional() {
    let log = log();
    let dressed = LOG.iter().enumerate().map(|(line, (t, text))| {
        let icon = ["✅ ", "⏱️  ", "⏱️ ", "   ", "1️⃣ ", ""][line % 6];
        let time = if line % 4 == 0 { "" } else { "[23:59:59.999] " };
        said(*t, &format!("{time}{icon}{text}\r"))
    });
    assert_eq!(
        compare(&log, &dressed.collect::<Vec<_>>(), TOLERANCE).first,
        None
    );
    let own = [Due {
        t: Duration::ZERO,
        text: "[10:00:00.000] ★  x".to_owned(),
    }];
    assert_eq!(
        compare(&own, &[said(0, "[10:00:00.000] ★  x")], None).first,
        None
    );
    assert!(compare(&own, &[said(0, "x")], None).first.is_some());
    for line in [
        "",
        " ",
        "[",
        "[10:00:00.000]",
        "[10:00:00.000] ",
        "é é",
        "\u{fe0f} ",
    ] {
        text_of(line, |_| false);
    }
}

#[test]
fn a_missing_line() {
    assert_eq!(
        only(|program| drop(program.remove(3))),
        "missing: \"Downloading file-2...\" (due at 0.639 s) never came; \
         it is due after \"Downloaded file-0\""
    );
}

#[test]
fn a_missing_last_or_first_line() {
    assert_eq!(
        only(|program| drop(program.pop())),
        "missing: \"Downloaded file-4\" (due at 2.065 s) never came; \
         it is due after \"Downloaded file-3\""
    );
    let first = only(|program| drop(program.drain(..1)));
    assert!(
        first.ends_with("file-0...\" (due at 0.000 s) never came; it is the first that is due")
    );
}

#[test]
fn an_extra_a_doubled_and_a_trailing_line() {
    assert_eq!(
        only(|program| program.insert(2, said(340, "Waiting"))),
        "extra: line 3 of the program, \"Waiting\" at 0.300 s, is not expected"
    );
    assert_eq!(
        only(|program| program.insert(3, program[2].clone())),
        "extra: line 4 of the program, \"Downloaded file-0\" at 0.639 s, is expected only once"
    );
    assert_eq!(
        only(|program| program.push(said(2105, "\u{1b}[2Jgarbage"))),
        "extra: line 11 of the program, \"\\u{1b}[2Jgarbage\" at 2.065 s, is not expected"
    );
}

#[test]
fn a_changed_line() {
    let change = |line: &'static str| only(|program| line.clone_into(&mut program[2].line));
    assert_eq!(
        change("Downloaded file-7"),
        "changed: line 3 of the program, \"Downloaded file-7\" at 0.639 s, \
         came instead of \"Downloaded file-0\" (due at 0.639 s)"
    );
    assert!(change("Downloaded  file-0 ").ends_with("; only their spaces differ"));
    assert!(change("downloaded file-0").ends_with("; only upper and lower case differ"));
}

#[test]
fn two_lines_in_the_wrong_order() {
    let order = "\"Downloading file-2...\" at 0.639 s and due at 0.639 s, came before \
                 \"Downloading file-1...\" (due at 0.000 s)";
    let (first, summary) = told(|program| {
        let (one, other) = (program[1].line.clone(), program[3].line.clone());
        (program[1].line, program[3].line) = (other, one);
    });
    assert!(
        first.starts_with("wrong order: line 2 of the program, \"Downloading file-2"),
        "{first}"
    );
    assert!(
        first.ends_with(&order[order.find("came").expect(order)..]),
        "{first}"
    );
    assert!(summary.contains("wrong order"), "{summary}");
    let moved = only(|program| {
        let last = program.pop().map(|last| said(40, &last.line));
        program.splice(0..0, last);
    });
    assert_eq!(
        moved,
        "wrong order: line 1 of the program, \"Downloaded file-4\" at 0.000 s and due at \
         2.065 s, came before \"Downloading file-0...\" (due at 0.000 s)"
    );
}

#[test]
fn an_early_and_a_late_line() {
    let at = |t| only(|program: &mut Vec<Said>| program[4].t = Duration::from_millis(t));
    assert_eq!(
        at(790),
        "too early: line 5 of the program, \"Downloaded file-1\" at 0.750 s, is due at 0.817 s: \
         0.067 s too early, allowed are 0.050 s"
    );
    assert!(at(908).ends_with("is due at 0.817 s: 0.051 s too late, allowed are 0.050 s"));
    // A slow start is forgiven, a start before its time is not.
    let late = [Due {
        t: Duration::from_secs(1),
        text: "a".to_owned(),
    }];
    assert_eq!(compare(&late, &[said(1700, "a")], TOLERANCE).first, None);
    let early = [said(300, "a")];
    let found = compare(&late, &early, TOLERANCE)
        .first
        .expect("it is early");
    assert_eq!(found.meaning, Meaning::TooEarly);
}

#[test]
fn a_program_that_says_nothing_and_a_log_that_is_empty() {
    let (first, summary) = told(Vec::clear);
    assert_eq!(
        first,
        "missing: the program said nothing; \"Downloading file-0...\" (due at 0.000 s) is its \
         first line"
    );
    assert_eq!(summary, "0 of 10 lines as expected; 10 missing");
    assert_eq!(compare(&[], &[], None).first, None);
    assert!(compare(&[], &[said(0, "a")], None).first.is_some());
}

#[test]
fn the_diff_shows_both_times() {
    let (log, mut program) = (log(), program());
    program[8] = said(1840, "Downloaded file-9");
    let diff = compare(&log, &program, TOLERANCE).diff(false);
    let expected = "\
changed: line 9 of the program, \"Downloaded file-9\" at 1.800 s, came instead of \"Downloaded file-3\" (due at 1.744 s)

        due      came
  ...
      0.817     0.817  Downloading file-3...
      1.552     1.552  Downloaded file-2
      1.552     1.552  Downloading file-4...
-     1.744            Downloaded file-3
+               1.800  Downloaded file-9
      2.065     2.065  Downloaded file-4
";
    assert_eq!(diff, expected);
}

/// One line again and again costs no more than many different ones.
#[test]
fn a_flood_is_compared() {
    let log = log();
    let flood = vec![said(0, LOG[3].1); 200_000];
    let found = compare(&log, &flood, None);
    assert_eq!(found.lines(), (10, 1));
    assert!(found.diff(false).lines().count() < 150);
}

proptest! {
    /// Whatever a program says: each line is in one row, both sides go on,
    /// and only what is in the right order is the same.
    #[test]
    fn every_line_is_told_once(
        due in proptest::collection::vec((0u64..6, "[abc]"), 0..12),
        heard in proptest::collection::vec((0u64..9000, "([✅] )?[abc\\x00\u{fe0f}]{0,2}"), 0..12),
    ) {
        let mut due = due;
        due.sort_by_key(|(t, _)| *t);
        let log: Vec<_> = due
            .into_iter()
            .map(|(t, text)| Due { t: Duration::from_secs(t), text })
            .collect();
        let program: Vec<_> = heard.iter().map(|(t, line)| said(*t, line)).collect();
        let found = compare(&log, &program, None);
        let count = |has: fn(&Row<'_>) -> bool| found.rows.iter().filter(|row| has(row)).count();
        prop_assert_eq!(count(|row| row.due.is_some()), log.len());
        prop_assert_eq!(count(|row| row.came.is_some()), program.len());
        prop_assert_eq!(found.first.is_none(), is_the_same(&log, &program));
        prop_assert_eq!(found.first.is_none(), found.counts.is_empty());
        prop_assert_eq!(found.diff(false).is_empty(), found.first.is_none());
    }
}

/// The definition, instant by instant.
fn is_the_same(log: &[Due], program: &[Said]) -> bool {
    let known = |text: &str| log.iter().any(|line| line.text == text);
    let heard: Vec<_> = program
        .iter()
        .map(|said| text_of(&said.line, known))
        .collect();
    let same = |instant: Range<usize>| {
        let mut due: Vec<_> = log[instant.clone()]
            .iter()
            .map(|line| &*line.text)
            .collect();
        let mut heard = heard[instant].to_vec();
        due.sort_unstable();
        heard.sort_unstable();
        due == heard
    };
    log.len() == heard.len() && instants(log).into_iter().all(same)
}

proptest! {
    /// What is called the wrong order is: the line named first came first, and
    /// the other one is due at an earlier instant.
    #[test]
    fn the_wrong_order_is_proven(order in Just((0..10usize).collect::<Vec<_>>()).prop_shuffle()) {
        let log = log();
        let program: Vec<_> = order.iter().map(|line| said(0, LOG[*line].1)).collect();
        let Some(first) = compare(&log, &program, None).first else {
            prop_assert!(is_the_same(&log, &program));
            return Ok(());
        };
        prop_assert_eq!(first.meaning, Meaning::WrongOrder);
        let mut named = first.words.split('"').skip(1).step_by(2);
        let mut place = || {
            let text = named.next().unwrap_or_default();
            let due = LOG.iter().position(|(_, line)| *line == text);
            due.map(|due| (LOG[due].0, order.iter().position(|line| *line == due)))
        };
        let (one, other) = (place().expect("a line"), place().expect("another"));
        prop_assert!(one.0 > other.0 && one.1 < other.1, "{}", first.words);
    }
}
