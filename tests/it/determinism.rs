//! A run on the virtual clock is a function of recipe, options, seed and start;
//! on the real clock the same things happen in the same order.

use std::thread;

use asyncdemo::demos::RECIPES;

use crate::run::{Run, each, log_of, recorded};

/// Options that take each recipe off its beaten track, threads included.
const VARIATIONS: [&str; 11] = [
    "executor --threads 2 --heartbeat 70ms",
    "executor --on-loop",
    "thread-bridge --takes 2s --timeout 500ms",
    "event-loop --no-heap",
    "debug --silent",
    "event --waiters 20 --late 20",
    "queue --producers 5 --consumers 3 --capacity 2",
    "queue --stop timeout",
    "retry --jitter --fail-rate 0.5 --operations 5",
    "semaphore --files 40 --limit 7",
    "stream --buffer 2 --slow-consumer 300ms",
];

fn assert_same_a_hundred_times(name: &str, options: &str) {
    let (first, _) = recorded(name, options, 1);
    assert!(
        first.lines().next().is_some(),
        "{name} {options} says something"
    );
    for _ in 1..100 {
        assert_eq!(recorded(name, options, 1).0, first, "{name} {options}");
    }
}

#[test]
fn every_recipe_gives_one_transcript_in_a_hundred_runs() {
    for recipe in RECIPES.iter().filter(|recipe| !recipe.needs.real_clock) {
        assert_same_a_hundred_times(&recipe.name, "");
    }
}

#[test]
fn so_does_every_variation() {
    for words in VARIATIONS {
        let (name, options) = words.split_once(' ').expect(words);
        assert_same_a_hundred_times(name, options);
    }
}

/// How often each command below is run; `PROCESSES` says how often instead.
const PROCESSES: usize = 5;

/// Each process has hashes, addresses and threads of its own, and others run
/// beside it.
#[test]
fn every_process_prints_the_same_bytes() {
    let processes =
        std::env::var("PROCESSES").map_or(PROCESSES, |it| it.parse().expect("a number"));
    let recipes = RECIPES.iter().filter(|recipe| !recipe.needs.real_clock);
    let names = recipes.map(|recipe| recipe.name.as_str()).chain(VARIATIONS);
    let forms = [
        "",
        " --format json --spans",
        " --format json --spans --schedule 3",
    ];
    let commands: Vec<_> = names
        .flat_map(|name| forms.map(|form| format!("{name}{form}")))
        .collect();
    each(&commands, |command| {
        let run = || Run::of(command).on_the_virtual_clock().output();
        let first = run();
        let same = !first.stdout.is_empty() && (1..processes).all(|_| run() == first);
        same.then_some(()).ok_or_else(|| command.clone())
    });
}

#[test]
fn the_seed_decides_the_draws() {
    let run = |seed| {
        Run::with(["semaphore", "--seed", seed])
            .on_the_virtual_clock()
            .prints()
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

#[test]
fn the_pace_changes_nothing() {
    let run = |options: &str| Run::of(&format!("lock --work 20ms {options}")).prints();
    assert_eq!(run("--clock virtual"), run("--pace 2"));
}

/// Nothing in these runs happens within 60 ms of something else that it does
/// not depend on.
const STORIES: [&str; 12] = [
    "lock --workers 3 --iterations 2",
    "semaphore --durations 252ms,324ms,364ms,408ms,204ms",
    "event --delay 50ms --late 1",
    "queue --produce-delays 120ms,68ms,296ms/324ms,256ms,212ms --process-delays 232ms,164ms/448ms,524ms",
    "timeout --limit 40ms --takes 10s",
    "cancel --takes 10s --after 30ms",
    "as-completed --sources A=1500ms,B=500ms,C=1s",
    "first-completed --sources A=1500ms,B=500ms,C=1s",
    "stream --every 20ms",
    "executor --operations A=300ms --heartbeat 200ms",
    "ratelimit --rate 2 --per 400ms --request-time 80ms --algorithm bucket",
    "retry --base-delay 20ms",
];

/// A log without what the limiter has measured.
fn told(story: &str, clock: &str) -> Vec<String> {
    let lines = Run::of(&format!("{story} --clock {clock}")).lines();
    let texts = lines.into_iter().map(|line| line.text);
    texts
        .filter(|text| !text.starts_with("Rate limit:"))
        .collect()
}

#[test]
fn the_real_clock_tells_the_same_story() {
    thread::scope(|scope| {
        for story in STORIES {
            scope.spawn(move || assert_eq!(told(story, "real"), told(story, "virtual"), "{story}"));
        }
    });
}

#[test]
fn a_signal_comes_in_time_beside_other_runs() {
    let shutdown = || log_of("shutdown", "--every 7ms", 5);
    let expected = shutdown();
    thread::scope(|scope| {
        scope.spawn(|| (0..50).for_each(|_| drop(log_of("http", "", 5))));
        (0..100).for_each(|_| assert_eq!(shutdown(), expected));
    });
}

/// Runs whose order does not hang on how late a timer fires: it is that of a
/// lock, of one task, or of timers that are set at once.
const ORDERED: [&str; 10] = [
    "hello --pause 20ms",
    "lock --workers 3 --iterations 2",
    "stream --every 20ms",
    "retry --base-delay 20ms",
    "timeout --limit 40ms --takes 100s",
    "cancel --takes 100s --after 30ms",
    "as-completed --sources A=1500ms,B=500ms,C=1s",
    "first-completed --sources A=100s,B=500ms,C=200s",
    "taskgroup --tasks A=1500ms,B=500ms,C=1s",
    "priority --every 20ms",
];

#[test]
fn a_hundred_runs_at_once_keep_their_order() {
    let expected = ORDERED.map(|run| told(run, "virtual"));
    thread::scope(|scope| {
        for number in 0..100 {
            let run = number % ORDERED.len();
            let (run, expected) = (ORDERED[run], &expected[run]);
            scope.spawn(move || assert_eq!(told(run, "real"), *expected, "{run}"));
        }
    });
}
