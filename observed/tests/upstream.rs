//! tokio's own tests, run against this crate.
//!
//! They come with tokio's package in cargo's registry: this test copies those
//! of exactly the version in `Cargo.lock` into a package below `target/`,
//! where `tokio` is this crate, builds them once, and runs them with
//! observation off, while everything is recorded, and under other schedules.
//!
//! It takes minutes and needs cargo's registry, so it runs only where
//! `OBSERVED_TOKIO_UPSTREAM` is set, as `.ci/run` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The test files that are run: those of what this crate observes. The others
/// test what it re-exports, such as `net`.
const AREAS: [&str; 20] = [
    "async_send_sync",
    "buffered",
    "coop_budget",
    "join_handle_panic",
    "macros_",
    "no_rt",
    "rt_basic",
    "rt_blocking",
    "rt_common",
    "rt_handle",
    "rt_local",
    "rt_metrics",
    "rt_p",
    "rt_s",
    "rt_t",
    "sync_",
    "task_",
    "test_clock",
    "time_",
    "unwindsafe",
];

/// Files among them that test another target or an unstable feature, where
/// they are empty.
const ELSEWHERE: [&str; 4] = ["emscripten", "_wasm", "unstable", "tracing"];

type Mode = (&'static str, &'static [(&'static str, &'static str)]);

/// How the tests are run: a name, and what the environment says.
const MODES: [Mode; 5] = [
    ("off", &[]),
    ("recording", &[("OBSERVED_TOKIO", "everything")]),
    (
        "schedule 1",
        &[
            ("OBSERVED_TOKIO", "everything"),
            ("OBSERVED_TOKIO_SCHEDULE", "1"),
        ],
    ),
    (
        "schedule 2",
        &[
            ("OBSERVED_TOKIO", "everything"),
            ("OBSERVED_TOKIO_SCHEDULE", "2"),
        ],
    ),
    (
        "schedule 3",
        &[
            ("OBSERVED_TOKIO", "everything"),
            ("OBSERVED_TOKIO_SCHEDULE", "3"),
        ],
    ),
];

/// The tests that may fail: the file, the test, the mode or the beginning of
/// its name, and why.
const KNOWN: [(&str, &str, &str, &str); 2] = [
    (
        "coop_budget",
        "coop_budget_udp_send_recv",
        "schedule",
        "counts the polls of a task, and another schedule adds some",
    ),
    (
        "sync_once_cell",
        "get_or_init",
        "schedule",
        "expects the task that is spawned first to run first",
    ),
];

/// The file that takes longest.
const LONG: &str = "rt_threaded";

/// `LONG` and the others may take this long in one mode. A test that hangs is
/// run again, alone: `yield_defers_until_park` of tokio hangs where its first
/// attempt fails, which happens on a busy machine.
const LIMITS: [Duration; 2] = [Duration::from_secs(240), Duration::from_secs(45)];

#[test]
fn tokios_own_tests_pass() {
    if std::env::var_os("OBSERVED_TOKIO_UPSTREAM").is_none() {
        return;
    }
    let began = Instant::now();
    let programs = build(&assemble());
    assert!(programs.len() > 50, "only {} test files", programs.len());
    println!("built in {:?}", began.elapsed());
    let began = Instant::now();
    let outcomes = run(&programs);
    println!("run in {:?}", began.elapsed());

    let mut faults = String::new();
    for ((mode, _), outcomes) in MODES.iter().zip(outcomes) {
        let failed: Vec<_> = outcomes.iter().filter(|(_, passed)| !**passed).collect();
        println!(
            "{mode}: {} of {} tests pass",
            outcomes.len() - failed.len(),
            outcomes.len(),
        );
        if failed.len() * 100 > outcomes.len() || outcomes.len() < 900 {
            let _ = writeln!(faults, "{mode}: less than 99 % of 900 tests pass");
        }
        for ((file, test), _) in failed {
            let known = KNOWN
                .iter()
                .find(|known| (known.0, known.1) == (file, test) && mode.starts_with(known.2));
            match known {
                Some((.., reason)) => println!("{mode}: {file}: {test}: known: it {reason}"),
                None => drop(writeln!(faults, "{mode}: {file}: {test} fails")),
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// A package with tokio's tests, whose `tokio` is this crate.
fn assemble() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut metadata = cargo(here);
    metadata.args(["metadata", "--format-version=1", "--locked"]);
    metadata.args(["--filter-platform", &host()]);
    let metadata: Value = serde_json::from_slice(&output(metadata)).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let tokio = packages
        .iter()
        .find(|package| package["name"] == "tokio")
        .expect("this crate depends on tokio");
    let tests = text(&tokio["manifest_path"]).replace("Cargo.toml", "tests");

    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("upstream");
    fs::create_dir_all(package.join("src")).expect("target/ is writable");
    write(&package.join("src/lib.rs"), "");
    write(&package.join("Cargo.toml"), &manifest(tokio, here));
    // The versions that the workspace has are the ones that are used here.
    let root = text(&metadata["workspace_root"]);
    let lock = package.join("Cargo.lock");
    if !lock.exists() {
        fs::copy(Path::new(root).join("Cargo.lock"), &lock).expect("a lock file");
    }
    let _ = fs::remove_dir_all(package.join("tests"));
    copy(Path::new(&tests), &package.join("tests"), &|name| {
        let name = name.trim_end_matches(".rs");
        AREAS.iter().any(|area| name.starts_with(area))
            && !ELSEWHERE.iter().any(|part| name.contains(part))
    });
    package
}

/// Its manifest: the dependencies are those of tokio, and so is the homepage,
/// which a test looks for.
fn manifest(tokio: &Value, here: &Path) -> String {
    let mut manifest = String::from(
        "[package]\nname = \"upstream\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         homepage = \"https://tokio.rs\"\n\n\
         [workspace]\n\n[lints.rust]\nunexpected_cfgs = \"allow\"\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n\n[features]\n",
    );
    let features = tokio["features"].as_object().expect("a table");
    let usual = |name: &&String| !name.contains("unstable") && *name != "default";
    let features: Vec<_> = features.keys().filter(usual).collect();
    let _ = writeln!(manifest, "default = {features:?}");
    for feature in features {
        let _ = writeln!(manifest, "{feature} = []");
    }
    let _ = writeln!(
        manifest,
        "\n[dependencies.tokio]\npackage = \"observed-tokio\"\npath = {here:?}\n\
         features = [\"full\", \"test-util\"]"
    );
    // What tests depend on goes before what tokio does.
    let mut tables = BTreeMap::new();
    let dependencies = tokio["dependencies"].as_array().expect("a list");
    let (tests, own): (Vec<_>, Vec<_>) = dependencies.iter().partition(|one| one["kind"] == "dev");
    for one in own.into_iter().chain(tests) {
        let (name, target) = (text(&one["name"]), one["target"].as_str());
        let there = |target: &str| {
            !["tokio_unstable", "loom", "freebsd", "wasi"]
                .iter()
                .any(|part| target == *part || target.contains(part) && !target.contains("not("))
        };
        if !target.is_none_or(there) || name.contains("wasm") || name.contains("windows") {
            continue;
        }
        let entry = format!(
            "version = {}\nfeatures = {}\ndefault-features = {}",
            one["req"], one["features"], one["uses_default_features"],
        );
        tables.insert(name, entry);
    }
    for (name, entry) in tables {
        let _ = writeln!(manifest, "\n[dependencies.{name}]\n{entry}");
    }
    manifest
}

/// Builds the tests; gives their names and programs.
fn build(package: &Path) -> Vec<(String, PathBuf)> {
    let mut build = cargo(package);
    build.args([
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
        "--tests",
    ]);
    build.env("CARGO_TARGET_DIR", package.join("target"));
    build.env_remove("RUSTFLAGS");
    build.stderr(Stdio::inherit());
    let messages = output(build);
    let messages = String::from_utf8_lossy(&messages);
    let messages = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let of_test = message["target"]["kind"].get(0)? == "test";
        let program = message["executable"].as_str().filter(|_| of_test)?;
        Some((text(&message["target"]["name"]).to_owned(), program.into()))
    });
    messages.collect()
}

/// The file, the test, and whether it passed.
type Outcomes = BTreeMap<(String, String), bool>;

/// Runs all tests in all modes, as many files at a time as there are cores, and
/// says for each mode which tests passed.
fn run(programs: &[(String, PathBuf)]) -> [Outcomes; MODES.len()] {
    // Other schedules take longest, and so do the files of `LONG`: they start
    // first, so that no core is idle at the end.
    let modes = || (0..MODES.len()).rev();
    let (long, short): (Vec<_>, Vec<_>) = programs.iter().partition(|one| one.0 == LONG);
    let jobs: Vec<_> = [long, short]
        .iter()
        .flat_map(|files| modes().flat_map(|mode| files.iter().map(move |file| (mode, *file))))
        .collect();
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new([const { Outcomes::new() }; MODES.len()]);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((mode, (file, program))) =
                    jobs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let of_file = run_file(program, &MODES[*mode]);
                    let mut outcomes = outcomes.lock().expect("no test panics");
                    for (test, passed) in of_file {
                        outcomes[*mode].insert((file.clone(), test), passed);
                    }
                }
            });
        }
    });
    outcomes.into_inner().expect("no test panics")
}

/// Runs one file's tests. A test that fails gets two more chances, alone: some
/// of tokio's tests measure time, and the machine may be busy.
fn run_file(program: &Path, mode: &Mode) -> BTreeMap<String, bool> {
    let list = tests_of(program, mode);
    let passed = passed(program, mode, &[]);
    let again = |test: &str| {
        let test = test.to_owned();
        (0..2).any(|_| passed_alone(program, mode, &test))
    };
    list.into_iter()
        .map(|test| {
            let passes = passed.contains(&test) || again(&test);
            (test, passes)
        })
        .collect()
}

fn passed_alone(program: &Path, mode: &Mode, test: &str) -> bool {
    passed(program, mode, &["--exact", test]).contains(test)
}

fn tests_of(program: &Path, mode: &Mode) -> Vec<String> {
    let mut list = Command::new(program);
    list.args(["--list", "--format=terse"]);
    list.envs(mode.1.iter().copied());
    let all = String::from_utf8_lossy(&output(list)).into_owned();
    let mut ignored = Command::new(program);
    ignored.args(["--list", "--format=terse", "--ignored"]);
    let ignored = String::from_utf8_lossy(&output(ignored)).into_owned();
    let ignored: BTreeSet<_> = ignored.lines().collect();
    all.lines()
        .filter(|line| !ignored.contains(line))
        .filter_map(|line| Some(line.strip_suffix(": test")?.to_owned()))
        .collect()
}

/// The tests that pass, within the time limit.
fn passed(program: &Path, mode: &Mode, arguments: &[&str]) -> BTreeSet<String> {
    let output = program.with_extension(mode.0.replace(' ', "-"));
    let file = fs::File::create(&output).expect("target/ is writable");
    let mut child = Command::new(program)
        .args(arguments)
        // As cargo does: some tests read the manifest.
        .current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("upstream"))
        .env_remove("OBSERVED_TOKIO")
        .env_remove("OBSERVED_TOKIO_SCHEDULE")
        .envs(mode.1.iter().copied())
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was just built");
    let is_long = output.to_string_lossy().contains(LONG);
    let limit = LIMITS[usize::from(!is_long)];
    let began = Instant::now();
    while child.try_wait().expect("it is a child").is_none() {
        if began.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = fs::read(output).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    output
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... ok"))
        .map(|test| test.trim_end_matches(" - should panic").to_owned())
        .collect()
}

fn cargo(directory: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(directory);
    cargo
}

fn host() -> String {
    let mut rustc = Command::new("rustc");
    rustc.arg("-vV");
    let output = String::from_utf8_lossy(&output(rustc)).into_owned();
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// What a command prints; it must succeed.
fn output(mut command: Command) -> Vec<u8> {
    let output = command.output().expect("the program is there");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    output.stdout
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Writes a file unless it says that already: cargo looks at the time.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("target/ is writable");
    }
}

/// Copies the files of a folder that are wanted, and its folders. Copies keep
/// their times, so that cargo builds them once.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).expect("target/ is writable");
    for entry in fs::read_dir(from).expect("tokio's package has its tests") {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name().into_string().expect("a plain name");
        let to = to.join(&name);
        if entry.path().is_dir() {
            copy(&entry.path(), &to, &|_| true);
        } else if wanted(&name) {
            fs::copy(entry.path(), &to).expect("target/ is writable");
            let time = entry.metadata().and_then(|entry| entry.modified());
            let file = fs::File::options().write(true).open(&to);
            if let (Ok(time), Ok(file)) = (time, file) {
                let _ = file.set_modified(time);
            }
        }
    }
}
