//! How runs end that do not simply end: deadlocks and signals.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Run, asyncdemo, within};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_deadlock_is_told_on_either_clock() {
    let deadlocks = [
        (
            "event --notify --late 1 --delay 10ms",
            "Waiter-4 waits for the signal",
        ),
        (
            "queue --forget-task-done --items 1 --produce-delays 1ms --process-delays 1ms",
            "main waits for all items to be processed; Consumer-0 waits for an item; \
             Consumer-1 waits for an item",
        ),
    ];
    for (words, report) in deadlocks {
        for clock in ["real", "virtual"] {
            let told = Run::of(&format!("{words} --clock {clock}")).complains_and_exits(3);
            assert_eq!(
                told,
                format!("deadlock: {report}\n"),
                "{words} on the {clock} clock"
            );
        }
    }
}

#[test]
fn a_slow_run_is_no_deadlock() {
    // Everything waits for one timer, for longer than the watch needs.
    Run::of("lock --workers 3 --iterations 1 --work 500ms").prints();
    Run::of("semaphore --files 2 --limit 1 --durations 24h")
        .on_the_virtual_clock()
        .prints();
    Run::of("ratelimit --requests 2 --rate 1 --per 600ms --request-time 0s").prints();
    Run::of("queue --stop timeout --idle 700ms --items 1").prints();
}

#[test]
fn deadlocks_of_many_name_a_few() {
    let told = Run::of("event --notify --late 1000 --clock virtual").complains_and_exits(3);
    assert!(
        told.contains("Waiter-15 waits for the signal; and 988 more wait"),
        "{told}"
    );
}

/// Starts a run on the real clock and waits for its first line.
fn started(words: &str) -> (Child, String) {
    let mut command = asyncdemo(words);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect(words);
    let mut first = String::new();
    let stdout = child.stdout.as_mut().expect("a pipe");
    // A buffer of one byte reads no further than the line.
    BufReader::with_capacity(1, stdout)
        .read_line(&mut first)
        .expect(words);
    (child, first)
}

#[test]
fn a_signal_ends_a_run_with_130_and_tears_no_line() {
    for (words, signal) in [
        ("event --delay 1h", Signal::INT),
        ("event --delay 1h", Signal::TERM),
        ("event --delay 1h --pace 1", Signal::INT),
        ("executor --on-loop --operations A=1h", Signal::INT),
        ("executor --operations A=1h", Signal::INT),
    ] {
        let (mut child, first) = started(words);
        let pid = Pid::from_child(&child);
        let status = within(SOON, move || {
            kill_process(pid, signal).expect("the run is alive");
            let mut rest = String::new();
            child
                .stdout
                .take()
                .expect("a pipe")
                .read_to_string(&mut rest)
                .expect("UTF-8");
            let told = first + &rest;
            assert!(told.ends_with('\n'), "{told:?}");
            assert!(told.lines().all(|line| line.starts_with('[')), "{told:?}");
            child.wait().expect("an exit status")
        });
        assert_eq!(status.code(), Some(130), "{words}");
    }
}

#[test]
fn lines_appear_as_they_happen() {
    let (mut child, first) = started("event --delay 1h --waiters 1");
    assert!(
        first.ends_with("Waiter-1: Waiting for signal...\n"),
        "{first}"
    );
    // A thread's line comes at once, too, though the loop sleeps on.
    let (mut other, _) = started("executor --operations A=10ms,B=1h");
    let lines = BufReader::new(other.stdout.take().expect("a pipe"))
        .lines()
        .map_while(Result::ok);
    let completed = within(SOON, || {
        let mut lines = lines;
        lines.find(|line| line.contains("A: Completed!"))
    });
    assert!(completed.is_some());
    for child in [&mut child, &mut other] {
        child.kill().expect("it is alive");
        child.wait().expect("an exit status");
    }
}
