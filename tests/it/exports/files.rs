//! What becomes of the file that is exported to.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{export, folder};
use crate::run::{BOUND, Run, asyncdemo, within};

#[test]
fn a_file_is_replaced_only_by_force_and_nothing_else_is_left() {
    let folder = folder();
    let path = folder.path().join("run.svg");
    fs::write(&path, "precious").expect("a file");
    let told = export("lock", &folder, "run.svg").complains_and_exits(1);
    assert!(
        told.contains("exists already; --force replaces it"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), "precious");
    export("lock --force", &folder, "run.svg").prints();
    assert!(
        fs::read_to_string(&path)
            .expect("the file")
            .ends_with("</svg>\n")
    );
    // A run that fails leaves what was there.
    export(
        "shutdown --clock virtual --force --after 0s",
        &folder,
        "run.svg",
    )
    .output();
    let files = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(files, 1, "no temporary file is left");
}

#[test]
fn an_interrupted_export_leaves_no_file() {
    let folder = folder();
    let (file, marker) = (folder.path().join("run.json"), folder.path().join("begun"));
    let child = asyncdemo("export subprocess -o")
        .arg(&file)
        .arg(format!("touch '{}'; sleep 3605.25", marker.display()))
        .stderr(Stdio::piped())
        .spawn()
        .expect("asyncdemo");
    let output = within(BOUND, move || {
        while !marker.exists() {
            thread::sleep(Duration::from_millis(5));
        }
        kill_process(Pid::from_child(&child), Signal::INT).expect("it is alive");
        child.wait_with_output().expect("an exit status")
    });
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stderr, b"interrupted\n");
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 1, "the marker alone");
}

/// All names in a folder.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    names.sort();
    names
}

#[test]
fn a_replaced_file_keeps_its_permissions_and_owner() {
    let folder = folder();
    let path = folder.path().join("run.json");
    for mode in [0o600, 0o640, 0o755] {
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
        // Only root can give a file away.
        let given = chown(&path, Some(12_345), Some(23_456)).is_ok();
        export("lock --force", &folder, "run.json").prints();
        let meta = fs::metadata(&path).expect("a file");
        assert_eq!(meta.mode() & 0o7777, mode);
        assert!(!given || (meta.uid(), meta.gid()) == (12_345, 23_456));
        let written = fs::read_to_string(&path).expect("a file");
        assert!(written.starts_with("{\"asyncdemo\":2"), "{written}");
        assert!(written.ends_with("]}\n"), "{written}");
        fs::remove_file(&path).expect("a file");
    }
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn a_replaced_file_keeps_its_hard_links() {
    let folder = folder();
    let (path, other) = (folder.path().join("run.svg"), folder.path().join("other"));
    // Longer than what comes, of which nothing may be left behind it.
    fs::write(&path, "x".repeat(1_000_000)).expect("a file");
    fs::hard_link(&path, &other).expect("a link");
    export("lock --force", &folder, "run.svg").prints();
    let written = fs::read_to_string(&other).expect("a file");
    assert!(written.ends_with("</svg>\n"));
    assert!(!written.contains("xxx"));
    assert_eq!(fs::metadata(&path).expect("a file").nlink(), 2);
    assert_eq!(names(&folder), ["other", "run.svg"]);
}

#[test]
fn links_are_followed_only_by_force_and_to_a_file() {
    let folder = folder();
    let link = |name: &str, to: &str| symlink(to, folder.path().join(name)).expect("a link");
    link("dangling.json", "nowhere.json");
    link("circle.json", "circle.json");
    for name in ["dangling.json", "circle.json"] {
        for force in ["", "--force"] {
            // Before a run that would take an hour.
            let words = format!("executor --operations A=1h --clock real {force}");
            let told = export(&words, &folder, name).complains_and_exits(1);
            assert!(told.contains("is a link that leads nowhere"), "{told}");
        }
    }
    fs::write(folder.path().join("file.json"), "old").expect("a file");
    link("link.json", "file.json");
    let told = export("lock", &folder, "link.json").complains_and_exits(1);
    assert!(
        told.contains("exists already; --force replaces it"),
        "{told}"
    );
    export("lock --force", &folder, "link.json").prints();
    let file = folder.path().join("file.json");
    let kind = fs::symlink_metadata(&file).expect("a file").file_type();
    assert!(kind.is_file() && !kind.is_fifo());
    assert!(fs::read_to_string(&file).expect("a file").ends_with("]}\n"));
    let link = fs::symlink_metadata(folder.path().join("link.json"));
    assert!(link.expect("a link").is_symlink());
}

/// Whatever the stream is, and by whatever name.
#[cfg(target_os = "linux")]
#[test]
fn streams_are_no_files_to_replace() {
    let folder = folder();
    for name in [
        "/dev/stdout",
        "/dev/fd/1",
        "/proc/self/fd/1",
        "/dev/stderr",
        "log",
    ] {
        let path = folder.path().join("log");
        fs::write(&path, "precious\n").expect("a file");
        let log = || File::options().append(true).open(&path).expect("a file");
        let mut command = asyncdemo("export lock --as json --force -o");
        command.arg(name).current_dir(folder.path());
        command.stdout(log()).stderr(log());
        let status = within(BOUND, move || command.status().expect("asyncdemo"));
        assert_eq!(status.code(), Some(1), "{name}");
        let told = format!(
            "precious\nerror: '{name}' is no regular file; '-o -' writes to standard output\n"
        );
        assert_eq!(fs::read_to_string(&path).expect("a file"), told);
    }
    for name in ["/dev/null", "/dev/full", "."] {
        let told = Run::of(&format!("export lock --as json --force -o {name}"));
        let told = told.complains_and_exits(1);
        assert!(told.contains("'-o -' writes to standard output"), "{told}");
    }
}

#[test]
fn what_a_killed_program_has_left_is_removed_by_the_next_one() {
    let folder = folder();
    let killed = asyncdemo("export event --clock real --delay 1h -o run.json")
        .current_dir(folder.path())
        .spawn();
    let mut killed = killed.expect("asyncdemo");
    let began = Instant::now();
    while names(&folder).is_empty() {
        assert!(began.elapsed() < BOUND);
        thread::sleep(Duration::from_millis(5));
    }
    let left = names(&folder);
    // One that is in use is not touched, nor is anything that is not ours.
    export("lock", &folder, "other.json").prints();
    assert!(names(&folder).contains(&left[0]));
    kill_process(Pid::from_child(&killed), Signal::KILL).expect("it is alive");
    killed.wait().expect("an end");
    let kept = [
        ".asyncdemo-1-1.tmpx",
        ".asyncdemo-one-1.tmp",
        ".other-1-1.tmp",
    ];
    for name in kept {
        fs::write(folder.path().join(name), "").expect("a file");
    }
    let locked = File::create(folder.path().join(".asyncdemo-1-2.tmp")).expect("a file");
    flock(&locked, FlockOperation::LockExclusive).expect("a lock");
    symlink("other.json", folder.path().join(".asyncdemo-1-3.tmp")).expect("a link");
    fs::create_dir(folder.path().join(".asyncdemo-1-4.tmp")).expect("a folder");
    export("lock --force", &folder, "other.json").prints();
    let mut expected = kept.map(str::to_owned).to_vec();
    expected.extend([2, 3, 4].map(|number| format!(".asyncdemo-1-{number}.tmp")));
    expected.push("other.json".to_owned());
    expected.sort();
    assert_eq!(names(&folder), expected);
}

#[test]
fn manual_pages_replace_nothing_but_manual_pages() {
    let folder = folder();
    let pages = folder.path().join("pages");
    let man = || Run::with(["man", "--dir", pages.to_str().expect("UTF-8")]);
    man().prints();
    man().prints();
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    let page = pages.join("asyncdemo-lock.1");
    fs::remove_file(&page).expect("a page");
    symlink("../victim", &page).expect("a link");
    // Neither this page nor any other one is written.
    let other = pages.join("asyncdemo.1");
    fs::write(&other, ".TH asyncdemo 1\nold\n").expect("a file");
    let told = man().complains_and_exits(1);
    let ends = "asyncdemo-lock.1' is a link; remove it, or choose another directory\n";
    assert!(told.ends_with(ends), "{told}");
    fs::remove_file(&page).expect("a link");
    fs::write(&page, "precious").expect("a file");
    let told = man().complains_and_exits(1);
    assert!(
        told.contains("asyncdemo-lock.1' exists already and is not ours; "),
        "{told}"
    );
    for file in [&victim, &page] {
        assert_eq!(fs::read_to_string(file).expect("a file"), "precious");
    }
    assert_eq!(
        fs::read_to_string(&other).expect("a file"),
        ".TH asyncdemo 1\nold\n"
    );
    fs::remove_file(&page).expect("a file");
    man().prints();
}
