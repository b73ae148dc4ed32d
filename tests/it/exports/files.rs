//! What becomes of the file that is exported to.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{export, folder};
use crate::run::{BOUND, asyncdemo, within};

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
