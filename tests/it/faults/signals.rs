//! Signals at any moment of any command, and what the parent process has left
//! behind of them.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::in_a_world;
use crate::run::{BINARY, BOUND, Run, asyncdemo, cases, code_of, hear_hangups, within};
use crate::running::{Running, texts};

const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

/// A signal is answered within 100 ms; a busy machine takes longer.
const PROMPT: Duration = Duration::from_secs(3);

/// What takes long, and where: reading, running, converting, writing, printing.
const LONG: [&str; 9] = [
    "export semaphore --files 30000 -o out.html",
    "export semaphore --files 30000 -o out.json",
    "export big.json -o out.svg",
    "export big.json -o out.trace.json",
    "export big.json --as html -o -",
    "timeline big.json",
    "lock --work 0s --iterations 1000000",
    "verify --repeat 1000000",
    "man --dir pages",
];

/// A folder with a recording that takes seconds to convert.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("big.json");
    let file = file.to_str().expect("a name");
    Run::with(["export", "semaphore", "--files", "5000", "-o", file]).prints();
    folder
}

/// Starts it, sends a signal after a while, and returns how it ended and how
/// long that took.
fn interrupted(words: &str, folder: &Path, signal: Signal, after: Duration) -> (Output, Duration) {
    let mut command = asyncdemo(words);
    command.current_dir(folder).stdin(Stdio::null());
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.expect("asyncdemo");
    let process = Pid::from_child(&child);
    let sends = thread::spawn(move || {
        thread::sleep(after);
        let _ = kill_process(process, signal); // It may just have ended.
        Instant::now()
    });
    let output = within(BOUND, move || child.wait_with_output().expect("an end"));
    let sent = sends.join().expect("no panic");
    (output, sent.elapsed())
}

/// What is in a folder besides the recording.
fn made_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    names.retain(|name| name != "big.json");
    names.sort();
    names
}

#[test]
fn a_signal_at_any_moment_leaves_a_whole_file_or_none() {
    hear_hangups();
    let folder = folder();
    let moments = (0..LONG.len(), 0..SIGNALS.len(), 0..400_u64);
    let rule = |(words, signal, after)| {
        let (words, signal) = (LONG[words], SIGNALS[signal]);
        let after = Duration::from_millis(after);
        let (output, took) = interrupted(words, folder.path(), signal, after);
        let what = format!("{words}, {signal:?} after {after:?}: {output:?}");
        let what = what.get(..2000).unwrap_or(&what);
        let code = output.status.code();
        // Before there is a `main`, a signal does what it does by default.
        let early = output.status.signal() == Some(signal.as_raw());
        prop_assert!(
            early || code == Some(0) || code == Some(code_of(signal)),
            "{what}"
        );
        prop_assert!(took < PROMPT, "{took:?}: {what}");
        let told = String::from_utf8_lossy(&output.stderr);
        let expected = if code == Some(0) || early {
            ""
        } else {
            "interrupted\n"
        };
        prop_assert_eq!(&told, expected, "{}", what);
        for name in made_in(folder.path()) {
            prop_assert!(!name.starts_with('.'), "{name} is left: {what}");
            let path = folder.path().join(&name);
            if name == "pages" {
                prop_assert!(made_in(&path).iter().all(|page| !page.starts_with('.')));
                fs::remove_dir_all(&path).expect("a folder");
            } else {
                prop_assert_eq!(code, Some(0), "there is a file: {}", what);
                fs::remove_file(&path).expect("a file");
            }
        }
        Ok(())
    };
    TestRunner::new(cases(60))
        .run(&moments, rule)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The recipe that takes the first SIGINT or SIGTERM for itself.
const TALKATIVE: &str = "shutdown --workers 2000 --every 1ms --cleanup 1ms";

/// The log goes into a file or through a pipe.
#[test]
fn a_signal_at_any_moment_tears_no_line() {
    hear_hangups();
    let folder = tempfile::tempdir().expect("a folder");
    let moments = (0..8_usize, 0..SIGNALS.len(), 0..200_u64);
    let rule = |(kind, signal, after)| {
        let json = ["", "--format json"][kind % 2];
        let run = ["semaphore --files 300000 --clock virtual", TALKATIVE][kind / 4];
        let words = format!("{run} {json}");
        let (signal, after) = (SIGNALS[signal], Duration::from_millis(after));
        let log = if kind % 4 < 2 {
            interrupted(&words, folder.path(), signal, after).0.stdout
        } else {
            let path = folder.path().join("log");
            let file = File::create(&path).expect("a file");
            let child = asyncdemo(&words).stdout(file).stderr(Stdio::null()).spawn();
            let mut child = child.expect("asyncdemo");
            thread::sleep(after);
            kill_process(Pid::from_child(&child), signal).expect("it is alive");
            within(BOUND, move || child.wait().expect("an end"));
            fs::read(&path).expect("a file")
        };
        let log = String::from_utf8(log).expect("UTF-8");
        prop_assert!(log.is_empty() || log.ends_with('\n'), "{words}, {after:?}");
        let last = log.lines().last().unwrap_or_default();
        let whole = log.is_empty() || last.starts_with('[');
        prop_assert!(
            whole || serde_json::from_str::<Value>(last).is_ok(),
            "{last}"
        );
        Ok(())
    };
    TestRunner::new(cases(40))
        .run(&moments, rule)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Not even when the pipe is full and nobody takes the rest.
#[cfg(target_os = "linux")]
#[test]
fn a_stalled_reader_finds_whole_lines() {
    for signal in [Signal::INT, Signal::KILL] {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let words = "semaphore --files 30000 --clock virtual --emoji never";
        let child = asyncdemo(words)
            .stdout(writer)
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("asyncdemo");
        let mut begin = vec![0; 10_000];
        reader.read_exact(&mut begin).expect("a log");
        thread::sleep(Duration::from_millis(700)); // The pipe is full again long before.
        kill_process(Pid::from_child(&child), signal).expect("it is blocked");
        let log = within(BOUND, move || {
            child.wait().expect("an end");
            let mut log = String::new();
            reader.read_to_string(&mut log).expect("UTF-8");
            log
        });
        assert!(log.len() > 30_000, "{} bytes", log.len());
        assert!(log.ends_with('\n'), "{signal:?}");
    }
}

#[test]
fn check_never_loses_ctrl_c() {
    let rule = |after| {
        let after = Duration::from_micros(after);
        let words = "check hello -- sleep 3607.25";
        let (output, took) = interrupted(words, Path::new("."), Signal::INT, after);
        let status = output.status;
        let early = status.signal() == Some(2);
        prop_assert!(early || status.code() == Some(130), "{after:?}: {status}");
        prop_assert!(took < PROMPT, "{after:?}: {took:?}");
        Ok(())
    };
    TestRunner::new(cases(60))
        .run(&(0..30_000_u64), rule)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The recipe about signals takes none that is not for it: in a run that is
/// only recorded, Ctrl-C is for the program.
#[test]
fn a_recorded_run_takes_no_signal() {
    let commands = [
        "verify shutdown --repeat 1000000",
        "export shutdown --every 1ms --after 1h --as json -o -",
        "check shutdown --every 1ms --after 1h -- true",
    ];
    for words in commands {
        for after in [100, 137, 171, 223] {
            let after = Duration::from_millis(after);
            let (output, took) = interrupted(words, Path::new("."), Signal::INT, after);
            assert_eq!(output.status.code(), Some(130), "{words}, {after:?}");
            assert!(took < PROMPT, "{words}, {after:?}: {took:?}");
        }
    }
}

#[test]
fn a_shutdown_ends_in_order_by_other_signals() {
    hear_hangups();
    for signal in [Signal::HUP, Signal::QUIT] {
        within(BOUND, move || {
            let mut run = Running::of(["shutdown", "--every", "1h"]);
            run.reads("Worker-2 working...");
            run.sends(signal);
            let ended = run.ends();
            assert_eq!(ended.status.code(), Some(code_of(signal)));
            assert_eq!(ended.stderr, "interrupted\n");
            assert_eq!(ended.log, "");
        });
    }
}

/// What `env` sets before the program starts.
#[cfg(target_os = "linux")]
#[test]
fn the_signals_of_the_parent_process_are_set_right() {
    let env = |setting: &str, words: &str| {
        let mut command = Command::new("env");
        command
            .args([setting, BINARY])
            .args(words.split_whitespace());
        command
    };
    for setting in ["--block-signal=CHLD", "--ignore-signal=CHLD"] {
        let output = env(setting, "subprocess true --emoji never").output();
        let output = output.expect("env");
        let log = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(texts(&log), ["Command: true", "Output: "], "{setting}");
    }
    let mut blocked = env("--block-signal=INT", "shutdown --clock virtual");
    let output = within(BOUND, move || blocked.output().expect("env"));
    assert!(output.status.success());
    for signal in SIGNALS {
        let setting = "--block-signal=INT,TERM,QUIT,HUP";
        let mut run = Running::start(&mut env(setting, "event --delay 1h --emoji never"));
        let ended = within(BOUND, move || {
            run.line();
            run.sends(signal);
            run.ends()
        });
        assert_eq!(ended.status.code(), Some(code_of(signal)));
    }
}

#[test]
fn a_program_that_is_called_like_a_recipe_plays() {
    let script = "exec -a lock \"$0\" play lock --workers 1";
    let output = Run::by("bash", ["-c", script, BINARY]).output();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(log.contains("Final counter value: 3"), "{output:?}");
    assert_eq!(
        in_a_world("", "play lock --workers 1", "").stdout,
        output.stdout
    );
}
