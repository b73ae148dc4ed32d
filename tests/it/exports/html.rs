//! Pages, as a browser sees them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command as Bounded;
use asyncdemo::output::html;
use asyncdemo::recording::{Event, Kind, LaneRef, Place, Recording, Sink as _, form};
use proptest::prelude::*;
use serde_json::Value;

use super::samples::HOSTILE;
use super::{export, folder, plain, recordings, text};
use crate::run::{BOUND, cases, is_there, recipe};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_page_is_not_broken_out_of(recording in recordings()) {
        let page = text(|out| html::write(&recording, None, out));
        prop_assert_eq!(page.matches("<script").count(), 2);
        prop_assert_eq!(page.matches("</script>").count(), 2);
        let data = page.split("id=\"recording\">").nth(1).and_then(|rest| rest.split("</script>").next());
        let again = form::read(data.expect("the recording")).expect("as it was");
        prop_assert_eq!(again, recording);
    }
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
    if !is_there("chromium") {
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
        let program = lines
            .iter()
            .position(|line| line.starts_with("pub async fn main"));
        let mut numbered = (1..).zip(&lines).skip(program.unwrap_or(0));
        numbered
            .find_map(|(number, line)| line.contains(text).then_some(number))
            .unwrap_or(0)
    };
    let (starts, ends) = (
        line("Downloading file-{number}"),
        line("Downloaded file-{number}"),
    );
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
    if !is_there("chromium") {
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
    fs::write(&page, text(|out| html::write(&recording, None, out))).expect("a page");
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
