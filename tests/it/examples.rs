//! The programs to copy: each prints what its recipe does, with observed-tokio
//! and with tokio itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use asyncdemo::demos::RECIPES;

use crate::run::{BINARY, Run, each_on};

/// With which of its recipe's options an example agrees, where not by default.
const OPTIONS: [(&str, &str); 1] = [("ratelimit", "--algorithm bucket")];

/// Edits a log before it is checked: what it measured depends on the machine.
const EDITS: [(&str, &str); 2] = [
    ("http", "s/in [0-9]* ms$/in 100 ms/"),
    ("ratelimit", "s/for 0.[0-9]*s$/for 0.50s/"),
];

/// Examples that do not print their recipe's log: the reason, and what they
/// print, where `…` is any part of a line.
const OF_THEIR_OWN: [(&str, &str, &str); 5] = [
    (
        "channels",
        "prints what is received, and not also what is sent",
        "mpsc: Received 1
mpsc: Received 2
mpsc: Received 3
oneshot: Answered 42
broadcast: Received 1
broadcast: Received 2
broadcast: Received 3
watch: Saw 1
watch: Saw 3",
    ),
    (
        "debug",
        "names its own lines, and measures real time",
        "Report: Done
…debug.rs:11:18 took 0.… seconds without awaiting
…debug.rs:12:10 was never awaited or joined
…debug.rs:13:10 was never awaited or joined",
    ),
    (
        "event_loop",
        "has no callbacks for tasks that have ended",
        "Ready: 3, Scheduled: 0
Ready: 0, Scheduled: 3
Ready: 1, Scheduled: 2
Task 0.1 done
Ready: 0, Scheduled: 2
Ready: 1, Scheduled: 1
Task 0.2 done
Ready: 0, Scheduled: 1
Ready: 1, Scheduled: 0
Task 0.3 done",
    ),
    (
        "mistakes",
        "is a shorter program than the recipe, and keeps real time",
        "Wrong: work on the loop, heartbeats: 0
Right: work on a thread, heartbeats: …
Wrong: future made and dropped, saved: 0
Right: future made and awaited, saved: 1
Wrong: spawned and left, saved: 1
Right: spawned and joined, saved: 2
Wrong: blocked until it answers, refused: true
Wrong: ten at once, counter: 1
Right: ten in turn, counter: 10",
    ),
    (
        "testing",
        "measures real time; its tests are a step of .ci/run",
        "Ready after 1.…s",
    ),
];

/// How far off the times of the recipe a line may be on a busy machine.
const TOLERANCE: &str = "500ms";

/// How often an example may try on a machine that is busy with other tests.
const TRIES: usize = 4;

/// `cargo test` has built these already, unless it was asked for some tests only.
#[test]
fn every_example_prints_what_its_recipe_does() {
    let programs = built(&["--examples"]).join("examples");
    hold_all(&programs);
}

/// The order of the others is that of one thread, as their sources say.
#[test]
#[ignore = "builds tokio once more, and takes a minute"]
fn so_does_each_with_tokio_itself_and_a_hundred_times_on_several_threads() {
    let programs = built(&["--package", "asyncdemo-examples"]);
    hold_all(&programs);
    let names: Vec<_> = names().collect();
    let several = |name: &&String| {
        let source = fs::read_to_string(format!("examples/{name}.rs")).expect(name);
        source.contains("#[tokio::main]") || source.contains("new_multi_thread()")
    };
    let runs: Vec<_> = (0..100)
        .flat_map(|_| names.iter().filter(several))
        .collect();
    assert!(runs.len() >= 1500, "{} runs", runs.len());
    each_on(40, &runs, |name| hold(&programs, name));
}

fn names() -> impl Iterator<Item = String> {
    RECIPES.iter().map(|recipe| recipe.name.replace('-', "_"))
}

/// Builds these programs as the tests were built, and says where they are.
fn built(which: &[&str]) -> PathBuf {
    let folder = Path::new(BINARY).parent().expect("a folder");
    let target = folder.parent().expect("the folder of all profiles");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--target-dir"]);
    cargo.arg(target).args(which);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo").success(), "{which:?}");
    folder.to_owned()
}

/// Runs every example, those that differ once more and alone.
fn hold_all(programs: &Path) {
    let (names, differing) = (names().collect::<Vec<_>>(), Mutex::new(Vec::new()));
    each_on(12, &names, |name| {
        if hold(programs, name).is_err() {
            differing.lock().expect("no panic").push(name.clone());
        }
        Ok(())
    });
    for name in differing.into_inner().expect("no panic") {
        let mut tries = (1..TRIES).map(|_| hold(programs, &name));
        let same = tries.any(|held| held.is_ok());
        assert!(same, "{}", hold(programs, &name).err().unwrap_or(name));
    }
}

/// Runs an example once, and compares its output.
fn hold(programs: &Path, name: &str) -> Result<(), String> {
    let program = programs.join(name).display().to_string();
    let own = OF_THEIR_OWN.iter().find(|(example, ..)| *example == name);
    if let Some((_, _, expected)) = own {
        let printed = Run::by(&program, []).prints();
        let same = is_like(printed.trim_end(), expected);
        return same
            .then_some(())
            .ok_or_else(|| format!("{name} printed\n{printed}"));
    }
    let recipe = name.replace('_', "-");
    let of = |table: &[(&str, &'static str)]| table.iter().find(|row| row.0 == name).map(|it| it.1);
    let mut words = vec!["check", &recipe];
    words.extend(of(&OPTIONS).unwrap_or_default().split_whitespace());
    let edited = of(&EDITS).map(|edit| format!("log=$(\"$0\") && echo \"$log\" | sed '{edit}'"));
    match &edited {
        None => words.extend(["--timing", TOLERANCE, "--"]),
        Some(script) => words.extend(["--", "sh", "-c", script]), // all lines come at once
    }
    words.push(&program);
    let output = Run::with(words).env("PATH", &path()).output();
    if output.status.success() {
        return Ok(());
    }
    let told = [output.stdout, output.stderr].concat();
    Err(format!("{name}: {}", String::from_utf8_lossy(&told)))
}

/// Whether a log is as expected, where `…` is any part of a line.
fn is_like(log: &str, expected: &str) -> bool {
    let Some((before, after)) = expected.split_once('…') else {
        return log == expected;
    };
    log.strip_prefix(before).is_some_and(|rest| {
        let line = rest.find('\n').unwrap_or(rest.len());
        (0..=line).any(|at| rest.is_char_boundary(at) && is_like(&rest[at..], after))
    })
}

/// For `subprocess`: the binary, and a `date` that stands still.
pub fn path() -> String {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
        fs::create_dir_all(&folder).expect("a folder");
        let date = folder.join("date");
        fs::write(&date, "#!/bin/sh\necho today\n").expect("a file");
        fs::set_permissions(date, Permissions::from_mode(0o755)).expect("an executable");
        folder
    });
    let binaries = Path::new(BINARY).parent().expect("a folder");
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = [FOLDER.clone(), binaries.to_owned()];
    let all = folders.into_iter().chain(std::env::split_paths(&before));
    let all = std::env::join_paths(all).expect("no colon in a path");
    all.into_string().expect("UTF-8")
}
