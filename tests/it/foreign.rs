//! Recordings from elsewhere: what a file may cost, how its views end, and
//! that nothing in it runs.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use asyncdemo::output::{svg, timeline, trace};
use asyncdemo::player::Compare;
use asyncdemo::recording::{
    Event, Failure, Kind, LaneRef, Place, Recording, Sink as _, Span, Waker, What, form,
};
use asyncdemo::timeline::Timeline;
use tempfile::TempDir;

use crate::exports::text;
use crate::run::{BINARY, BOUND, recorded, within, without_panic};

/// All that reads a recording, with a place for its name.
pub const READERS: [&[&str]; 9] = [
    &["play", "FILE"],
    &["timeline", "FILE"],
    &["timeline", "FILE", "--format", "text"],
    &["export", "FILE", "-o", "-", "--as", "json"],
    &["export", "FILE", "-o", "-", "--as", "cast"],
    &["export", "FILE", "-o", "-", "--as", "trace"],
    &["export", "FILE", "-o", "-", "--as", "svg"],
    &["export", "FILE", "-o", "-", "--as", "html"],
    &["check", "--against", "FILE", "--", "true"],
];

/// Runs a reader on a file, with so much memory in kilobytes.
pub fn reads(reader: &[&str], file: &Path, more: &[&str]) -> Output {
    let words = reader.iter().map(|word| match *word {
        "FILE" => file.as_os_str(),
        word => OsStr::new(word),
    });
    let at = reader.iter().position(|word| *word == "FILE");
    let mut words: Vec<OsString> = words.map(OsStr::to_owned).collect();
    let at = at.expect("a place for the file") + 1;
    words.splice(at..at, more.iter().map(OsString::from));
    let mut command = Command::new("sh");
    let script = "ulimit -v \"$0\"; exec timeout -s KILL 30 \"$@\" </dev/null";
    command.args(["-c", script, MEMORY, BINARY]).args(words);
    without_panic(command.output().expect("asyncdemo"))
}

/// A fourth of what five million lanes took.
const MEMORY: &str = "1000000";

fn complains(reader: &[&str], file: &Path, more: &[&str], complaint: &str) {
    let output = reads(reader, file, more);
    let told = String::from_utf8_lossy(&output.stderr);
    let refused = if reader[0] == "check" { 2 } else { 1 };
    assert_eq!(output.status.code(), Some(refused), "{reader:?}: {told}");
    assert!(told.contains(complaint), "{reader:?}: {told}");
    assert_eq!(told.lines().count(), 1, "{reader:?}: {told}");
    assert!(output.stdout.is_empty(), "{reader:?}");
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: impl AsRef<OsStr>, text: &str) -> PathBuf {
        let path = self.0.path().join(name.as_ref());
        fs::write(&path, text).expect("a file");
        path
    }
}

#[test]
fn only_regular_files_are_read() {
    let folder = Folder::new();
    let pipe = folder.0.path().join("pipe.json");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    for reader in READERS {
        for file in [
            &pipe,
            Path::new("/dev/zero"),
            Path::new("/dev/null"),
            folder.0.path(),
        ] {
            complains(reader, file, &[], "it is no regular file");
        }
    }
}

#[test]
fn a_large_file_is_refused_until_it_is_asked_for() {
    let folder = Folder::new();
    let (run, _) = recorded("lock", "", 5);
    let run = folder.file("run.json", &form::write(&run).expect("JSON"));
    for reader in READERS {
        complains(
            reader,
            &run,
            &["--max-size", "1KiB"],
            "it is larger than 1KiB; --max-size",
        );
        let read = reads(reader, &run, &["--max-size", "1MiB"]);
        // 'true' does not say what was recorded.
        let code = i32::from(reader[0] == "check");
        assert_eq!(read.status.code(), Some(code), "{reader:?}");
    }
    let output = reads(READERS[1], &run, &["--max-size", "1.5MiB"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn millions_of_lanes_and_deep_nesting_are_refused() {
    let folder = Folder::new();
    let head =
        r#"{"asyncdemo":2,"recipe":"lock","options":[],"seed":5,"clock":"virtual","start":0,"#;
    let lanes = "\"\",".repeat(4_999_999);
    let lanes = format!("{head}\"ending\":null,\"lanes\":[{lanes}\"\"],\"events\":[]}}");
    let lanes = folder.file("lanes.json", &lanes);
    let empty = "{},".repeat(5_000_000);
    let empty = format!("{head}\"ending\":null,\"lanes\":[],\"events\":[{empty}{{}}]}}");
    let empty = folder.file("empty.json", &empty);
    let deep = format!(
        "{head}\"ending\":null,\"lanes\":[],\"events\":{}",
        "[".repeat(1_000_000)
    );
    let deep = folder.file("deep.json", &deep);
    for reader in [READERS[0], READERS[1], READERS[5], READERS[8]] {
        complains(
            reader,
            &lanes,
            &[],
            "it has 5000000 lanes and 0 events, more than 2097152",
        );
        complains(
            reader,
            &empty,
            &[],
            "event 1: it is neither a line nor an event",
        );
        complains(reader, &deep, &[], "it is damaged: ");
    }
}

/// A lane with bars that end in the order in which they began.
fn overlapping(count: u32, name: impl Fn(u32) -> String) -> Recording {
    let mut recording = Recording::default();
    for wait in 0..count {
        let kind = Kind::Begin {
            wait,
            span: if wait % 2 == 0 {
                Span::Sleeping
            } else {
                Span::Resource
            },
            what: What::Named(&*name(wait)),
            op: "acquire",
        };
        add(&mut recording, wait.into(), 0, kind);
    }
    for wait in 0..count {
        let (done, by) = (true, Waker::Lane(0));
        let kind = Kind::Over { wait, done, by };
        add(&mut recording, (count + wait).into(), 0, kind);
    }
    recording
}

fn add(recording: &mut Recording, t: u64, id: u32, kind: Kind<&str>) {
    let event = Event {
        t: Duration::from_micros(t),
        lane: Some(LaneRef { id, name: "lane" }),
        at: Place {
            file: "a.rs",
            line: 1,
        },
        kind,
    };
    recording.event(&event).expect("it only keeps it");
}

/// What takes quadratic time takes minutes here; what does not takes a second.
#[test]
fn a_hundred_thousand_of_anything_are_shown_in_time() {
    const MANY: u32 = 100_000;
    type View = fn(&Recording, timeline::Drawing) -> usize;
    let spoken = || {
        let mut recording = Recording::default();
        for id in 0..MANY {
            let said = format!("line {id}");
            add(
                &mut recording,
                id.into(),
                id,
                Kind::Line {
                    icon: "",
                    text: &said,
                },
            );
        }
        recording
    };
    let drawing = timeline::Drawing {
        width: 100,
        unicode: true,
        color: false,
    };
    let picture: View = |it, drawing| timeline::picture(it, drawing).len();
    let trace: View = |it, _| text(|out| trace::write(it, out)).len();
    let svg: View = |it, _| text(|out| svg::write(it, out)).len();
    let side_by_side: View = |it, _| {
        let timeline = Arc::new(Timeline::new(it.clone()));
        let both = Compare::new(Arc::clone(&timeline), timeline, String::new());
        1 + both.differences()
    };
    let bars = Arc::new(overlapping(MANY, |nth| format!("job {nth}")));
    let lanes = Arc::new(spoken());
    for (recording, view) in [
        (&bars, picture),
        (&bars, trace),
        (&bars, side_by_side),
        (&lanes, svg),
        (&lanes, side_by_side),
    ] {
        let recording = Arc::clone(recording);
        assert!(within(BOUND, move || view(&recording, drawing)) > 0);
    }
}

#[test]
fn a_view_of_a_file_ends_like_its_run() {
    let folder = Folder::new();
    for (failure, code) in [
        (Failure::Deadlock("A waits for B".to_owned()), 3),
        (Failure::Error("no such thing".to_owned()), 1),
        (Failure::Interrupted, 1),
    ] {
        let (mut run, _) = recorded("lock", "", 5);
        let said = failure.to_string();
        run.ending = Some(failure);
        let file = folder.file("run.json", &form::write(&run).expect("JSON"));
        for reader in READERS.iter().filter(|reader| reader[0] != "check") {
            let output = reads(reader, &file, &[]);
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{reader:?}: {told}");
            assert_eq!(told.lines().last(), Some(said.as_str()), "{reader:?}");
            // A file that is written says it, too.
            let shown = String::from_utf8_lossy(&output.stdout);
            assert!(
                reader[0] != "export" || shown.contains(&said),
                "{reader:?}: {shown}"
            );
        }
    }
}

#[test]
fn a_name_need_not_be_utf_8() {
    let folder = Folder::new();
    let (run, _) = recorded("lock", "", 5);
    let name = OsStr::from_bytes(b"bad\xff.json");
    let file = folder.file(name, &form::write(&run).expect("JSON"));
    for reader in READERS {
        let output = reads(reader, &file, &[]);
        let code = i32::from(reader[0] == "check");
        assert_eq!(output.status.code(), Some(code), "{reader:?}: {output:?}");
    }
    let copy = folder.0.path().join(OsStr::from_bytes(b"\xfe.json"));
    let mut export = Command::new(BINARY);
    let export = export
        .arg("export")
        .arg(&file)
        .arg("-o")
        .arg(&copy)
        .status();
    assert!(export.expect("asyncdemo").success());
    assert_eq!(
        fs::read(&copy).expect("a copy"),
        fs::read(&file).expect("a recording")
    );
    // What is not there is refused as such, and an option's value as ever.
    let nothing = folder.0.path().join(OsStr::from_bytes(b"\xfd.json"));
    complains(READERS[1], &nothing, &[], "No such file");
    let mut timeline = Command::new(BINARY);
    let timeline = timeline
        .args(["timeline", "subprocess"])
        .arg(OsStr::from_bytes(b"\xff"));
    assert_eq!(timeline.output().expect("asyncdemo").status.code(), Some(2));
}
