//! Every recipe with options and seeds at random, on the virtual clock: what
//! must hold for whatever recipe there will be.

use std::collections::BTreeMap;
use std::time::Duration;

use asyncdemo::demos::RECIPES;
use asyncdemo::recording::{Kind, Recording};
use asyncdemo::run::Ending;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::options::sensible_options;
use crate::run::{cases, each, recorded_with};

/// Recipes and what makes a deadlock of them, by one of its switches.
const DEADLOCKS: [(&str, &[&str]); 3] = [
    ("event", &["--notify"]),
    ("condition", &["--one-condition", "--if", "--take"]),
    ("queue", &["--forget-task-done", "--one-pill", "timeout"]),
];

/// Recipes that end before a task of theirs does, which is their point.
const LEAVES_TASKS: [&str; 2] = ["debug", "executor"];

#[test]
fn whatever_its_options_a_recipe_keeps_the_rules() {
    let recipes = RECIPES.iter().filter(|recipe| !recipe.needs.real_clock);
    each(&recipes.collect::<Vec<_>>(), |recipe| {
        let runs = (sensible_options(recipe), any::<u64>());
        let held = TestRunner::new(cases(30)).run(&runs, |(options, seed)| {
            let (recording, ending) = recorded_with(recipe, options.clone(), seed);
            let (again, _) = recorded_with(recipe, options.clone(), seed);
            prop_assert!(recording == again, "two runs differ");
            let done = ends_as_it_may(&recipe.name, &options, &recording, &ending)?;
            let leaves = LEAVES_TASKS.contains(&recipe.name.as_str());
            keeps_the_rules(&recording, done && !leaves)
        });
        held.map_err(|error| format!("{}: {error}", recipe.name))
    });
}

/// Whether the run was done; else it was a deadlock, where there may be one.
fn ends_as_it_may(
    name: &str,
    options: &[String],
    recording: &Recording,
    ending: &Ending,
) -> Result<bool, TestCaseError> {
    // The one switch that lets a recipe's last error end the program.
    if options.iter().any(|word| word == "--propagate") && matches!(ending, Ending::Failed(_)) {
        return Ok(true);
    }
    if let Ending::Failed(error) = ending {
        // A recipe may refuse options that do not fit each other.
        let refused = error.to_string().starts_with("--");
        prop_assert!(refused, "{error:#}");
        return Ok(false);
    }
    let Ending::Deadlock(report) = ending else {
        prop_assert!(matches!(ending, Ending::Done), "{ending:?}");
        return Ok(true);
    };
    let switches = DEADLOCKS.iter().find(|(recipe, _)| *recipe == name);
    let switches = switches.map_or(&[][..], |(_, switches)| switches);
    let meant = options.iter().any(|word| switches.contains(&word.as_str()));
    prop_assert!(meant, "deadlock: {report}");
    let who = report.split(" waits ").next().unwrap_or_default();
    let known = who == "main" || recording.lanes().iter().any(|lane| lane == who);
    prop_assert!(known, "nobody is called {who:?}: {report}");
    Ok(false)
}

/// What holds for every recording; where the run was done, bars are over.
pub fn keeps_the_rules(recording: &Recording, all_over: bool) -> Result<(), TestCaseError> {
    let (mut now, mut open) = (Duration::ZERO, BTreeMap::new());
    for event in recording.events() {
        prop_assert!(event.t >= now, "time runs back at {event:?}");
        now = event.t;
        let file = event.at.file;
        prop_assert!(file.is_empty() || file.starts_with("demos/"), "{event:?}");
        let lane = event.lane.map(|lane| lane.id);
        match event.kind {
            Kind::Line { icon, text } => {
                prop_assert!(!text.contains(['{', '}', '\n']), "{text:?}");
                prop_assert!(icon.chars().count() <= 2, "{icon:?}");
            }
            Kind::Begin { wait, .. } => {
                prop_assert_eq!(open.insert(wait, lane), None, "{:?}", event);
            }
            Kind::Over { wait, .. } => {
                prop_assert_eq!(open.remove(&wait), Some(lane), "{:?}", event);
            }
            _ => {}
        }
    }
    prop_assert!(open.is_empty() || !all_over, "still open: {open:?}");
    let nameless = recording.lanes().iter().position(String::is_empty);
    prop_assert_eq!(nameless, None, "a lane without a name");
    Ok(())
}
