//! Signals and child processes: what is left of a run after it, and how it ends.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process_group};

use crate::run::{BINARY, BOUND, Run, code_of, hear_hangups, recipe, within};
use crate::running::{Running, texts};

#[test]
fn one_signal_shuts_down_gracefully() {
    for signal in [Signal::INT, Signal::TERM] {
        within(BOUND, move || {
            let mut run = Running::of(["shutdown", "--every", "1h", "--cleanup", "20ms"]);
            run.reads("Worker-2 working...");
            run.sends(signal);
            let ended = run.ends();
            let told = [
                "Shutdown requested...",
                "Worker-1 cancelled, cleaning up...",
                "Worker-2 cancelled, cleaning up...",
                "Worker-1 cleanup done",
                "Worker-2 cleanup done",
                "All tasks cancelled",
            ];
            assert_eq!(texts(&ended.log), told);
            assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
        });
    }
}

#[test]
fn a_second_signal_during_clean_up_forces_the_end() {
    let pairs = [
        (Signal::INT, Signal::INT),
        (Signal::INT, Signal::TERM),
        (Signal::TERM, Signal::INT),
    ];
    for (first, second) in pairs {
        within(BOUND, move || {
            let mut run = Running::of(["shutdown", "--cleanup", "1h"]);
            run.reads("Worker-2 working...");
            run.sends(first);
            run.reads("Worker-2 cancelled, cleaning up...");
            run.sends(second);
            let ended = run.ends();
            assert_eq!(texts(&ended.log), ["Forced exit"]);
            assert_eq!(ended.status.code(), Some(130));
            assert_eq!(ended.stderr, "interrupted\n");
        });
    }
}

#[test]
fn a_signal_at_any_moment_shuts_down() {
    within(BOUND, || {
        for moment in 0..30 {
            let mut run = Running::of(["shutdown", "--every", "1ms", "--cleanup", "1ms"]);
            run.reads("Worker-1 working...");
            for _ in 0..moment {
                run.line();
            }
            run.sends(Signal::INT);
            let ended = run.ends();
            assert_eq!(ended.status.code(), Some(0), "after {moment} lines");
            assert_eq!(texts(&ended.log).last(), Some(&"All tasks cancelled"));
        }
    });
}

#[test]
fn a_signal_before_the_first_line_ends_the_run_one_way_or_the_other() {
    within(BOUND, || {
        for _ in 0..20 {
            let run = Running::of(["shutdown", "--cleanup", "0s"]);
            run.sends(Signal::TERM);
            let status = run.ends().status;
            // By itself, by us, or before there is a `main`.
            let fine = matches!(status.code(), Some(0 | 143)) || status.signal() == Some(15);
            assert!(fine, "{status}");
        }
    });
}

#[test]
fn a_shutdown_that_hangs_ends_at_the_second_signal() {
    within(BOUND, || {
        // Paced so slowly that the loop is blocked when the signals come.
        let mut run = Running::of(["shutdown", "--pace", "0.001"]);
        run.reads("Worker-2 working...");
        let began = Instant::now();
        let child = Pid::from_child(&run.child);
        let reads = std::thread::spawn(move || run.ends());
        // How many of them it has seen is not to be seen from outside.
        while !reads.is_finished() && began.elapsed() < BOUND {
            let _ = kill_process(child, Signal::INT);
            std::thread::sleep(Duration::from_millis(20));
        }
        let ended = reads.join().expect("no panic");
        assert_eq!(ended.status.code(), Some(130));
    });
}

#[test]
fn a_shutdown_asks_for_itself() {
    let run = |words: &str| Run::of(words).prints();
    let aborted = run("shutdown --after 20ms --no-cleanup --emoji never");
    let told = [
        "Worker-1 working...",
        "Worker-2 working...",
        "Shutdown requested...",
        "All tasks cancelled",
    ];
    assert_eq!(texts(&aborted), told);
    for (after, rounds) in [("0s", 1), ("2500ms", 3), ("9500ms", 10)] {
        let log = run(&format!("shutdown --clock virtual --after {after}"));
        assert_eq!(
            log.matches("Worker-1 working...").count(),
            rounds,
            "{after}"
        );
        assert!(log.ends_with("All tasks cancelled\n"), "{log}");
    }
}

/// Starts commands that stay, each of which has told its group's number.
fn with_children(options: &[&str]) -> (Running, Vec<Pid>) {
    // The shell leads a group of itself and two others.
    let stays = "echo $$; sleep 600 & sleep 600; :";
    let arguments = ["subprocess", "--stream", stays, stays];
    let mut run = Running::of(arguments.into_iter().chain(options.iter().copied()));
    let mut groups = Vec::new();
    // Whatever else is started may speak first.
    while groups.len() < 2 {
        let line = run.line();
        let number = line.rsplit(' ').next().and_then(|word| word.parse().ok());
        groups.extend(number.and_then(Pid::from_raw));
    }
    (run, groups)
}

/// Zombies would still be there.
fn assert_gone(groups: &[Pid]) {
    for group in groups {
        assert!(
            test_kill_process_group(*group).is_err(),
            "{group:?} is alive"
        );
    }
}

#[test]
fn an_interrupted_run_leaves_no_child() {
    hear_hangups();
    for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP] {
        within(BOUND, move || {
            let (run, groups) = with_children(&[]);
            run.sends(signal);
            let ended = run.ends();
            assert_eq!(ended.status.code(), Some(code_of(signal)));
            assert_eq!(ended.stderr, "interrupted\n");
            assert_gone(&groups);
        });
    }
}

#[test]
fn a_timeout_leaves_no_child() {
    within(BOUND, || {
        let (run, groups) = with_children(&["--timeout", "200ms"]);
        let ended = run.ends();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(ended.log.matches("timed out after 0.2s").count(), 2);
        assert_gone(&groups);
    });
}

#[test]
fn a_closed_output_leaves_no_child() {
    within(BOUND, || {
        let (run, groups) = with_children(&["sleep 0.2; yes"]);
        let ended = run.ends_with_its_output_closed();
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
        assert_gone(&groups);
    });
}

#[test]
fn a_reader_that_stops_leaves_no_child() {
    within(BOUND, || {
        let (mut run, groups) = with_children(&["yes"]);
        // The pipe is full soon, and the run blocked; nobody reads on.
        run.reads("[yes] y");
        std::thread::sleep(Duration::from_millis(200));
        run.sends(Signal::INT);
        let ended = run.ends_unread(String::new());
        assert_eq!(ended.status.code(), Some(130));
        assert_gone(&groups);
    });
}

#[test]
fn what_a_command_leaves_behind_goes_with_it() {
    let log = Run::with(["subprocess", "sleep 600 >/dev/null 2>&1 & echo $$"]).prints();
    let number = log.trim_end().rsplit(' ').next().expect("a number");
    let group = number.parse().ok().and_then(Pid::from_raw).expect(number);
    assert_gone(&[group]);
}

#[cfg(target_os = "linux")]
#[test]
fn no_zombie_waits_while_a_run_goes_on() {
    let zombies_of = |parent: u32| {
        let processes = std::fs::read_dir("/proc").expect("/proc");
        let stats = processes.flatten().filter_map(|entry| {
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let (_, rest) = stat.rsplit_once(") ")?;
            Some(rest.starts_with(&format!("Z {parent} ")))
        });
        stats.filter(|zombie| *zombie).count()
    };
    within(BOUND, move || {
        let quick = ["subprocess", "--stream", "true", "exit 3"];
        let slow = ["sleep 600 & exit", "sleep 600", "--timeout", "500ms"];
        let mut run = Running::of(quick.into_iter().chain(slow));
        run.reads("[exit 3] Exit code: 3");
        while zombies_of(run.child.id()) > 0 {
            std::thread::yield_now();
        }
        assert_eq!(run.ends().status.code(), Some(0));
    });
}

#[test]
fn output_of_any_size_and_any_bytes_is_told() {
    let outputs = |command: &str| -> Vec<String> {
        let lines = Run::with(["subprocess", command]).lines();
        lines.into_iter().map(|line| line.text).collect()
    };
    let long = outputs("head -c 5000000 /dev/zero | tr '\\0' x");
    assert_eq!(long[1], format!("Output: {}", "x".repeat(5_000_000)));
    // More than a pipe holds into both, the one that is not shown first.
    let both = outputs("head -c 1000000 /dev/zero | tr '\\0' e >&2; echo out");
    assert_eq!(both[1], "Output: out");
    assert_eq!(outputs("printf 'a\\377\\nb'")[1], "Output: a\u{fffd}\nb");
    assert_eq!(outputs("exec 0<&-; echo closed")[1], "Output: closed");
    assert_eq!(outputs("cat")[1], "Output: ", "it has no input to wait for");
    assert_eq!(outputs("kill -9 $$")[2], "Exit code: -9");
}

#[test]
fn an_endless_command_finds_its_pipe_closed() {
    within(BOUND, || {
        let mut run = Running::of(["subprocess", "yes"]);
        assert_eq!(run.line(), "Command: yes");
        let ended = run.ends_with_its_output_closed();
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    });
}

#[test]
fn hundreds_of_commands_queue_for_file_descriptors() {
    let script = "ulimit -n 48; exec \"$0\" subprocess --emoji never \"$@\"";
    let commands: Vec<_> = (0..300).map(|number| format!("echo {number}")).collect();
    within(BOUND, move || {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, BINARY]);
        let ended = Running::start(shell.args(&commands)).ends();
        let told = texts(&ended.log);
        for (number, lines) in told.chunks(2).enumerate() {
            let expected = [
                format!("Command: echo {number}"),
                format!("Output: {number}"),
            ];
            assert_eq!(lines, expected);
        }
        assert_eq!(told.len(), 600);
    });
}

#[test]
fn commands_that_cannot_be_run_are_refused() {
    let refused = Run::of("subprocess --clock virtual").complains_and_exits(2);
    assert!(refused.contains("keeps real time"), "{refused}");
    let command = recipe("subprocess").command().no_binary_name(true);
    let nul = command.try_get_matches_from(["echo a\0b"]);
    let error = nul.expect_err("no program can be given a NUL byte");
    assert!(error.to_string().contains("without a NUL byte"), "{error}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn no_time_at_all_is_too_little_for_a_command() {
    let log = Run::with(["subprocess", "--timeout", "0s", "sleep 600"]).prints();
    assert!(log.contains("timed out after 0s"), "{log}");
}
