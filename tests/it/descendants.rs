//! Processes that children start in every way that could outlive a run: in
//! their own group or session, without parent, without environment, stopped,
//! deaf to signals. After a run there is none of them.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use rustix::process::{Pid, Signal, test_kill_process};

use crate::check::is_alive;
use crate::run::{BINARY, BOUND, Run, cases, each, within};
use crate::running::Running;
use crate::screen::pty::Pty;

/// Scripts that stay. `SLEEP` becomes a command that the test recognizes.
const STAYING: [&str; 16] = [
    "SLEEP",
    "timeout 3600 SLEEP; echo done",
    "set -m; SLEEP & wait",
    "setsid SLEEP & SLEEP",
    "setsid setsid SLEEP & setsid -w SLEEP",
    // A daemon: its parent is gone, and its streams are closed.
    "(setsid sh -c 'SLEEP & exit' <&- >&- 2>&- &); SLEEP",
    "(env -i setsid SLEEP >/dev/null 2>&1 &); SLEEP",
    "trap '' TERM INT HUP QUIT; while :; do SLEEP; done",
    "setsid sh -c \"trap '' TERM INT HUP; SLEEP; SLEEP\" & wait",
    "kill -STOP $$; SLEEP",
    "setsid sh -c 'kill -STOP $$; SLEEP' & SLEEP",
    "exec 0<&- 1>&- 2>&-; SLEEP",
    // What is left holds the pipe.
    "SLEEP & exit 0",
    "(setsid sh -c 'SLEEP; SLEEP' &) ; exit 0",
    // Each starts two more, most of them in a session of their own.
    "f() { [ $1 = 0 ] || { f $(($1 - 1)) & f $(($1 - 1)) & }; setsid -w SLEEP; }; f 4",
    "sh -c 'while :; do (setsid SLEEP &); sleep 0.01; done' & SLEEP",
];

/// How a run comes to its end.
#[derive(Clone, Copy, Debug)]
enum End {
    Timeout,
    TimeLimit,
    Signal(Signal),
    CheckSignal(Signal),
}

const ENDS: [End; 6] = [
    End::Timeout,
    End::TimeLimit,
    End::Signal(Signal::INT),
    End::Signal(Signal::TERM),
    End::CheckSignal(Signal::INT),
    End::CheckSignal(Signal::HUP),
];

/// Runs a script until the end, and says what is wrong then.
fn leaves_nothing(script: &str, end: End) -> Result<(), String> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    // Different from the processes of other tests.
    let number = RUNS.fetch_add(1, Relaxed);
    let mark = format!("{}.{number:04}", 36_000 + std::process::id());
    let script = script.replace("SLEEP", &format!("sleep {mark}"));
    let arguments = match end {
        End::Timeout => ["subprocess", "--timeout", "300ms", &script]
            .map(str::to_owned)
            .to_vec(),
        End::TimeLimit => {
            let words = "check hello --time-limit 300ms -- sh -c";
            words
                .split(' ')
                .chain([&*script])
                .map(str::to_owned)
                .collect()
        }
        End::Signal(_) => ["subprocess", &script].map(str::to_owned).to_vec(),
        End::CheckSignal(_) => ["check", "hello", "--", "sh", "-c", &script]
            .map(str::to_owned)
            .to_vec(),
    };
    let (code, log) = within(BOUND, move || {
        let mut command = Command::new(BINARY);
        command.args(arguments).stdin(Stdio::null());
        let run = Running::start(&mut command);
        if let End::Signal(signal) | End::CheckSignal(signal) = end {
            // Long enough to listen for signals, and to start the processes.
            std::thread::sleep(Duration::from_millis(300));
            run.sends(signal);
        }
        let ended = run.ends();
        let alive = is_alive(&mark).then_some("; a process is left");
        (
            ended.status.code(),
            ended.log + &ended.stderr + alive.unwrap_or_default(),
        )
    });
    let right = match end {
        End::Timeout => {
            code == Some(0) && log.contains("timed out after 0.3s, killed with all that")
        }
        End::TimeLimit => code == Some(124),
        End::Signal(_) | End::CheckSignal(_) => code.is_some_and(|code| code >= 128),
    };
    let right = right && !log.ends_with("is left") && !log.contains("cannot end");
    right
        .then_some(())
        .ok_or_else(|| format!("{script}, {end:?}: {code:?}, {log}"))
}

#[test]
fn nothing_survives_a_time_limit() {
    each(&STAYING, |script| {
        leaves_nothing(script, End::Timeout)?;
        leaves_nothing(script, End::TimeLimit)
    });
}

/// Any script with any end; more of them with `PROPTEST_CASES`.
#[test]
fn nothing_survives_any_end() {
    let one = (select(&STAYING[..]), select(&ENDS[..]));
    TestRunner::new(cases(12))
        .run(&one, |(script, end)| {
            leaves_nothing(script, end).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_end_of_one_command_spares_the_others() {
    within(BOUND, || {
        // Not as they stand in our own arguments, where the test would find them.
        let ends = "(setsid sleep 36$((11)).25 >/dev/null 2>&1 &); echo started";
        let goes_on = "n=36$((11)).5; export n
            (setsid sh -c 'sleep 1; echo survived; exec sleep $n' &); sleep $n";
        let mut run = Running::of(["subprocess", "--stream", ends, goes_on]);
        run.reads("survived");
        assert!(!is_alive("3611.25"), "the first command is not ended");
        assert!(is_alive("3611.5"));
        run.sends(Signal::INT);
        assert_eq!(run.ends().status.code(), Some(130));
        assert!(!is_alive("3611."), "a process is left");
    });
}

/// Programs that are no children of ours, though the system says so.
#[test]
fn what_a_shell_had_started_before_lives_on() {
    let script = "sleep 3612.25 >/dev/null 2>&1 & echo $!; exec \"$0\" subprocess 'echo hi'";
    let log = Run::by("sh", ["-c", script, BINARY]).prints();
    let number = log.lines().next().and_then(|line| line.parse().ok());
    let sleeper = number.and_then(Pid::from_raw).expect("a number");
    assert!(log.ends_with("Output: hi\n"), "{log}");
    assert!(test_kill_process(sleeper).is_ok(), "it was killed");
    rustix::process::kill_process(sleeper, Signal::KILL).expect("it is alive");
}

#[test]
fn adopted_processes_are_reaped_while_the_run_goes_on() {
    within(BOUND, || {
        let script = "for i in $(seq 200); do (setsid true &); done; echo made; sleep 600";
        let mut run = Running::of(["subprocess", "--stream", script]);
        run.reads("made");
        let parent = run.child.id();
        let zombies = || {
            let processes = fs::read_dir("/proc").expect("/proc").flatten();
            let stats = processes.filter_map(|it| fs::read_to_string(it.path().join("stat")).ok());
            let zombie = format!(") Z {parent} ");
            stats.filter(|stat| stat.contains(&zombie)).count()
        };
        while zombies() > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        run.sends(Signal::INT);
        assert_eq!(run.ends().status.code(), Some(130));
    });
}

#[test]
fn children_are_waited_for_where_sigchld_was_ignored() {
    let ignoring = |words: &[&str]| {
        let script = "trap '' CHLD; exec \"$0\" \"$@\"";
        Run::by("bash", ["-c", script, BINARY].iter().chain(words).copied()).prints()
    };
    let log = ignoring(&["subprocess", "echo hi", "exit 3", "--emoji", "never"]);
    assert!(log.contains("Output: hi\n"), "{log}");
    assert!(log.contains("Exit code: 3\n"), "{log}");
    let same = ignoring(&["check", "hello", "--", "printf", "Hello\\nWorld\\n"]);
    assert_eq!(same, "same: 2 lines\n");
}

/// A process in the background that asks the terminal is stopped for good.
#[test]
fn a_child_that_asks_the_terminal_is_ended() {
    let script = "read answer </dev/tty; sleep 3613.25";
    let mut pty = Pty::of(&["subprocess", script, "echo next"], (80, 24));
    pty.shows("stopped: it asked the terminal");
    pty.shows("Output: next");
    assert_eq!(pty.ends().exit_code(), 0);
    let settings = "echo Hello; stty -echo </dev/tty; echo World";
    let mut pty = Pty::of(&["check", "hello", "--", "sh", "-c", settings], (80, 24));
    pty.shows("stopped: it asked the terminal");
    assert_eq!(pty.ends().exit_code(), 1);
}

/// The kept output is bounded, and what is missing is told.
#[test]
fn output_that_is_cut_is_told() {
    let flood = |commands: usize, script: &str| {
        let mut words = vec!["subprocess", "--emoji", "never"];
        words.extend(std::iter::repeat_n(script, commands));
        let log = Run::with(words).prints();
        let outputs = log.lines().filter_map(|line| line.split_once("] Output: "));
        let longest = outputs.map(|(_, output)| output.len()).max();
        (
            longest.expect("an output"),
            log.matches("Cut: the first 262 KiB ").count(),
        )
    };
    // Of 256 MiB for all pipes, each of 1000 has so much.
    let share = 256 * 1024 * 1024 / 1000;
    let zeros = "head -c 1000000 /dev/zero | tr '\\0' x";
    assert_eq!(flood(500, zeros), (share, 500));
    assert_eq!(flood(1, zeros), (1_000_000, 0));
}

/// The default commands find our program, but a user's program comes first.
#[test]
fn our_own_folder_is_the_last_to_be_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = |path: &str| {
        let run = Run::of("subprocess asyncdemo --emoji never").env("PATH", path);
        run.prints()
            .lines()
            .nth(1)
            .map(str::to_owned)
            .expect("an output")
    };
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    assert!(!output(&path).ends_with("Output: theirs"));
    let theirs = folder.path().join("asyncdemo");
    fs::write(&theirs, "#!/bin/sh\necho theirs\n").expect("a file");
    let runs = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&theirs, runs).expect("a program");
    assert!(output(&path).ends_with("Output: theirs"));
    let version = Run::with(["subprocess", "asyncdemo --version"]).env("PATH", "/usr/bin:/bin");
    let version = version.prints();
    assert!(
        version.contains(concat!("Output: asyncdemo ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
}
