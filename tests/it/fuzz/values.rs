//! What people type as the values of options.

use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::Duration;

use asyncdemo::kit::{
    Cycle, DurationLists, Timed, Trial, Trials, count, count_or_zero, duration, probability,
    seconds, seconds_as_float,
};
use clap::Command;
use proptest::prelude::*;

use super::text_of;
use crate::run::cases;

const PIECES: &[&str] = &[
    "1",
    "0",
    "25h",
    "1.5s",
    "A=1ms",
    "999999999999",
    "h",
    "ms",
    "s",
    "m",
    "d",
    "y",
    ".",
    ",",
    "/",
    "=",
    "!",
    ":",
    "-",
    "+",
    " ",
    "e3",
    "A",
    "é",
    "\n",
    "\u{1b}",
];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

static PROGRAM: LazyLock<Command> = LazyLock::new(asyncdemo::cli::command);

/// Times that may be typed.
fn times() -> impl Strategy<Value = Duration> {
    (0..=DAY.as_secs() - 1, 0..1_000_000_000u32)
        .prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

/// Names that may be typed: of one line, and without what separates them.
fn names() -> impl Strategy<Value = String> {
    let names = any::<String>().prop_map(|name| name.replace([',', '='], "").trim().to_owned());
    names.prop_filter("a name", |name| {
        !name.is_empty() && !name.contains(char::is_control)
    })
}

fn joined<T>(all: &[T], separator: &str, one: impl Fn(&T) -> String) -> String {
    all.iter().map(one).collect::<Vec<_>>().join(separator)
}

/// An error is one line that says what is expected.
fn says<T: Debug>(refused: Result<T, String>) {
    let why = refused.expect_err("it is refused");
    assert!(
        why.starts_with("expected ") && !why.contains('\n'),
        "{why:?}"
    );
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_text_is_a_value_within_its_range_or_refused(text in text_of(PIECES)) {
        let is_time = |time: &Duration| *time <= DAY;
        match duration(&text) {
            Ok(time) => prop_assert!(is_time(&time)),
            refused => says(refused),
        }
        match text.parse::<Cycle>() {
            Ok(cycle) => {
                prop_assert!(!cycle.round().is_empty() && cycle.round().iter().all(is_time));
                prop_assert!(is_time(&cycle.get(usize::MAX)));
            }
            refused => says(refused),
        }
        match text.parse::<DurationLists>() {
            Ok(lists) => prop_assert!(lists.of(usize::MAX, "").take(99).all(|time| is_time(&time))),
            refused => says(refused),
        }
        let fits = |name: &str| !name.is_empty() && !name.contains(char::is_control);
        match text.parse::<Timed>() {
            Ok(Timed(all)) => {
                prop_assert!(all.iter().all(|(name, time)| fits(name) && is_time(time)));
                prop_assert!(text.parse::<Trials>().is_ok(), "nothing fails in it");
            }
            refused => says(refused),
        }
        match text.parse::<Trials>() {
            Ok(Trials(all)) => prop_assert!(all.iter().all(|it| fits(&it.name) && is_time(&it.time))),
            refused => says(refused),
        }
        match probability(&text) {
            Ok(share) => prop_assert!((0.0..=1.0).contains(&share)),
            refused => says(refused),
        }
        match count_or_zero(&text) {
            Ok(number) => prop_assert_eq!(count(&text).ok(), Some(number).filter(|it| *it > 0)),
            refused => says(refused),
        }
    }

    #[test]
    fn what_is_printed_can_be_typed(times in prop::collection::vec(times(), 1..9)) {
        for time in &times {
            prop_assert_eq!(duration(&seconds(*time)), Ok(*time));
            prop_assert_eq!(duration(&seconds_as_float(*time)), Ok(*time));
        }
        let list = joined(&times, ",", |time| seconds(*time));
        let cycle = list.parse::<Cycle>().expect(&list);
        prop_assert_eq!(cycle.round(), &times);
        let lists = joined(&times, "/", |time| seconds(*time));
        let lists = lists.parse::<DurationLists>().expect(&lists);
        for (place, time) in times.iter().chain(&times).enumerate() {
            prop_assert!(lists.of(place, "").take(3).all(|drawn| drawn == *time));
        }
    }

    #[test]
    fn names_and_their_times_are_taken_as_typed(
        all in prop::collection::vec((names(), times(), any::<bool>()), 1..9),
    ) {
        let timed = joined(&all, ",", |(name, time, _)| format!("{name}={}", seconds(*time)));
        let expected = all.iter().map(|(name, time, _)| (name.clone(), *time)).collect();
        prop_assert_eq!(timed.parse(), Ok(Timed(expected)));
        let trials = joined(&all, " , ", |(name, time, fails)| {
            format!("{name} = {}{}", seconds(*time), if *fails { "!" } else { "" })
        });
        let expected = all.into_iter().map(|(name, time, fails)| Trial { name, time, fails });
        prop_assert_eq!(trials.parse(), Ok(Trials(expected.collect())));
    }

    #[test]
    fn numbers_are_in_range_or_refused(number in prop_oneof![0..2_000_000u64, any::<u64>()]) {
        let (text, number) = (number.to_string(), usize::try_from(number).expect("64 bits"));
        let fits = (1..=1_000_000).contains(&number);
        prop_assert_eq!(count(&text).ok(), Some(number).filter(|_| fits));
    }

    #[test]
    fn a_time_of_day_is_one_or_refused(
        text in text_of(&["23:59:60", "23:59", "00", ":", ".", ".999", "+", " ", "24", "-1"]),
    ) {
        let words = ["asyncdemo", "hello", "--start", &text];
        match PROGRAM.clone().try_get_matches_from(words) {
            Ok(matches) => {
                let hello = matches.subcommand_matches("hello").expect("hello");
                let time = hello.get_one::<Duration>("start").expect("a time");
                prop_assert!(*time < DAY, "{time:?}");
            }
            Err(error) => prop_assert_eq!(error.exit_code(), 2),
        }
    }
}
