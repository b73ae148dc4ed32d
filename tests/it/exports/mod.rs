//! Views of a recording: the timeline as text, and every format of `export`.

mod cast;
mod files;
mod html;
mod json;
mod samples;
mod svg;
mod timeline;
mod trace;

use std::fs;

use asyncdemo::demos::RECIPES;
use asyncdemo::recording::{Failure, form};
use asyncdemo::timeline::Timeline;
use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Run, recipe, recorded};
pub use samples::{HOSTILE, all_views, recordings, text};

const FORMATS: [&str; 5] = ["json", "cast", "trace.json", "svg", "html"];

/// The folder of a test.
fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// `asyncdemo export`, in words, with a file of that name in a folder.
fn export(words: &str, folder: &TempDir, file: &str) -> Run {
    let path = folder.path().join(file);
    let path = path.to_str().expect("UTF-8").to_owned();
    let words = words.split_whitespace().chain(["-o", &path]);
    Run::with(["export"].into_iter().chain(words))
}

/// Text as the pictures show it.
fn plain(text: &str) -> String {
    let spaced = text.replace(char::is_whitespace, " ");
    spaced.replace(
        |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(letter, '\u{fffe}' | '\u{ffff}')
        },
        "",
    )
}

/// The rows of a cast or a trace, which are JSON each.
fn json_lines(text: &str) -> Vec<Value> {
    let rows = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    rows.collect()
}

#[test]
fn every_recipe_exports_to_every_format() {
    let folder = folder();
    for recipe in RECIPES.iter() {
        let document = format!("{}.json", recipe.name);
        export(&recipe.name, &folder, &document).prints();
        let path = folder.path().join(&document);
        let text = fs::read_to_string(&path).expect("a recording");
        let recording = form::read(&text).expect(&recipe.name);
        assert_eq!(recording.spec.recipe, recipe.name);
        assert!(
            recording.lines().count() > 0,
            "{} says nothing",
            recipe.name
        );
        for bar in Timeline::new(&recording).all_bars() {
            assert!(bar.from <= bar.to, "{}", recipe.name);
        }
        let path = path.to_str().expect("UTF-8");
        for format in &FORMATS[1..] {
            let file = format!("{}.{format}", recipe.name);
            let complaint = export(path, &folder, &file).output().stderr;
            assert!(complaint.is_empty(), "{file}");
            assert!(folder.path().join(file).exists());
        }
        let picture = Run::with(["timeline", path]).prints();
        for (_, _, text) in recording.lines() {
            assert!(picture.contains(&plain(text)), "{text}\n{picture}");
        }
    }
}

#[test]
fn a_view_of_a_file_is_that_of_the_run() {
    let folder = folder();
    export("lock --walkthrough --no-lock", &folder, "run.json").prints();
    let path = folder.path().join("run.json");
    let path = path.to_str().expect("UTF-8");
    for format in ["json", "cast", "trace", "svg", "html"] {
        let words = ["--as", format, "-o", "-"];
        let of_file = Run::with(["export", path].into_iter().chain(words)).prints();
        let run = ["export", "lock", "--walkthrough", "--no-lock"];
        assert_eq!(
            Run::with(run.into_iter().chain(words)).prints(),
            of_file,
            "{format}"
        );
    }
    let of_file = Run::with(["timeline", path]).prints();
    assert_eq!(
        Run::of("timeline lock --walkthrough --no-lock").prints(),
        of_file
    );
    assert!(of_file.starts_with("lock --work 16ms --no-lock  (seed 5, virtual clock)\n"));
}

#[test]
fn a_run_that_deadlocks_is_shown_all_the_same() {
    let folder = folder();
    let told = export("event --notify", &folder, "run.json").complains_and_exits(3);
    let report = told
        .trim_end()
        .strip_prefix("deadlock: ")
        .expect(&told)
        .to_owned();
    // Who waits, at which line, for what, and why nothing ends that.
    let line = |text: &str| {
        let source = recipe("event").source;
        // The page above it has a program of its own.
        let program = source.find("pub async fn main").expect("a program");
        let at = program + source[program..].find(text).expect(text);
        1 + source[..at].matches('\n').count()
    };
    let (waits, notifies) = (
        line("event.signal.notified().await"),
        line("self.signal.notify_waiters()"),
    );
    let expected = format!(
        "Waiter-4 waits at demos/event.rs:{waits} to be notified by signal; likely cause: signal was \
         last notified at demos/event.rs:{notifies} by Signaler, before this wait began"
    );
    assert_eq!(report, expected);
    let text = fs::read_to_string(folder.path().join("run.json")).expect("it is written");
    let ending = form::read(&text).expect(&text).ending;
    assert_eq!(ending, Some(Failure::Deadlock(report)));
}

#[test]
fn a_recording_tells_what_was_typed() {
    for (recipe, typed, kept) in [
        (
            "hello",
            &["--pause=0s", "--seed=9"][..],
            r#"["--pause","0s"]"#,
        ),
        ("subprocess", &["echo hi"], r#"["echo hi"]"#),
        ("subprocess", &["--", "-x"], r#"["--","-x"]"#),
    ] {
        let words = ["export", recipe, "-o", "-", "--as", "json"];
        let text = Run::with([&words, typed].concat()).prints();
        assert!(text.contains(&format!(r#""options":{kept},"#)), "{text}");
    }
}

/// What is typed after `export`, and a part of what is said about it.
const BAD_INPUT: &[(&str, i32, &str)] = &[
    (
        "lock",
        2,
        "required arguments were not provided: --output <FILE>",
    ),
    (
        "lock -o run.txt",
        2,
        "'run.txt' for '--output <FILE>': its ending must be .json, .cast,",
    ),
    (
        "lock -o -",
        2,
        "'--output -' needs '--as <FORMAT>': json, cast, trace, svg or html",
    ),
    (
        "lock -o - --as gif",
        2,
        "'gif' for '--as <FORMAT>'; [possible values: json, cast, trace",
    ),
    (
        "lock -o - --as svg --cast-version 3",
        2,
        "'--cast-version' is for casts alone",
    ),
    (
        "lock -o - --as cast --cast-version 4",
        2,
        "'4' for '--cast-version <VERSION>'",
    ),
    (
        "lock --limit 2 -o x.svg",
        2,
        "unexpected argument '--limit' found",
    ),
    (
        "lock --workers 0 -o x.svg",
        2,
        "'0' for '--workers <COUNT>': expected a whole number",
    ),
    ("lokc -o x.svg", 2, "unrecognized subcommand 'lokc'"),
    ("subprocess --clock virtual -o x.svg", 2, "keeps real time"),
    ("gather --walkthrough -o x.svg", 2, "has no published log"),
    (
        "lock --walkthrough --clock real -o x.svg",
        2,
        "needs the virtual clock",
    ),
    (
        "none.json -o x.svg",
        1,
        "cannot read 'none.json': No such file",
    ),
    (
        "Cargo.toml -o - --as svg",
        1,
        "cannot read 'Cargo.toml': it is no recording",
    ),
    (
        "Cargo.toml --limit 2 -o x.svg",
        2,
        "unexpected argument '--limit' found",
    ),
    ("lock -o nowhere/x.svg", 1, "cannot write 'nowhere/x.svg': "),
    (
        "lock -o /dev/null --as svg",
        1,
        "'/dev/null' is no regular file; '-o -' writes to",
    ),
    (
        "lock -o Cargo.toml --as svg",
        1,
        "'Cargo.toml' exists already; --force replaces it",
    ),
];

#[test]
fn bad_input_gets_one_line() {
    for (words, code, complaint) in BAD_INPUT {
        let told = Run::of(&format!("export {words}")).complains_and_exits(*code);
        assert!(told.contains(complaint), "{words}: {told}");
    }
    let told = Run::of("timeline").complains_and_exits(2);
    assert!(told.contains("requires a subcommand"), "{told}");
    let told = Run::of("timeline lock --width 5").complains_and_exits(2);
    assert!(told.contains("'5' for '--width <COLUMNS>'"), "{told}");
}

#[test]
fn a_long_run_does_not_break_a_view() {
    let (recording, _) = recorded("lock", "--workers 3 --iterations 2000 --work 1ms", 1);
    for view in all_views(&recording) {
        assert!(view.len() > 10_000);
    }
}
