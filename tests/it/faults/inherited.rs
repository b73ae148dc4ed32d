//! Process state that the program inherits: signals, streams, the environment,
//! its own name, limits, the clock, the size of the terminal.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use proptest::test_runner::TestRunner;
use rustix::process::Signal;

use super::complaint;
use crate::run::{BINARY, BOUND, Run, cases, is_there, within};

/// Of each kind of command one, and a part of what it prints. `FOLDER` stands for the
/// test's folder, `PROGRAM` for the program itself.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["hello", "--pause", "1ms"], "World\n"),
    (
        &["hello", "--clock", "virtual"],
        "[00:00:01.000] 🌍 World\n",
    ),
    (&["semaphore", "--clock", "virtual"], "Downloaded file-4\n"),
    (
        &[
            "semaphore",
            "--files",
            "2",
            "--clock",
            "virtual",
            "--format",
            "json",
        ],
        "}\n",
    ),
    (&["executor", "--operations", "A=1ms"], "A: Completed!\n"),
    (&["subprocess", "echo h''i"], "hi\n"),
    (
        &["shutdown", "--after", "10ms", "--cleanup", "1ms"],
        "All tasks cancelled\n",
    ),
    (&["shutdown", "--clock", "virtual"], "All tasks cancelled\n"),
    (&["list"], "semaphore"),
    (&["explain", "lock"], "Key insight\n"),
    (&["timeline", "lock", "--width", "80"], "sleeps"),
    (&["export", "lock", "--force", "-o", "FOLDER/run.html"], ""),
    (&["export", "lock", "--as", "json", "-o", "-"], "]}\n"),
    (
        &[
            "check", "hello", "--", "PROGRAM", "hello", "--clock", "virtual",
        ],
        "same",
    ),
    (&["verify", "lock"], "lock"),
    (&["play", "lock"], "Final counter value: 6\n"),
    (&["--help"], "Usage: "),
];

/// Signals that a program may inherit as ignored or blocked.
const SIGNALS: [(&str, Signal); 7] = [
    ("INT", Signal::INT),
    ("TERM", Signal::TERM),
    ("HUP", Signal::HUP),
    ("QUIT", Signal::QUIT),
    ("CHLD", Signal::CHILD),
    ("PIPE", Signal::PIPE),
    ("XFSZ", Signal::XFSZ),
];

/// What a program may find when it begins, each as a statement of the script that
/// starts it. `FOLDER` stands for the test's folder.
fn oddities() -> Vec<String> {
    let ignored = SIGNALS.map(|(name, _)| format!("$SIG{{{name}}} = 'IGNORE'"));
    let blocked = SIGNALS.map(|(_, signal)| format!("block({})", signal.as_raw()));
    let others = [
        // Streams.
        "POSIX::close(0)",
        "POSIX::close(1)",
        "POSIX::close(2)",
        // The environment.
        "$ENV{TZ} = ''",
        "$ENV{TZ} = ':'",
        "$ENV{TZ} = \"\\xff\\x01\"",
        "$ENV{TZ} = 'x' x 100_000",
        "$ENV{TZ} = ':FOLDER'",
        "POSIX::mkfifo('FOLDER/fifo', 0600); $ENV{TZ} = ':FOLDER/fifo'",
        "$ENV{TZ} = '../../../../dev/null'",
        "$ENV{PATH} = ''",
        "delete $ENV{PATH}",
        "$ENV{PATH} = \"FOLDER:$ENV{PATH}\"",
        "delete $ENV{HOME}",
        "$ENV{LC_ALL} = 'C'",
        "$ENV{LC_ALL} = \"\\xff\"",
        "$ENV{TERM} = \"\\e[2J\"",
        "$ENV{COLUMNS} = '18446744073709551616'",
        "%ENV = ()",
        // Its own name.
        "$name = ''",
        "$name = \"\\xff\\xfe\"",
        "$name = 'x' x 100_000",
        "$name = '--help'",
        "$name = 'lock'",
        "$name = 'play'",
        "$name = \"\\e[2J\\n\"",
        // Its place among others.
        "POSIX::nice(19)",
        "POSIX::setsid()",
        "chdir '/proc'",
        "umask 0777",
        "$limit = '-n 64'",
        "$limit = '-s 1024'",
        "$limit = '-v 2000000'",
        "$limit = '-c 0; ulimit -f 10000'",
    ];
    let others = others.map(str::to_owned);
    ignored.into_iter().chain(blocked).chain(others).collect()
}

/// Does the statements, then becomes the program.
const SCRIPT: &str = "use POSIX ();
    sub block { POSIX::sigprocmask(POSIX::SIG_BLOCK, POSIX::SigSet->new($_[0])) }
    my $statements = shift;
    my $program = our $name = shift;
    our $limit;
    eval \"$statements; 1\" or die $@;
    exec { $program } $name, @ARGV unless $limit;
    exec '/bin/sh', '-c', \"ulimit $limit; exec \\\"\\$0\\\" \\\"\\$@\\\"\", $program, @ARGV;";

/// The test's folder: in front of the others in `PATH`, a program of our name
/// that leaves a trace.
fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let impostor = folder.path().join("asyncdemo");
    let script = format!("#!/bin/sh\n: >'{}/trace'\n", folder.path().display());
    fs::write(&impostor, script).expect("a file");
    fs::set_permissions(&impostor, fs::Permissions::from_mode(0o755)).expect("our own file");
    folder
}

/// Runs a command in such a state, and says what is wrong with how it ends.
fn survives(state: &str, (words, printed): (&[&str], &str), folder: &Path) -> Result<(), String> {
    let folder = folder.to_str().expect("UTF-8");
    let statements = state.replace("FOLDER", folder);
    let words = words.iter().map(|word| match *word {
        "PROGRAM" => BINARY.to_owned(),
        word => word.replace("FOLDER", folder),
    });
    let words: Vec<_> = words.collect();
    let arguments = ["-e", SCRIPT, &statements, BINARY];
    let arguments = arguments
        .into_iter()
        .chain(words.iter().map(String::as_str));
    let output = Run::by("perl", arguments).output();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), complaint(&output));
    let muted = state.contains("close(1)");
    let wrong = match output.status.code() {
        Some(0) if muted || stdout.contains(printed) => None,
        Some(0) => Some("does not print what it should"),
        // What cannot be printed is a failure. The player has said before that it prints.
        Some(1) if muted && stderr.lines().count() <= 2 => None,
        Some(_) => Some("fails"),
        None => Some("ends by a signal, or not at all"),
    };
    let traced = Path::new(folder).join("trace").exists();
    match wrong.or_else(|| traced.then_some("runs a program of its own name")) {
        None => Ok(()),
        Some(wrong) => Err(format!(
            "{wrong} ({}):\n{statements}\nasyncdemo {}\n{stdout}{stderr}",
            output.status,
            words.join(" ")
        )),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn odd_process_state_is_survived() {
    if !is_there("perl") {
        return;
    }
    let (folder, oddities) = (folder(), oddities());
    let states = subsequence(oddities, 1..=4);
    let runs = (states, any::<Index>());
    TestRunner::new(cases(200))
        .run(&runs, |(state, command)| {
            let command = *command.get(COMMANDS);
            survives(&state.join("; "), command, folder.path()).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn any_streams_may_be_closed() {
    if !is_there("perl") {
        return;
    }
    let folder = folder();
    for closed in 1..8 {
        let state = (0..3).filter(|stream| closed >> stream & 1 == 1);
        let state: Vec<_> = state
            .map(|stream| format!("POSIX::close({stream})"))
            .collect();
        for command in COMMANDS {
            survives(&state.join("; "), *command, folder.path()).expect("it is survived");
        }
    }
}

/// Years in which some clock or other ends.
const YEARS: [&str; 4] = [
    "@1960-02-29 12:00:00",
    "@1970-01-02 00:00:00",
    "@2038-01-20 00:00:00",
    "@2600-02-28 23:59:59",
];

#[test]
fn any_year_will_do() {
    if !is_there("faketime") {
        return;
    }
    for year in YEARS {
        for (words, printed) in COMMANDS {
            // Those would write a file, or start the program without its time.
            let own = ["FOLDER", "PROGRAM"];
            if words
                .iter()
                .any(|word| own.iter().any(|own| word.contains(own)))
            {
                continue;
            }
            let faked = ["-f", year, BINARY]
                .into_iter()
                .chain(words.iter().copied());
            let run = Run::by("faketime", faked).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            let told = run.prints();
            assert!(told.contains(printed), "{year} {words:?}: {told}");
        }
    }
}

/// In columns and rows.
const SIZES: &[(u16, u16)] = &[
    (0, 0),
    (1, 1),
    (0, 24),
    (80, 0),
    (2, 500),
    (1000, 1),
    (65535, 65535),
];

#[test]
fn a_terminal_of_any_size_will_do() {
    for size in SIZES {
        for words in [
            "list",
            "explain lock",
            "timeline lock",
            "lock --clock virtual",
            "semaphore --help",
            "play",
            "play lock",
        ] {
            let (code, shown) = on_a_terminal(words, *size);
            assert_eq!(code, 0, "{words} at {size:?}: {shown}");
            assert!(!shown.contains("panicked"), "{words} at {size:?}: {shown}");
        }
    }
}

/// Runs on a terminal of that size, with `q` as its only key, and tells how it
/// ended and what it wrote.
fn on_a_terminal(words: &str, (cols, rows): (u16, u16)) -> (u32, String) {
    let size = PtySize {
        rows,
        cols,
        ..PtySize::default()
    };
    let pair = native_pty_system()
        .openpty(size)
        .expect("a pseudo-terminal");
    // No screen takes all memory.
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", "ulimit -v 8000000; exec \"$0\" \"$@\"", BINARY]);
    command.args(words.split_whitespace());
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).expect("asyncdemo");
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().expect("its output");
    let mut keys = pair.master.take_writer().expect("its input");
    let shown = thread::spawn(move || {
        let mut shown = Vec::new();
        // A terminal whose program has ended is an error, not an end.
        let _ = output.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if began.elapsed() > BOUND {
            child.kill().expect("it is alive");
            panic!("{words} hangs at {cols}×{rows}");
        }
        // What is typed before the program listens may be lost; after its end it is.
        let _ = keys.write_all(b"q");
        thread::sleep(Duration::from_millis(20));
    };
    drop((keys, pair.master));
    let shown = within(BOUND, move || shown.join().expect("what it wrote"));
    (status.exit_code(), shown)
}
