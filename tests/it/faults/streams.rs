//! Standard streams that are full or closed from the first moment.

use std::fs;

use super::{assert_fails, complaint, in_a_world};
use crate::run::Run;

/// Whatever prints.
const PRINTING: &[&str] = &[
    "lock",
    "lock --clock virtual",
    "lock --clock virtual --where",
    "lock --clock virtual --format json --spans",
    "lock --pace 1",
    "executor --operations A=1ms",
    "subprocess true",
    "shutdown --after 1h",
    "http --clock virtual",
    "tour --walkthrough",
    "list",
    "list --format json",
    "show lock",
    "explain lock",
    "timeline lock",
    "timeline lock --format text",
    "export lock --as json -o -",
    "export lock --as html -o -",
    "check hello -- true",
    "completions bash",
    "man",
    "verify lock",
    "--help",
    "lock --help",
    "--version",
    "",
];

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_closed_output_is_told() {
    for words in PRINTING {
        for redirected in [">/dev/full", ">&-"] {
            let output = in_a_world("", words, redirected);
            assert_fails(&output, "error: cannot write ", words);
        }
    }
    // Where there is no terminal, the player has said so before.
    let told = complaint(&in_a_world("", "play lock", ">/dev/full"));
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: cannot write "), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_said_has_its_exit_code() {
    let codes = [
        ("lock --clock virtual", 0),
        ("lock --workers 0", 2),
        ("lok", 2),
        ("event --notify --late 1 --clock virtual", 3),
        ("export lock -o no-such-folder/x.json", 1),
        ("check hello -- true", 1),
        ("check hello --time-limit 10ms -- sleep 600", 124),
    ];
    for (words, code) in codes {
        for redirected in ["2>&-", "2>/dev/full", "2>&- <&-"] {
            let output = in_a_world("", words, redirected);
            assert_eq!(output.status.code(), Some(code), "{words} {redirected}");
        }
    }
    for words in PRINTING {
        let output = in_a_world("", words, ">&- 2>&- <&-");
        assert_eq!(output.status.code(), Some(1), "{words}");
    }
}

#[test]
fn nobody_needs_an_input() {
    for words in PRINTING {
        // Those take real time, or tell it.
        let takes_time = ["lock", "shutdown --after 1h", "check hello -- true"];
        if takes_time.contains(words) || words.contains("executor") || words.contains("subprocess")
        {
            continue;
        }
        let output = in_a_world("", words, "<&-");
        let expected = Run::of(words).prints();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{words}");
        assert_eq!(complaint(&output), "", "{words}");
    }
    let output = in_a_world("", "subprocess cat", "<&-");
    assert!(output.status.success(), "{}", complaint(&output));
}

/// No file that the program opens takes the place of a closed stream.
#[test]
fn a_file_is_not_mistaken_for_a_closed_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = format!("cd '{}'", folder.path().display());
    let words = "export event --notify --late 1 -o run.json";
    let output = in_a_world(&before, words, ">&- 2>&- <&-");
    assert_eq!(output.status.code(), Some(3));
    let written = fs::read_to_string(folder.path().join("run.json")).expect("a file");
    assert!(written.starts_with("{\"asyncdemo\":2"), "{written}");
    assert!(written.ends_with("]}\n"), "{written}");
}
