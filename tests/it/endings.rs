//! How runs end that do not simply end: deadlocks and signals.

use rustix::process::Signal;

use crate::run::{BOUND, Run, code_of, within};
use crate::running::Running;

#[test]
fn a_deadlock_is_told_on_either_clock() {
    let deadlocks: [(&str, &[&str]); 3] = [
        (
            "event --notify --late 1 --delay 10ms",
            &[
                "Waiter-4 waits at demos/event.rs:",
                "to be notified by signal",
            ],
        ),
        (
            "queue --forget-task-done --items 1 --produce-delays 1ms --process-delays 1ms",
            &[
                "main waits at demos/queue.rs:",
                "to be notified by all_done",
                "Consumer-0 waits at demos/queue.rs:",
                "to receive from channel",
                "Consumer-1 waits at demos/queue.rs:",
                "to lock mutex jobs",
                "held by Consumer-0",
            ],
        ),
        (
            "queue --one-pill --items 1 --produce-delays 1ms --process-delays 1ms",
            &[
                "Consumer-1 waits at demos/queue.rs:",
                "to receive from channel",
            ],
        ),
    ];
    for (words, report) in deadlocks {
        for clock in ["real", "virtual"] {
            let told = Run::of(&format!("{words} --clock {clock}")).complains_and_exits(3);
            assert!(told.starts_with("deadlock: "), "{told}");
            let mut rest = &*told;
            for part in report {
                let found = rest.split_once(part);
                let found = found.unwrap_or_else(|| panic!("no {part:?} in {told}"));
                rest = found.1;
            }
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
        told.contains("; and 990 more wait; likely cause: "),
        "{told}"
    );
}

#[test]
fn a_signal_ends_a_run_and_tears_no_line() {
    for (words, signal) in [
        ("event --delay 1h", Signal::INT),
        ("event --delay 1h", Signal::TERM),
        ("event --delay 1h --pace 1", Signal::INT),
        ("executor --on-loop --operations A=1h", Signal::INT),
        ("executor --operations A=1h", Signal::INT),
    ] {
        let ended = within(BOUND, move || {
            let mut run = Running::of(words.split_whitespace());
            assert_ne!(run.line(), "", "{words}");
            run.sends(signal);
            run.ends()
        });
        let log = ended.log;
        assert!(log.is_empty() || log.ends_with('\n'), "{log:?}");
        assert!(log.lines().all(|line| line.starts_with('[')), "{log:?}");
        assert_eq!(ended.status.code(), Some(code_of(signal)), "{words}");
    }
}

/// A thread that blocks on a timer panics when its runtime goes, which is the
/// runtime's way to end it.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_outlives_its_run_says_nothing() {
    let ended = within(BOUND, || {
        let run = Running::of("thread-bridge --takes 1h --timeout 1h".split_whitespace());
        let threads = format!("/proc/{}/task", run.child.id());
        let works = |path: &std::path::Path| {
            let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
            name.starts_with("tokio-rt-worker")
        };
        let is_there = || {
            let mut threads = std::fs::read_dir(&threads).expect("it runs");
            threads.any(|thread| works(&thread.expect("a thread").path()))
        };
        while !is_there() {
            std::thread::yield_now();
        }
        run.sends(Signal::INT);
        run.ends()
    });
    assert_eq!(ended.stderr, "interrupted\n");
}

#[test]
fn lines_appear_as_they_happen() {
    within(BOUND, || {
        let mut run = Running::of("event --delay 1h --waiters 1".split_whitespace());
        assert_eq!(run.line(), "Waiter-1: Waiting for signal...");
        // A thread's line comes at once, too, though the loop sleeps on.
        let threads = "executor --operations A=10ms,B=1h";
        let mut other = Running::of(threads.split_whitespace());
        other.reads("A: Completed!");
        for run in [run, other] {
            run.sends(Signal::KILL);
            run.ends();
        }
    });
}
