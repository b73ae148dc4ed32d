//! Folders that are missing or read-only, and disks that are full.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use assert_cmd::Command as Bounded;

use super::{assert_fails, complaint, in_a_world};
use crate::run::{BINARY, BOUND, Run};

/// All files in a folder, with what is in them.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let files = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let bytes = fs::read(entry.path()).expect("a file");
        (entry.file_name().to_string_lossy().into_owned(), bytes)
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

/// None of them can be written to, not by root either.
#[cfg(target_os = "linux")]
const FOLDERS: [(&str, &str); 3] = [
    ("Cargo.toml", "Not a directory"),
    ("/proc", "No such file or directory"),
    ("/sys", ""), // It depends on who asks.
];

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    for (folder, why) in FOLDERS.iter().chain(&[("no-such-folder", "No such file")]) {
        let file = format!("{folder}/run.svg");
        // Before a run that would take an hour.
        let words = format!("export executor --operations A=1h --clock real -o {file}");
        let told = Run::of(&words).complains_and_exits(1);
        let begins = format!("error: cannot write '{file}': {why}");
        assert!(told.starts_with(&begins), "{told}");
    }
    for (folder, why) in FOLDERS {
        let pages = format!("{folder}/man/pages");
        let told = Run::of(&format!("man --dir {pages}")).complains_and_exits(1);
        let begins = format!("error: cannot make '{pages}': {why}");
        assert!(told.starts_with(&begins), "{told}");
    }
}

/// As large as a file may be: nothing, and a block.
const LIMITS: [&str; 2] = ["ulimit -f 0", "ulimit -f 1"];

#[test]
fn a_full_disk_takes_nothing_away() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("old.html"), "precious").expect("a file");
    // Pages of ours are replaced, if they can be.
    let page = ".TH asyncdemo 1\nprecious\n";
    fs::write(folder.path().join("asyncdemo.1"), page).expect("a file");
    fs::write(folder.path().join("linked.html"), "precious").expect("a file");
    fs::hard_link(
        folder.path().join("linked.html"),
        folder.path().join("other.html"),
    )
    .expect("a link");
    let precious = files(folder.path());
    for limit in LIMITS {
        for ignored in ["", "trap '' XFSZ;"] {
            let before = format!("cd '{}'; {ignored} {limit}", folder.path().display());
            for (words, file) in [
                ("export lock -o new.html", "new.html"),
                ("export lock -o old.html --force", "old.html"),
                ("export lock -o linked.html --force", "linked.html"),
                ("man --dir .", "asyncdemo.1"),
            ] {
                let output = in_a_world(&before, words, "");
                assert_fails(&output, "error: cannot write '", words);
                let ends = format!("{file}': File too large (os error 27)\n");
                let told = complaint(&output);
                assert!(told.ends_with(&ends), "{words}: {told}");
            }
        }
    }
    assert_eq!(files(folder.path()), precious);
}

#[test]
fn a_log_in_a_file_that_may_not_grow_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = format!("cd '{}'; ulimit -f 1", folder.path().display());
    for words in ["lock --clock virtual --iterations 100", "list", "man"] {
        let output = in_a_world(&before, words, ">log");
        assert_fails(&output, "error: cannot write ", words);
        let written = fs::metadata(folder.path().join("log")).expect("a file");
        assert!(written.len() <= 1024, "{words}: {written:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_space_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mount -t tmpfs -o size=8k none \"$1\" && cd \"$1\" || exit 77
        echo precious >old.html
        \"$0\" export lock -o new.html; \"$0\" export lock -o old.html --force; \"$0\" man --dir pages
        ls -A . pages >&2; cat old.html >&2";
    let output = Bounded::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, BINARY])
        .arg(folder.path())
        .timeout(BOUND)
        .output();
    let Some(output) = output
        .ok()
        .filter(|output| ![Some(1), Some(77)].contains(&output.status.code()))
    else {
        let skipped = "SKIPPED: this system lets nobody mount a disk";
        writeln!(io::stderr(), "{skipped}").expect("stderr");
        return;
    };
    let told = complaint(&output);
    let lines: Vec<_> = told.lines().collect();
    for (line, file) in lines.iter().zip(["new.html", "old.html", "asyncdemo.1"]) {
        let ends = format!("{file}': No space left on device (os error 28)");
        assert!(
            line.starts_with("error: cannot write '") && line.ends_with(&ends),
            "{told}"
        );
    }
    let left = ["old.html", "pages", "", "pages:", "precious"];
    assert_eq!(lines[4..], left, "{told}");
}
