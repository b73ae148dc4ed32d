//! Any program's output against any log.

use std::time::Duration;

use asyncdemo::check::{Due, Meaning, Said, compare};
use proptest::prelude::*;
use proptest::sample::Index;

use super::text_of;
use crate::run::cases;

const LINES: &[&str] = &[
    "[08:49:09.588] ",
    "[",
    "] ",
    "✅ ",
    "⏱️  ",
    "   ",
    " ",
    "a",
    "b",
    "1️⃣ ",
    "\r",
    "\u{1b}[1m",
    "é",
];

/// A log in the order of time, with several lines at an instant, some of which
/// say the same.
fn logs() -> impl Strategy<Value = Vec<Due>> {
    let line = (prop_oneof![Just(0), 0..3000u64], "[a-d]");
    prop::collection::vec(line, 1..14).prop_map(|lines| {
        let mut t = Duration::ZERO;
        let due = lines.into_iter().map(|(gap, text)| {
            t += Duration::from_millis(gap);
            Due { t, text }
        });
        due.collect()
    })
}

/// A program that says a log as it should, so much after its start.
fn said(log: &[Due], start: Duration) -> Vec<Said> {
    let said = log.iter().map(|due| Said {
        t: start + due.t,
        line: due.text.clone(),
    });
    said.collect()
}

fn found(log: &[Due], program: &[Said]) -> Vec<(Meaning, usize)> {
    compare(log, program, None).counts.into_iter().collect()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_output_can_be_compared(
        log in prop::collection::vec((any::<u64>(), text_of(LINES)), 0..12),
        program in prop::collection::vec((any::<u64>(), text_of(LINES)), 0..12),
        tolerance in prop::option::of(any::<u64>()),
    ) {
        // As a recording has it: its times do not run back.
        let mut times: Vec<_> = log.iter().map(|(t, _)| Duration::from_nanos(*t)).collect();
        times.sort_unstable();
        let log: Vec<_> =
            times.into_iter().zip(log).map(|(t, (_, text))| Due { t, text }).collect();
        let program: Vec<_> = program
            .into_iter()
            .map(|(t, line)| Said { t: Duration::from_nanos(t), line })
            .collect();
        let found = compare(&log, &program, tolerance.map(Duration::from_nanos));
        let rows = |has: fn(&asyncdemo::check::Row<'_>) -> bool| {
            found.rows.iter().filter(|row| has(row)).count()
        };
        prop_assert_eq!(rows(|row| row.due.is_some()), log.len());
        prop_assert_eq!(rows(|row| row.came.is_some()), program.len());
        prop_assert_eq!(found.first.is_some(), rows(|row| row.wrong.is_some()) > 0);
        let told = found.diff(false) + &found.summary();
        prop_assert!(!told.contains(|it: char| it.is_control() && it != '\n'), "{told:?}");
    }

    #[test]
    fn a_log_is_as_itself(log in logs(), start in 0..9000u64) {
        let program = said(&log, Duration::from_millis(start));
        let same = compare(&log, &program, Some(Duration::ZERO));
        prop_assert_eq!(same.first, None);
        prop_assert!(same.counts.is_empty());
    }

    #[test]
    fn one_line_less_is_missing_and_one_more_is_extra(log in logs(), at: Index) {
        let at = at.index(log.len());
        let mut program = said(&log, Duration::ZERO);
        let line = program.remove(at);
        prop_assert_eq!(found(&log, &program), [(Meaning::Missing, 1)]);
        program.insert(at, line.clone());
        program.insert(at, line.clone());
        prop_assert_eq!(found(&log, &program), [(Meaning::Extra, 1)]);
        program[at].line = "another".to_owned();
        prop_assert_eq!(found(&log, &program), [(Meaning::Extra, 1)]);
        program.remove(at + 1);
        prop_assert_eq!(found(&log, &program), [(Meaning::Changed, 1)]);
    }
}
