//! The fixtures: a run of the binary, and a run inside this process.

use std::io::{self, Write as _};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use assert_cmd::Command as Bounded;
use asyncdemo::demos::RECIPES;
use asyncdemo::recipe::Recipe;
use asyncdemo::recording::Recording;
use asyncdemo::run::{Ending, record};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use rustix::process::Signal;
use serde::Deserialize;
use signal_hook::consts::SIGHUP;
use signal_hook::flag::register_conditional_default;

/// No run of a test takes longer in real time; one that would hang fails.
pub const BOUND: Duration = Duration::from_secs(30);

/// The binary, for whoever has to start it by other means than a [`Run`].
pub const BINARY: &str = env!("CARGO_BIN_EXE_asyncdemo");

/// The binary, with arguments and an environment of its own.
pub struct Run {
    command: Bounded,
    line: String,
}

/// A line of `--format json`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Line {
    pub t: f64,
    pub time: String,
    pub lane: Option<String>,
    pub icon: Option<String>,
    pub text: String,
    pub at: String,
}

impl Run {
    /// `asyncdemo` with these words, as typed in a shell without quotes.
    pub fn of(words: &str) -> Self {
        Self::with(words.split_whitespace())
    }

    /// `asyncdemo` with these arguments, which may have spaces.
    pub fn with<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::by(BINARY, arguments)
    }

    /// A program with these arguments, among which the binary is.
    pub fn by<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let mut command = Bounded::new(program);
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"] {
            command.env_remove(variable);
        }
        command.args(&arguments).timeout(BOUND);
        Self {
            command,
            line: format!("{program} {}", arguments.join(" ")),
        }
    }

    pub fn on_the_virtual_clock(mut self) -> Self {
        self.command.args(["--clock", "virtual"]);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn output(mut self) -> Output {
        let output = self.command.output();
        without_panic(output.unwrap_or_else(|error| panic!("{}: {error}", self.line)))
    }

    /// Standard output of a run that ends with `code`.
    pub fn prints_and_exits(self, code: i32) -> String {
        let line = self.line.clone();
        let output = self.output();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}\n{stderr}");
        String::from_utf8(output.stdout).expect("the log is UTF-8")
    }

    pub fn prints(self) -> String {
        self.prints_and_exits(0)
    }

    /// The lines of a JSON log of a run that ends with `code`.
    pub fn lines_and_exits(mut self, code: i32) -> Vec<Line> {
        self.command.args(["--format", "json"]);
        let printed = self.prints_and_exits(code);
        printed
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    pub fn lines(self) -> Vec<Line> {
        self.lines_and_exits(0)
    }

    /// Standard error of a run that ends with `code`; it is one line.
    pub fn complains_and_exits(self, code: i32) -> String {
        let line = self.line.clone();
        let output = self.output();
        let stderr = String::from_utf8(output.stderr).expect("diagnostics are UTF-8");
        assert_eq!(output.status.code(), Some(code), "{line}\n{stderr}");
        assert_eq!(
            stderr.lines().count(),
            1,
            "{line} should complain in one line:\n{stderr}"
        );
        stderr
    }
}

/// The binary as a plain command, for tests that signal it or cut its pipes.
pub fn asyncdemo(words: &str) -> Command {
    let mut command = Command::new(BINARY);
    command.args(words.split_whitespace());
    command
}

/// What a run printed; no run panics.
pub fn without_panic(output: Output) -> Output {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked at"), "{told}");
    output
}

/// Under `nohup` a run does not hear that its terminal goes away, and so would
/// those of a test that is run in this way. A handler, which they do not
/// inherit, has them hear it.
pub fn hear_hangups() {
    let deaf = register_conditional_default(SIGHUP, Arc::default());
    deaf.expect("a signal handler");
}

/// The exit code of a program that a signal has ended.
pub fn code_of(signal: Signal) -> i32 {
    128 + signal.as_raw()
}

/// The recipe of that name.
pub fn recipe(name: &str) -> &'static Recipe {
    RECIPES
        .iter()
        .find(|recipe| recipe.name == name)
        .expect(name)
}

/// Runs a recipe inside this process on the virtual clock: thousands a second.
pub fn recorded(name: &str, options: &str, seed: u64) -> (Recording, Ending) {
    let options = options.split_whitespace().map(str::to_owned);
    recorded_with(recipe(name), options.collect(), seed)
}

/// Likewise, with options that may have spaces.
pub fn recorded_with(
    recipe: &'static Recipe,
    options: Vec<String>,
    seed: u64,
) -> (Recording, Ending) {
    within(BOUND, move || {
        let command = recipe.command().no_binary_name(true);
        let matches = command.try_get_matches_from(&options);
        let program = matches.and_then(|matches| recipe.program(&matches));
        let program = program.unwrap_or_else(|error| panic!("{options:?}: {error}"));
        record(&program, recipe.needs, seed)
    })
}

/// The texts of such a run and their times in milliseconds.
pub fn log_of(name: &str, options: &str, seed: u64) -> Vec<(u128, String)> {
    let (recording, ending) = recorded(name, options, seed);
    assert!(
        matches!(ending, Ending::Done),
        "{name} {options}: {ending:?}"
    );
    recording
        .lines()
        .map(|(t, _, text)| (t.as_millis(), text.to_owned()))
        .collect()
}

/// Whether a program that a test needs besides cargo is there. Where it is not,
/// the test says that it is skipped; in CI, where it must be, it fails.
pub fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        let required = std::env::var_os("CI").is_some();
        assert!(!required, "{program} is missing, and CI needs it");
        writeln!(io::stderr(), "SKIPPED: there is no {program}").expect("stderr");
    }
    there
}

/// So many cases of a property, the same on every run; or as many as
/// `PROPTEST_CASES` says, and other ones each time.
pub fn cases(bounded: u32) -> ProptestConfig {
    let longer = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return longer;
    }
    ProptestConfig {
        cases: bounded,
        rng_seed: RngSeed::Fixed(5),
        ..longer
    }
}

/// Holds each of these to `rule` on two threads, and tells what broke it.
pub fn each<T: Sync>(all: &[T], rule: impl Fn(&T) -> Result<(), String> + Sync) {
    each_on(2, all, rule);
}

/// Likewise on so many threads, for rules that mostly wait.
pub fn each_on<T: Sync>(threads: usize, all: &[T], rule: impl Fn(&T) -> Result<(), String> + Sync) {
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(one) = all.get(next.fetch_add(1, Relaxed)) {
            if let Err(why) = rule(one) {
                broken.lock().expect("no panic").push(why);
            }
        }
    };
    thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let broken = broken.into_inner().expect("no panic");
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

/// Fails a test that would hang.
pub fn within<T: Send + 'static>(bound: Duration, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (answer, result) = channel();
    thread::spawn(move || {
        // Nobody listens any more only where the test has failed already.
        let _ = answer.send(work());
    });
    match result.recv_timeout(bound) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => panic!("the run panicked"),
        Err(RecvTimeoutError::Timeout) => panic!("the run hangs"),
    }
}

/// A text without its place, such as `(debug.rs:159)`: a source line changes with
/// every edit, and differs from one language to another.
pub fn without_place(text: &str) -> String {
    let place = text.split_once(" (").and_then(|(before, rest)| {
        let (place, after) = rest.split_once(") ")?;
        let (_, line) = place.split_once(':')?;
        line.parse::<u32>().ok()?;
        Some(format!("{before} {after}"))
    });
    place.unwrap_or_else(|| text.to_owned())
}
