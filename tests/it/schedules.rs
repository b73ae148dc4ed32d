//! Other orders in which tokio may run tasks: a recipe that relies on more than
//! tokio promises fails under one of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use asyncdemo::demos::RECIPES;
use asyncdemo::kit::Clock;
use asyncdemo::recipe::Recipe;
use asyncdemo::recording::Recording;
use asyncdemo::run::{Ending, Setup, record_into};
use tokio::sync::oneshot;

use crate::random_runs::keeps_the_rules;
use crate::run::{cases, each, recipe, within};

/// Long enough for thousands of runs of a debug build.
const BOUND: Duration = Duration::from_secs(120);

/// The run of a recipe under a schedule.
fn scheduled(recipe: &Recipe, options: &str, schedule: u64) -> (Recording, Ending) {
    let command = recipe.command().no_binary_name(true);
    let matches = command.try_get_matches_from(options.split_whitespace());
    let program = recipe.program(&matches.expect(options)).expect(options);
    let setup = Setup {
        clock: Clock::Virtual,
        seed: 5,
        schedule,
        needs: recipe.needs,
        on_listening: None,
    };
    let (_keep, mut interrupt) = oneshot::channel();
    record_into(&Arc::default(), &program, setup, &mut interrupt)
}

/// The number that follows this text in a line.
fn number(run: &Recording, text: &str) -> usize {
    let mut lines = run.lines();
    let told = lines.find_map(|(_, _, line)| line.strip_prefix(text));
    let digits = told.and_then(|told| told.split(' ').next());
    digits.and_then(|digits| digits.parse().ok()).expect(text)
}

#[test]
fn a_lock_loses_nothing_in_any_schedule() {
    within(BOUND, || {
        for schedule in 0..10_000 {
            let (run, ending) = scheduled(recipe("lock"), "", schedule);
            assert!(matches!(ending, Ending::Done), "{schedule}: {ending:?}");
            assert_eq!(number(&run, "Final counter value: "), 6, "{schedule}");
        }
    });
}

#[test]
fn without_the_lock_the_loss_is_the_schedules() {
    within(BOUND, || {
        let left = (0..200).map(|schedule| {
            let (run, _) = scheduled(recipe("lock"), "--no-lock", schedule);
            let (again, _) = scheduled(recipe("lock"), "--no-lock", schedule);
            assert!(run == again, "schedule {schedule} is another one each time");
            number(&run, "Final counter value: ")
        });
        let left: BTreeSet<_> = left.collect();
        assert!(left.len() > 2, "only {left:?}");
        assert!(left.iter().all(|left| (1..=6).contains(left)), "{left:?}");
    });
}

#[test]
fn no_schedule_lets_in_more_than_there_are_permits() {
    within(BOUND, || {
        for schedule in 0..1000 {
            let (run, _) = scheduled(recipe("semaphore"), "--limit 2", schedule);
            let (mut running, mut done) = (0, 0);
            for (_, _, text) in run.lines() {
                if text.starts_with("Downloading ") {
                    running += 1;
                } else {
                    running -= 1;
                    done += 1;
                }
                assert!((0..=2).contains(&running), "schedule {schedule}");
            }
            assert_eq!(done, 5, "schedule {schedule}");
        }
    });
}

/// `PROPTEST_CASES=1000` tries so many schedules of each recipe.
#[test]
fn every_recipe_keeps_the_rules_in_every_schedule() {
    let recipes = RECIPES.iter().filter(|recipe| !recipe.needs.real_clock);
    each(&recipes.collect::<Vec<_>>(), |recipe| {
        for schedule in 1..=u64::from(cases(20).cases) {
            let (run, ending) = scheduled(recipe, "", schedule);
            let wrong = |why: String| format!("{} --schedule {schedule}: {why}", recipe.name);
            if !matches!(ending, Ending::Done) {
                return Err(wrong(format!("{ending:?}")));
            }
            if run.lines().next().is_none() {
                return Err(wrong("it says nothing".to_owned()));
            }
            keeps_the_rules(&run, false).map_err(|error| wrong(error.to_string()))?;
        }
        Ok(())
    });
}
