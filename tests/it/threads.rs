//! The chapter on threads and the loop: what a transcript cannot say.

use std::fs;

use crate::run::Run;

fn texts(words: &str) -> Vec<String> {
    let lines = Run::of(words).on_the_virtual_clock().lines();
    lines.into_iter().map(|line| line.text).collect()
}

/// A warning of `debug` names the line that made what it warns of.
#[test]
fn a_warning_names_the_line_at_fault() {
    let source = fs::read_to_string("demos/debug.rs").expect("the recipe");
    let told = texts("debug");
    for (call, fault) in [
        ("watch.spawn(\"Report\"", "took 0.200 seconds"),
        ("watch.future(\"Request\"", "was never awaited"),
        ("watch.spawn(\"Backup\"", "was never joined"),
    ] {
        let at = |line: &str| line.contains(call) && !line.contains("Missing");
        let line = source.lines().position(at).expect(call) + 1;
        let name = call.split('"').nth(1).expect(call);
        let warning = format!("{name} (debug.rs:{line}) {fault}");
        let found = told.iter().any(|text| text.starts_with(&warning));
        assert!(found, "{warning}: {told:#?}");
    }
    let silent = texts("debug --silent");
    assert!(silent.iter().all(|text| !text.contains("debug.rs")));
    assert_eq!(silent.len(), told.len() - 3, "{silent:#?}");
}

/// `select!` polls all its futures when one of them is woken: a sleep that took
/// its second poll for its end would be over with the other.
#[test]
fn a_sleep_on_ones_own_loop_can_be_raced() {
    let told = texts("event-loop --delays 100ms,300ms --limit 200ms");
    let ended: Vec<_> = told
        .iter()
        .filter(|text| text.starts_with("Task"))
        .collect();
    assert_eq!(ended, ["Task 0.1 done", "Task 0.3 gave up"]);
}

/// In a busy loop some task is always ready.
#[test]
fn the_loop_without_timers_never_sleeps() {
    let told = texts("event-loop --no-heap");
    assert!(told.len() > 20, "{told:#?}");
    assert!(told.iter().all(|text| !text.starts_with("Ready: 0")));
}
