//! The chapter on threads and the loop: what a transcript cannot say.

use crate::run::Run;

fn texts(words: &str) -> Vec<String> {
    let lines = Run::of(words).on_the_virtual_clock().lines();
    lines.into_iter().map(|line| line.text).collect()
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
