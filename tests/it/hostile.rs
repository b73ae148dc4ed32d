//! The command line at its edges and beyond: whatever is typed, the program
//! ends or goes on printing, says why where it did not do it, and never panics.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use asyncdemo::recording::{Event, Failure, Kind, Place, Sink as _, form};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::options::{attempts, commands};
use crate::run::{BINARY, BOUND, Run, cases, each, recorded};

/// How long a run is left alone. One that is not done then, for it was asked
/// for a million lines or for the real clock, must end at Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(300);

/// Virtual memory, in kilobytes. A million tasks take a fourth of it.
const MEMORY: &str = "8000000";

/// A recording that runs find where they are started.
const FILE: &str = "run.json";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let run = form::write(&recorded("lock", "", 5).0).expect("JSON");
    fs::write(folder.path().join(FILE), run).expect("a file");
    folder
}

/// Tries every argument of every command with every value, or with one of so
/// many of them, and what no command knows.
fn try_one_of(step: usize) {
    let folder = folder();
    let commands = commands(FILE);
    let mut all = Vec::new();
    for command in &commands {
        for arg in command.command.get_arguments() {
            all.extend(attempts(arg).into_iter().map(|attempt| (command, attempt)));
        }
    }
    let chosen: Vec<_> = all.into_iter().step_by(step).collect();
    each(&chosen, |(command, attempt)| {
        answers(&command.line(&[attempt]), folder.path())
    });
    let unknown: Vec<_> = commands.iter().step_by(step.isqrt()).collect();
    each(&unknown, |command| {
        let line = |word: &str| [command.line(&[]), vec![word.into()]].concat();
        let lines = ["--unknown", "-x", "unknown", "--"].map(line);
        lines
            .iter()
            .try_for_each(|line| answers(line, folder.path()))
    });
}

#[test]
fn what_is_typed_is_done_or_refused() {
    try_one_of(61);
}

#[test]
#[ignore = "takes half an hour"]
fn everything_that_is_typed_is_done_or_refused() {
    try_one_of(1);
}

#[test]
fn two_options_are_no_worse_than_one() {
    let folder = folder();
    let commands = commands(FILE);
    let two = (0..commands.len(), any::<[(Index, Index); 2]>());
    let lines = two.prop_map(|(at, two)| {
        let command = &commands[at];
        let args: Vec<_> = command.command.get_arguments().collect();
        let two = two.map(|(arg, attempt)| {
            let mut all = attempts(args[arg.index(args.len())]);
            all.swap_remove(attempt.index(all.len()))
        });
        command.line(&two.iter().collect::<Vec<_>>())
    });
    TestRunner::new(cases(200))
        .run(&lines, |words| {
            answers(&words, folder.path()).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_recording_commands_the_terminal() {
    const COMMANDS: &str = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}2J\u{7f}\u{2028}\u{202e}\u{2066}";
    let folder = tempfile::tempdir().expect("a folder");
    let (mut run, _) = recorded("lock", "", 5);
    let line = Event {
        t: run.end(),
        lane: None,
        at: Place {
            file: COMMANDS,
            line: 1,
        },
        kind: Kind::Line {
            icon: COMMANDS,
            text: COMMANDS,
        },
    };
    run.event(&line).expect("it only keeps it");
    run.ending = Some(Failure::from(COMMANDS));
    run.spec.recipe = COMMANDS.to_owned();
    run.spec.options = vec![COMMANDS.to_owned()];
    let path = folder.path().join(format!("{COMMANDS}.json"));
    fs::write(&path, form::write(&run).expect("JSON")).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let lines: [&[&str]; 10] = [
        &["play", path],
        &["timeline", path],
        &["timeline", path, "--format", "text"],
        &["export", path, "--output", "-", "--as", "cast"],
        &["export", path, "--output", "-", "--as", "json"],
        &["export", path, "--output", "-", "--as", "trace"],
        &["export", path, "--output", "-", "--as", "svg"],
        &["export", path, "--output", "-", "--as", "html"],
        &["check", "--against", path, "--", "true"],
        &["check", "--against", path, "--", COMMANDS],
    ];
    // Written out, not what the program itself thinks.
    let commands = |it: char| {
        it.is_control() && it != '\n'
            || matches!(it, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for words in lines {
        let output = Run::with(words.iter().copied()).output();
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert!(!text.contains(commands), "{words:?}: {text:?}");
        }
    }
}

/// Runs a command line, and says what is wrong with how it ends.
fn answers(words: &[OsString], folder: &Path) -> Result<(), String> {
    let (output, interrupted) = ended(words, folder);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let signal = output.status.signal().filter(|_| interrupted);
    let code = output.status.code().or(signal.map(|number| 128 + number));
    // The player says first that it prints the log instead.
    let plays = words.first().is_some_and(|word| word == "play");
    let lines = stderr.lines().count();
    let wrong = match code {
        None | Some(4..=123 | 125..=129 | 131..) => "ends otherwise than it may",
        Some(_) if signal.is_some() => return Ok(()), // before it listened to any
        Some(1..) if lines == 0 => "does not say why",
        Some(_) if stderr.contains("panicked") => "panics",
        Some(_) if lines > 1 + usize::from(plays) => "says too many lines",
        Some(_) if stderr.chars().count() > 1000 => "says too much",
        Some(_) if stderr.chars().any(|it| it.is_control() && it != '\n') => {
            "speaks in control characters"
        }
        Some(130) if !interrupted => "believes that it was interrupted",
        Some(_) => return Ok(()),
    };
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    let line = shlex::bytes::try_join(words).expect("no NUL");
    let (line, status) = (String::from_utf8_lossy(&line), output.status);
    Err(format!("{wrong} ({status}):\nasyncdemo {line}\n{stderr}"))
}

/// How a command line ends, and whether it took Ctrl-C.
fn ended(words: &[OsString], folder: &Path) -> (Output, bool) {
    let script = "ulimit -v \"$0\"; exec \"$@\"";
    let child = Command::new("sh")
        .args(["-c", script, MEMORY, BINARY])
        .args(words)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("asyncdemo");
    let process = Pid::from_child(&child);
    let (tell, told) = channel();
    thread::spawn(move || {
        // Nobody listens any more only where the test has failed already.
        let _ = tell.send(child.wait_with_output().expect("an end"));
    });
    if let Ok(output) = told.recv_timeout(PATIENCE) {
        return (output, false);
    }
    // The recipe about Ctrl-C cleans up at the first one, and ends at the second.
    let signals = [
        (Signal::INT, PATIENCE),
        (Signal::INT, BOUND),
        (Signal::KILL, BOUND),
    ];
    for (signal, bound) in signals {
        let _ = kill_process(process, signal); // It may just have ended.
        if let Ok(output) = told.recv_timeout(bound) {
            return (output, true);
        }
    }
    panic!("nothing ends {words:?}");
}
