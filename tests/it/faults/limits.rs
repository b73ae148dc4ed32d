//! Few file descriptors, little memory, no threads.

use std::thread;

use asyncdemo::demos::RECIPES;

use super::{assert_fails, complaint, in_a_world};

/// Every recipe as it is by itself; those that take more of the system than
/// time, on the real clock.
fn recipes() -> Vec<String> {
    let real = ["executor", "thread-bridge", "http", "debug", "subprocess"];
    let of = |name: &str| match name {
        "shutdown" => "shutdown --after 100ms".to_owned(),
        name if real.contains(&name) => name.to_owned(),
        name => format!("{name} --clock virtual"),
    };
    RECIPES.iter().map(|recipe| of(&recipe.name)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn every_recipe_runs_within_narrow_limits() {
    thread::scope(|scope| {
        for limit in ["ulimit -n 32", "ulimit -v 65536"] {
            scope.spawn(move || {
                for words in recipes() {
                    let output = in_a_world(limit, &words, "");
                    let told = complaint(&output);
                    assert_eq!(output.status.code(), Some(0), "{limit}, {words}: {told}");
                    assert_eq!(told, "", "{limit}, {words}");
                }
            });
        }
    });
}

#[test]
fn too_few_file_descriptors_are_told() {
    let hungry = [
        "http --clock virtual",
        "subprocess true",
        "shutdown --after 0s --cleanup 0s",
        "executor --operations A=1ms",
        "check hello -- true",
    ];
    let others = ["lock --clock virtual", "list", "timeline lock"];
    let mut refused = 0;
    for words in hungry.into_iter().chain(others) {
        for most in 4..20 {
            let output = in_a_world(&format!("ulimit -n {most}"), words, "");
            // `check` is content with a program that says something else.
            if output.status.success() || complaint(&output).starts_with("different: ") {
                continue;
            }
            assert_fails(&output, "error: cannot ", &format!("{words}, {most}"));
            refused += 1;
        }
    }
    assert!(refused > hungry.len(), "only {refused} runs were refused");
}

/// Between too little memory to begin with and enough of it, there is a thread
/// that cannot be started. Where an allocation fails, the program ends at once.
#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_for_a_thread_is_told() {
    let mut refused = 0;
    for kib in (6000..40_000).step_by(1000) {
        let limit = format!("ulimit -c 0; ulimit -v {kib}");
        let output = in_a_world(&limit, "executor --operations A=1ms --clock virtual", "");
        match output.status.code() {
            None | Some(0 | 127) => {}
            _ => {
                assert_fails(&output, "error: cannot start a thread: ", &limit);
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "no run was refused");
}

#[cfg(target_os = "linux")]
#[test]
fn a_checked_program_may_say_any_amount() {
    let output = in_a_world(
        // Address space, of which each thread reserves more than it uses.
        "ulimit -v 786432",
        "check hello -- head -c 1000000000 /dev/zero",
        "",
    );
    assert_eq!(output.status.code(), Some(1));
    let told = complaint(&output);
    assert!(told.starts_with("different: 0 of 2 lines"), "{told}");
}
