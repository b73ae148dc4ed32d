//! Faults of the world around the program: disks that are full, streams that
//! are closed, readers that go or stall, terminals that vanish, limits.

mod disk;
mod environment;
mod limits;
mod readers;
mod streams;
mod terminal;

use std::process::Output;
use std::time::Duration;

use assert_cmd::Command as Bounded;

use crate::run::without_panic;

/// Nothing here takes longer, on a busy machine too.
const SOON: Duration = Duration::from_secs(20);

const BINARY: &str = env!("CARGO_BIN_EXE_asyncdemo");

/// What becomes of `asyncdemo` with these words where a shell has prepared the
/// world `before`, and redirected its streams.
fn in_a_world(before: &str, words: &str, redirected: &str) -> Output {
    let script = format!("{before}\nexec \"$0\" \"$@\" {redirected}");
    let mut shell = Bounded::new("sh");
    shell.args(["-c", &script, BINARY]);
    shell.args(words.split_whitespace()).timeout(SOON);
    without_panic(shell.output().expect("a shell"))
}

/// What was said on standard error.
fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Demands exit code 1 and one line that begins like that.
#[track_caller]
fn assert_fails(output: &Output, begins: &str, what: &str) {
    let told = complaint(output);
    assert_eq!(output.status.code(), Some(1), "{what}: {told}");
    assert_eq!(told.lines().count(), 1, "{what}: {told}");
    assert!(told.starts_with(begins), "{what}: {told}");
}
