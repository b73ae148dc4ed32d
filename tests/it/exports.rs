//! Views of a recording: the timeline as text, and every format of `export`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use assert_cmd::Command as Bounded;
use asyncdemo::demos::RECIPES;
use asyncdemo::output::timeline::Drawing;
use asyncdemo::output::{cast, html, svg, timeline, trace};
use asyncdemo::recording::bars::bars;
use asyncdemo::recording::{
    Event, Header, Kind, LaneRef, Phase, Place, Recording, Sink as _, Span, form,
};
use proptest::prelude::*;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::run::{BOUND, Run, asyncdemo, cases, recipe, recorded, within};

const FORMATS: [&str; 5] = ["json", "cast", "trace.json", "svg", "html"];

/// Names that break what is not written with care.
const HOSTILE: &[&str] = &[
    "",
    "plain",
    "a<b>&\"c'd</text></script><!--]]>",
    "\u{202e}שלום\u{202c}",
    "👩‍👩‍👧 семья",
    "bell\u{7} escape\u{1b}[2J\0\u{fffe}",
    "line\r\nbreak\ttab",
    "{title}{style}",
    "a name that is far too long for any gutter that a picture could have for it",
];

/// A recording with all that may be in one.
pub fn recordings() -> impl Strategy<Value = Recording> {
    let text = || {
        prop_oneof![
            prop::sample::select(HOSTILE).prop_map(str::to_owned),
            any::<String>()
        ]
    };
    let lanes = prop::collection::vec(text(), 0..6);
    let gap = prop_oneof![Just(0), 0_u64..5, 0_u64..100_000_000_000];
    let event = (gap, 0_usize..7, 0_u8..5, text(), any::<u16>());
    let events = prop::collection::vec(event, 0..40);
    let header = (text(), prop::collection::vec(text(), 0..3), any::<u64>());
    (
        lanes,
        events,
        header,
        0_u64..86_400_000_000,
        prop::option::of(text()),
    )
        .prop_map(|(lanes, events, (recipe, options, seed), start, ending)| {
            let mut recording = Recording::default();
            recording.header = Header {
                recipe,
                options,
                seed,
                clock: "virtual".to_owned(),
            };
            recording.start = Duration::from_micros(start);
            recording.ending = ending;
            let mut t = Duration::ZERO;
            for (gap, lane, kind, text, line) in events {
                t += Duration::from_nanos(gap);
                let lane = lane
                    .checked_sub(1)
                    .and_then(|id| Some((id, lanes.get(id)?)));
                let event = Event {
                    t,
                    lane: lane.map(|(id, name)| LaneRef {
                        id: u32::try_from(id).expect("a few"),
                        name,
                    }),
                    at: Place {
                        file: "demos/lock.rs",
                        line: line.into(),
                    },
                    kind: match kind {
                        0 => Kind::Line {
                            icon: if line % 4 == 0 { &text } else { "🔒" },
                            text: &text,
                        },
                        kind => Kind::Bar {
                            span: if kind % 2 == 0 {
                                Span::Wait
                            } else {
                                Span::Work
                            },
                            phase: if kind < 3 { Phase::Begin } else { Phase::End },
                            what: if text.len() % 2 == 0 {
                                "the same"
                            } else {
                                &text
                            },
                        },
                    },
                };
                recording.event(&event).expect("it only keeps them");
            }
            recording
        })
}

/// Every view of a recording; none of them may panic.
pub fn all_views(recording: &Recording) -> Vec<String> {
    let drawing = timeline::Drawing {
        width: 20,
        unicode: false,
        color: true,
    };
    vec![
        form::write(recording).expect("JSON"),
        cast::write(recording, cast::Version::Two, true, true).expect("a string"),
        cast::write(recording, cast::Version::Three, false, false).expect("a string"),
        trace::write(recording),
        svg::write(recording),
        html::write(recording, Some(recipe("lock"))).expect("JSON"),
        timeline::picture(recording, drawing),
        timeline::sentences(recording),
    ]
}

/// Text as the pictures show it.
fn plain(text: &str) -> String {
    let spaced = text.replace(char::is_whitespace, " ");
    spaced.replace(
        |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}'),
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

/// The events of a trace.
fn trace_of(recording: &Recording) -> Vec<Value> {
    let mut trace: Value = serde_json::from_str(&trace::write(recording)).expect("JSON");
    match trace["traceEvents"].take() {
        Value::Array(events) => events,
        other => panic!("{other}"),
    }
}

fn whole(event: &Value, field: &str) -> u64 {
    event[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {event}"))
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_recording_reads_back_as_it_was(recording in recordings()) {
        let text = form::write(&recording).expect("JSON");
        let again = form::read(&text).expect(&text);
        prop_assert_eq!(&again, &recording);
        prop_assert_eq!(form::write(&again).expect("JSON"), text);
    }

    #[test]
    fn a_damaged_recording_is_refused_or_read_but_never_panics(
        recording in recordings(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..8),
    ) {
        let mut bytes = form::write(&recording).expect("JSON").into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"\"{}[]:,0-9e.tnull"[usize::from(byte) % 17]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(8)), // More than the other edits take.
            }
        }
        match form::read(&String::from_utf8_lossy(&bytes)) {
            Ok(recording) => drop(all_views(&recording)),
            Err(why) => prop_assert_eq!(why.to_string().lines().count(), 1, "{}", why),
        }
    }

    #[test]
    fn a_picture_is_xml_whatever_the_lanes_are_called(recording in recordings()) {
        let svg = svg::write(&recording);
        let document = roxmltree::Document::parse(&svg).expect(&svg);
        let texts: BTreeSet<String> = document
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .filter_map(|node| node.children().rfind(roxmltree::Node::is_text))
            .filter_map(|node| Some(node.text()?.to_owned()))
            .collect();
        for (_, _, text) in recording.lines().filter(|(_, _, text)| !plain(text).is_empty()) {
            prop_assert!(texts.contains(&plain(text)), "{text:?} in {texts:?}");
        }
        for lane in recording.lanes().iter().map(|lane| plain(lane)) {
            let short = lane.len() < 25;
            prop_assert!(!short || lane.is_empty() || texts.contains(&lane), "{lane:?}");
        }
        let scripts = document.descendants().any(|node| node.has_tag_name("script"));
        prop_assert!(!scripts && !svg.contains("href"));
    }

    #[test]
    fn a_page_is_not_broken_out_of(recording in recordings()) {
        let page = html::write(&recording, None).expect("JSON");
        prop_assert_eq!(page.matches("<script").count(), 2);
        prop_assert_eq!(page.matches("</script>").count(), 2);
        let data = page.split("id=\"recording\">").nth(1).and_then(|rest| rest.split("</script>").next());
        let again = form::read(data.expect("the recording")).expect("as it was");
        prop_assert_eq!(again, recording);
    }

    #[test]
    fn a_cast_keeps_to_the_rules(recording in recordings()) {
        let two = json_lines(&cast::write(&recording, cast::Version::Two, true, true).expect("a string"));
        let three = json_lines(&cast::write(&recording, cast::Version::Three, true, true).expect("a string"));
        prop_assert_eq!((&two[0]["version"], &three[0]["version"]), (&2.into(), &3.into()));
        prop_assert!(two[0]["width"].as_u64() >= Some(80) && two[0]["height"].as_u64() > Some(0));
        prop_assert!(three[0]["term"]["cols"].as_u64() >= Some(80));
        prop_assert_eq!(two.len(), three.len());
        prop_assert_eq!(two.len(), 1 + 2 * recording.lines().count());
        let (mut before, mut sum) = (0.0, 0.0);
        for (two, three) in two[1..].iter().zip(&three[1..]) {
            let (t, gap) = (two[0].as_f64().expect("a time"), three[0].as_f64().expect("a time"));
            prop_assert!(t >= before && gap >= 0.0);
            sum += gap;
            prop_assert!((sum - t).abs() < 1e-6, "no drift: {sum} {t}");
            prop_assert!(two[1] == "o" || two[1] == "m", "{two}");
            prop_assert_eq!((&two[1], &two[2]), (&three[1], &three[2]));
            before = t;
        }
    }

    #[test]
    fn a_trace_keeps_to_the_rules(recording in recordings()) {
        let events = trace_of(&recording);
        let (mut before, mut open, mut named) = (0, BTreeMap::new(), BTreeSet::new());
        let mut nested: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for event in &events {
            let phase = event["ph"].as_str().expect("a phase");
            prop_assert!(event["name"].as_str().is_some_and(|name| !name.is_empty()), "{event}");
            if phase == "M" {
                named.extend(event["tid"].as_u64());
                continue;
            }
            let (ts, tid) = (whole(event, "ts"), whole(event, "tid"));
            prop_assert!(ts >= before, "time runs back at {event}");
            prop_assert!(named.contains(&tid), "{event} is on no track");
            before = ts;
            match phase {
                "X" => {
                    let end = ts + whole(event, "dur");
                    let around = nested.entry(tid).or_default();
                    around.retain(|outer| *outer > ts);
                    prop_assert!(around.iter().all(|outer| *outer >= end), "{event} does not nest");
                    around.push(end);
                }
                "b" => prop_assert!(open.insert(whole(event, "id"), event["name"].clone()).is_none()),
                "e" => prop_assert_eq!(open.remove(&whole(event, "id")), Some(event["name"].clone())),
                "i" => prop_assert!(event["args"]["at"].as_str().is_some_and(|at| at.contains(':'))),
                other => prop_assert!(false, "{other}"),
            }
        }
        prop_assert!(open.is_empty(), "{open:?} never ends");
        let count = |phase: &str| events.iter().filter(|event| event["ph"] == phase).count();
        let spans = bars(&recording);
        let works = spans.iter().filter(|bar| bar.span == Span::Work).count();
        prop_assert_eq!((count("X"), count("b")), (works, spans.len() - works));
        prop_assert_eq!(count("i"), recording.lines().count());
    }
}

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

#[test]
fn every_recipe_exports_to_every_format() {
    let folder = folder();
    for recipe in RECIPES.iter() {
        let document = format!("{}.json", recipe.name);
        export(&recipe.name, &folder, &document).prints();
        let path = folder.path().join(&document);
        let text = fs::read_to_string(&path).expect("a recording");
        let recording = form::read(&text).expect(&recipe.name);
        assert_eq!(recording.header.recipe, recipe.name);
        assert!(
            recording.lines().count() > 0,
            "{} says nothing",
            recipe.name
        );
        for lane in bars(&recording) {
            assert!(lane.from <= lane.to, "{}", recipe.name);
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
fn a_cast_shows_the_log_as_the_terminal_does() {
    let rows = json_lines(&Run::of("export semaphore --walkthrough --as cast -o -").prints());
    let shown: String = rows[1..]
        .iter()
        .filter(|row| row[1] == "o")
        .filter_map(|row| row[2].as_str())
        .collect();
    let log = Run::of("semaphore --walkthrough --color always").prints();
    assert_eq!(shown.replace("\r\n", "\n"), log);
    let rows = Run::of("export semaphore --as cast -o - --color never --emoji never").prints();
    assert!(!rows.contains("\\u001b") && !rows.contains('📥'), "{rows}");
}

#[test]
fn the_timeline_fits_its_width() {
    let expected = "\
semaphore --durations 639ms,817ms,913ms,927ms,513ms  (seed 5, virtual clock)

        0 s               1 s                2 s
        +-----------------+------------------+-
file-0  1===========3
file-1  2==============5
file-2  ............4================7
file-3  ...............6================9
file-4  .............................8========10

        === works   ... waits   1 says line 1

 1  0.000 s  Downloading file-0...
";
    let drawn = Run::of("timeline semaphore --walkthrough --width 48 --emoji never").prints();
    assert!(drawn.starts_with(expected), "{drawn}");
    assert!(!drawn.contains('\u{1b}'));
    for recipe in RECIPES.iter().filter(|recipe| !recipe.needs.real_clock) {
        let (recording, _) = recorded(&recipe.name, "", 5);
        for width in 40..=110 {
            let drawing = Drawing {
                width,
                unicode: true,
                color: false,
            };
            let picture = timeline::picture(&recording, drawing);
            let chart = picture.lines().skip(2).take_while(|row| !row.is_empty());
            let widest = chart.map(UnicodeWidthStr::width).max();
            assert!(
                widest <= Some(width),
                "{} at {width}:\n{picture}",
                recipe.name
            );
        }
    }
    let dumb = Run::of("timeline semaphore --color always").prints();
    assert!(dumb.contains("\u{1b}[36m━━━"), "{dumb}");
}

#[test]
fn the_timeline_reads_as_sentences() {
    let told = Run::of("timeline event --notify --format text").prints_and_exits(3);
    for sentence in [
        "\nWaiter-1:\n  At 0 s it says line 1: Waiter-1: Waiting for signal...\n",
        "  From 0 s to 1 s it waits for the signal.\n",
        "  From 1.5 s on it waits for the signal, and never ends.\n",
    ] {
        assert!(told.contains(sentence), "{sentence}\n{told}");
    }
}

#[test]
fn a_run_that_deadlocks_is_shown_all_the_same() {
    let folder = folder();
    let told = export("event --notify", &folder, "run.json").complains_and_exits(3);
    assert_eq!(told, "deadlock: Waiter-4 waits for the signal\n");
    let text = fs::read_to_string(folder.path().join("run.json")).expect("it is written");
    assert_eq!(
        form::read(&text).expect(&text).ending.as_deref(),
        Some(told.trim_end())
    );
    let file = folder.path().join("run.json");
    let again = Run::with(["timeline", file.to_str().expect("UTF-8")]);
    assert_eq!(again.complains_and_exits(0), told);
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
fn what_is_damaged_or_newer_is_refused() {
    let folder = folder();
    export("lock", &folder, "run.json").prints();
    let good = fs::read_to_string(folder.path().join("run.json")).expect("a recording");
    let path = folder.path().join("bad.json");
    let name = path.to_str().expect("UTF-8");
    for (text, complaint) in [
        (
            good.replace("{\"asyncdemo\":1", "{\"asyncdemo\":2"),
            "it has version 2 of the form",
        ),
        (
            good[..good.len() / 2].to_owned(),
            "it is damaged: EOF while parsing",
        ),
        (
            good.replace("\"lane\":1", "\"lane\":7"),
            "it is damaged: event 4: there is no lane 7",
        ),
        (
            good.replace("\"t\":0.02,", "\"t\":0.2,"),
            "its time runs back",
        ),
        (
            good.replace("\"t\":0.02,", "\"t\":-1,"),
            "a time must be from 0 to",
        ),
        (
            good.replace("\"text\":", "\"test\":"),
            "it is neither a line nor a bar",
        ),
        (String::new(), "it is no recording"),
        ("[1, 2]".to_owned(), "it is no recording"),
    ] {
        fs::write(&path, text).expect("a file");
        for words in [
            ["timeline", name].as_slice(),
            &["export", name, "-o", "-", "--as", "svg"],
        ] {
            let told = Run::with(words.iter().copied()).complains_and_exits(1);
            assert!(told.contains(complaint), "{complaint}: {told}");
        }
    }
}

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
fn a_long_run_does_not_break_a_view() {
    let (recording, _) = recorded("lock", "--workers 3 --iterations 2000 --work 1ms", 1);
    for view in all_views(&recording) {
        assert!(view.len() > 10_000);
    }
}

/// Whether a program is there. Where it is not, a test says so and passes;
/// in CI it must be there.
fn has(program: &str) -> bool {
    if Command::new(program).arg("--version").output().is_ok() {
        return true;
    }
    let required = std::env::var_os("CI").is_some();
    assert!(!required, "{program} is missing, and CI needs it");
    let _ = writeln!(io::stderr(), "SKIPPED: there is no {program}");
    false
}

#[test]
fn asciinema_plays_a_cast() {
    if !has("asciinema") {
        return;
    }
    let folder = folder();
    export("semaphore --walkthrough --color never", &folder, "run.cast").prints();
    let mut asciinema = Bounded::new("asciinema");
    let played = asciinema
        .args(["play", "--speed", "100"])
        .arg(folder.path().join("run.cast"))
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", folder.path())
        .timeout(BOUND)
        .output()
        .expect("asciinema");
    let shown = String::from_utf8_lossy(&played.stdout).replace("\r\n", "\n");
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    assert!(
        shown.contains(&Run::of("semaphore --walkthrough").prints()),
        "{shown}"
    );
}

#[test]
fn librsvg_draws_a_picture() {
    if !has("rsvg-convert") {
        return;
    }
    let folder = folder();
    export("queue", &folder, "run.svg").prints();
    let mut rsvg = Bounded::new("rsvg-convert");
    let drawn = rsvg
        .arg(folder.path().join("run.svg"))
        .timeout(BOUND)
        .output();
    let drawn = drawn.expect("rsvg-convert");
    assert!(drawn.status.success() && drawn.stdout.starts_with(b"\x89PNG"));
}

/// How often Chromium may be asked for a page.
const TRIES: usize = 6;

/// What the script in a page has found, and what Chromium says of it.
fn page_of(page: &Path, hash: &str) -> Option<(String, String)> {
    let profile = folder();
    let mut chromium = Bounded::new("chromium");
    let output = chromium
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ])
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
        ])
        .args([
            "--virtual-time-budget=20000",
            "--window-size=1280,800",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}{hash}", page.display()))
        .timeout(2 * BOUND)
        .output()
        .expect("chromium");
    let dom = String::from_utf8_lossy(&output.stdout);
    let result = dom.split("<pre id=\"result\">").nth(1)?;
    let result = result.split("</pre>").next()?.to_owned();
    Some((result, String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Loads a page from disk, without a network, and lets `script` run in it.
fn browse(page: &Path, script: &str, hash: &str) -> (Value, String) {
    let folder = folder();
    let html = fs::read_to_string(page).expect("a page");
    let listen = "<head><script>const errors = [];\
        addEventListener('error', (event) => errors.push(event.message));\
        addEventListener('securitypolicyviolation', (event) => errors.push(event.blockedURI));\
        </script>";
    let html = html.replacen("<head>", listen, 1);
    let html = html.replace("</body>", &format!("<script>{script}</script></body>"));
    let driven = folder.path().join("driven.html");
    fs::write(&driven, html).expect("a page");
    // On a busy machine Chromium's simulated time may be over before the script
    // is; it is then asked again. What the script finds is not.
    let (result, said) = (0..TRIES)
        .find_map(|_| page_of(&driven, hash))
        .expect("Chromium runs the script to its end");
    let result = result
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    let console = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    (serde_json::from_str(&result).expect(&result), console)
}

#[test]
fn a_page_plays_in_a_browser() {
    if !has("chromium") {
        return;
    }
    let folder = folder();
    export("semaphore --walkthrough", &folder, "run.html").prints();
    let page = folder.path().join("run.html");
    let (seen, console) = browse(&page, include_str!("drive.js"), "#t=0.7");
    let line = |text: &str| {
        let source = recipe("semaphore").source;
        let lines: Vec<&str> = source.lines().collect();
        // The page above the program has the text, too.
        let at = lines.iter().rposition(|line| line.contains(text));
        at.map_or(0, |at| at + 1)
    };
    let (starts, ends) = (line("\"Downloading {"), line("\"Downloaded {"));
    for (what, expected) in [
        (
            "a link to a moment",
            format!("PAUSED 4/10 0.700 s 1/4× | Downloading file-2... | {starts} | #t=0.7"),
        ),
        (
            "next",
            format!("PAUSED 5/10 0.817 s 1/4× | Downloaded file-1 | {ends} | #t=0.817"),
        ),
        (
            "two back",
            format!("PAUSED 3/10 0.639 s 1/4× | Downloaded file-0 | {ends} | #t=0.639"),
        ),
        (
            "right",
            format!("PAUSED 4/10 0.639 s 1/4× | Downloading file-2... | {starts} | #t=0.639"),
        ),
        (
            "End",
            format!("END 10/10 2.065 s 1/4× | Downloaded file-4 | {ends} | #t=2.065"),
        ),
        ("Home", "PAUSED 0/10 0.000 s 1/4× |  | 0 | #t=0".to_owned()),
        (
            "PageDown",
            format!("PAUSED 6/10 1.000 s 1/4× | Downloading file-3... | {starts} | #t=1"),
        ),
        (
            "scrubbed",
            format!("PAUSED 4/10 0.700 s 1/4× | Downloading file-2... | {starts} | #t=0.7"),
        ),
        (
            "half of the timeline",
            format!("PAUSED 6/10 1.032 s 1/4× | Downloading file-3... | {starts} | #t=1.0325"),
        ),
        (
            "line 4",
            format!("PAUSED 4/10 0.639 s 1/4× | Downloading file-2... | {starts} | #t=0.639"),
        ),
        (
            "playing",
            "PLAYING 0/10 0.000 s 16× |  | 0 | #t=0".to_owned(),
        ),
        (
            "played",
            format!("END 10/10 2.065 s 16× | Downloaded file-4 | {ends} | #t=2.065"),
        ),
        (
            "another link",
            format!("PAUSED 4/10 0.639 s 16× | Downloading file-2... | {starts} | #t=0.639"),
        ),
        ("errors", String::new()),
        ("fetched", "0".to_owned()),
        ("unnamed", String::new()),
    ] {
        assert_eq!(
            seen[what].as_str(),
            Some(expected.as_str()),
            "{what}: {seen:#}"
        );
    }
    assert!(
        seen["again"]
            .as_str()
            .is_some_and(|seen| seen.starts_with("PLAYING")),
        "{seen:#}"
    );
    assert!(
        seen["paused"]
            .as_str()
            .is_some_and(|seen| seen.starts_with("PAUSED")),
        "{seen:#}"
    );
    assert_eq!(console, "", "the console stays empty");
}

#[test]
fn the_page_of_a_hostile_recording_has_no_error() {
    if !has("chromium") {
        return;
    }
    let mut recording = Recording::default();
    for (id, name) in (0..).zip(HOSTILE) {
        let event = Event {
            t: Duration::from_millis(u64::from(id)),
            lane: Some(LaneRef { id, name }),
            at: Place {
                file: "nowhere.rs",
                line: 1,
            },
            kind: Kind::Line {
                icon: "<",
                text: name,
            },
        };
        recording.event(&event).expect("it only keeps them");
    }
    let folder = folder();
    let page = folder.path().join("run.html");
    fs::write(&page, html::write(&recording, None).expect("JSON")).expect("a page");
    let look = "document.getElementById('finish').click();\
        const result = document.createElement('pre');\
        result.id = 'result';\
        const texts = [...document.querySelectorAll('.text')].map((it) => it.textContent);\
        result.textContent = JSON.stringify({ errors, texts });\
        document.body.append(result);";
    let (seen, console) = browse(&page, look, "");
    let expected: Vec<_> = HOSTILE.iter().map(|name| plain(name)).collect();
    assert_eq!(seen["texts"], Value::from(expected));
    assert_eq!(
        (&seen["errors"], console.as_str()),
        (&Value::Array(Vec::new()), "")
    );
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
