//! Faults of the world around the program: disks that are full, streams that
//! are closed, readers that go or stall, terminals that vanish, limits.

mod disk;
mod environment;
mod inherited;
mod limits;
mod readers;
mod signals;
mod streams;
mod terminal;

use std::process::Output;

use crate::run::{BINARY, Run};

/// What becomes of `asyncdemo` with these words where a shell has prepared the
/// world `before`, and redirected its streams.
fn in_a_world(before: &str, words: &str, redirected: &str) -> Output {
    let script = format!("{before}\nexec \"$0\" \"$@\" {redirected}");
    let shell = ["-c", &script, BINARY];
    Run::by("sh", shell.into_iter().chain(words.split_whitespace())).output()
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
