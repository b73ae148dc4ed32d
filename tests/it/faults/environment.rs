//! Environments that say nothing or nonsense, folders that are gone, and a
//! clock that is set back.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use chrono::NaiveTime;

use super::{assert_fails, complaint, in_a_world};
use crate::run::{BINARY, BOUND, Run, is_there, within};

/// Of each kind of command one.
const COMMANDS: [&str; 9] = [
    "lock --clock virtual",
    "subprocess true --emoji never",
    "list",
    "show lock",
    "explain lock",
    "timeline lock --width 80",
    "export lock --as html -o -",
    "verify lock",
    "lock --help",
];

#[test]
fn no_environment_is_needed() {
    let plain: Vec<_> = COMMANDS.map(|words| Run::of(words).prints()).into();
    for environment in [
        "",
        "TERM=dumb",
        "TERM=nonsense NO_COLOR=1",
        "LANG=C LC_ALL=C LC_CTYPE=x",
        "TZ=:no/such/zone",
        "TZ=ABC-99:99 HOME=/no/such/home",
        "PATH= TMPDIR=/no/such/folder",
        "COLUMNS=0 LINES=-1",
        "COLUMNS=99999999999999999999",
    ] {
        for (words, expected) in COMMANDS.iter().zip(&plain) {
            let bare = format!("exec env -i {environment} \"$0\" \"$@\"");
            let output = in_a_world(&bare, words, "");
            let told = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{environment} {words}");
            assert_eq!(complaint(&output), "", "{environment} {words}");
            if words.starts_with("subprocess") {
                assert!(told.contains("] Command: true\n"), "{environment}: {told}");
            } else if environment.contains("COLUMNS") && words.contains("help") {
                assert!(!told.is_empty());
            } else {
                assert_eq!(&told, expected, "{environment} {words}");
            }
        }
    }
}

#[test]
fn no_current_folder_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = format!(
        "cd '{0}'; mkdir gone; cd gone; rmdir ../gone",
        folder.path().display()
    );
    for words in COMMANDS {
        let output = in_a_world(&gone, words, "");
        assert_eq!(complaint(&output), "", "{words}");
        assert_eq!(output.status.code(), Some(0), "{words}");
    }
    let output = in_a_world(&gone, "export lock -o run.json", "");
    assert_fails(
        &output,
        "error: cannot write 'run.json': No such file",
        "export",
    );
    let file = folder.path().join("run.json");
    let output = in_a_world(&gone, &format!("export lock -o {}", file.display()), "");
    assert_eq!(complaint(&output), "");
    assert!(file.exists());
}

/// The times of day of a log come from where it began, and from then on from
/// a clock that nobody sets.
#[test]
fn a_clock_that_is_set_back_does_not_turn_a_log_back() {
    if !is_there("faketime") {
        return;
    }
    // By itself it does not take times from a file that changes.
    let library = Command::new("faketime")
        .args(["-f", "+0", "sh", "-c", "printf %s \"$LD_PRELOAD\""])
        .output()
        .expect("faketime");
    let folder = tempfile::tempdir().expect("a folder");
    let offset = folder.path().join("offset");
    fs::write(&offset, "+0\n").expect("a file");
    let run = move |pause| {
        let mut command = Command::new(BINARY);
        command.args(["hello", "--emoji", "never", "--pause", pause]);
        command.env("LD_PRELOAD", OsStr::from_bytes(&library.stdout));
        command.env("FAKETIME_TIMESTAMP_FILE", &offset);
        command.env("FAKETIME_NO_CACHE", "1");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.stdout(Stdio::piped()).spawn().expect("asyncdemo")
    };
    let [first, second, earlier] = within(BOUND, move || {
        let mut run_on = run("200ms");
        let mut log = BufReader::new(run_on.stdout.take().expect("a pipe")).lines();
        let first = log.next();
        fs::write(folder.path().join("offset"), "-3h\n").expect("a file");
        let second = log.next();
        run_on.wait().expect("an exit status");
        let later = run("0s").wait_with_output().expect("an exit status");
        let earlier = later.stdout.lines().next();
        [first, second, earlier].map(|line| line.expect("a line").expect("UTF-8"))
    });
    // Midnight may come between them.
    let between = |before: &str, after: &str| {
        let [before, after] = [before, after]
            .map(|line| NaiveTime::parse_from_str(&line[1..13], "%H:%M:%S%.3f").expect(line));
        (after - before).num_milliseconds().rem_euclid(24 * HOUR)
    };
    assert!(
        (200..HOUR / 2).contains(&between(&first, &second)),
        "{first}\n{second}"
    );
    assert!(
        (2 * HOUR..3 * HOUR).contains(&between(&earlier, &first)),
        "{earlier}"
    );
}

#[test]
fn a_clock_before_1970_is_a_clock() {
    if !is_there("faketime") {
        return;
    }
    let words = [
        "-f",
        "1960-02-03 04:05:06",
        BINARY,
        "hello",
        "--pause",
        "0s",
        "--emoji",
    ];
    let output = Run::by("faketime", words.into_iter().chain(["never"])).env("TZ", "UTC");
    let output = output.output();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(log.starts_with("[04:05:0"), "{log} {}", complaint(&output));
    assert!(log.ends_with("] World\n"), "{log}");
}

#[test]
fn a_time_zone_that_is_no_file_does_not_keep_a_run_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("zone");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let pipe = pipe.to_str().expect("UTF-8").to_owned();
    for zone in [pipe.clone(), format!(":{pipe}"), format!("../../..{pipe}")] {
        let log = Run::of("hello --pause 0s").env("TZ", &zone).prints();
        assert!(log.ends_with("World\n"), "{zone}: {log}");
    }
}

/// In milliseconds.
const HOUR: i64 = 3_600_000;
