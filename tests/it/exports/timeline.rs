//! The timeline as text.

use std::sync::Arc;
use std::time::Duration;

use asyncdemo::demos::RECIPES;
use asyncdemo::output::timeline::{self, Drawing};
use asyncdemo::recipe::{Needs, Program};
use asyncdemo::run::record;
use unicode_width::UnicodeWidthStr;

use crate::run::{Run, recorded};

/// A call that blocks is shown as such, and whom it keeps from running.
#[test]
fn the_timeline_says_who_blocks_the_others_and_how_tasks_end() {
    async fn beats() {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    async fn blocks() -> Result<(), ()> {
        tokio::time::sleep(Duration::from_millis(250)).await;
        asyncdemo::thread::sleep(Duration::from_secs(1));
        Err(())
    }
    let program = || async {
        let heart = tokio::spawn(beats());
        let _ = tokio::spawn(blocks()).await;
        heart.abort();
        let _ = heart.await;
        Ok(())
    };
    let program: Program = Arc::new(move || Box::pin(program()));
    let (recording, _) = record(&program, Needs::NOTHING, 5);
    let told = timeline::sentences(&recording);
    for sentence in [
        "  From 0.25 s to 1.25 s it blocks the other tasks.\n",
        "  At 1.25 s it returns an error.\n",
        "  From 0.25 s to 1.25 s it cannot run, because blocks-0 blocks the thread.\n",
        "  At 1.25 s it is cancelled.\n",
        "  From 0 s to 1.25 s it waits for blocks-0.\n",
    ] {
        assert!(told.contains(sentence), "{sentence}\n{told}");
    }
    let drawing = Drawing {
        width: 60,
        unicode: false,
        color: false,
    };
    let picture = timeline::picture(&recording, drawing);
    let blocks = picture.lines().find(|row| row.starts_with("blocks-0"));
    let beats = picture.lines().find(|row| row.starts_with("beats-0"));
    let (blocks, beats) = (blocks.unwrap_or_default(), beats.unwrap_or_default());
    assert!(
        blocks.contains("--##") && blocks.ends_with("#!"),
        "{picture}"
    );
    assert!(beats.contains("-~~~") && beats.ends_with('x'), "{picture}");
}

#[test]
fn the_timeline_fits_its_width() {
    let expected = "\
semaphore --durations 639ms,817ms,913ms,927ms,513ms  (seed 5, virtual clock)

            0 s             1 s             2 s
            +---------------+---------------+-
main        ::::::::::::::::::::::::::::::::::
download-0  1---------3|
download-1  2------------5|
download-2  ..........4--------------7|
download-3  .............6--------------9|
download-4  .........................8-------10|

--- sleeps   ::: waits for a task
... waits for a resource   | finished
1 prints line 1

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
    assert!(dumb.contains("\u{1b}[36m──"), "{dumb}");
}

/// Each of these emoji is two characters, and takes two columns only together.
#[test]
fn names_of_emoji_are_measured_whole() {
    let emoji = "⚠️⚠️⚠️⚠️⚠️⚠️⚠️⚠️";
    let command = format!(": {emoji}");
    let drawn = Run::with(["timeline", "subprocess", &command, "--width", "40"]).prints();
    assert!(drawn.contains("Command"), "{drawn}");
    let operation = format!("{emoji}=1s");
    let words = ["timeline", "executor", "--operations", &operation];
    let drawn = Run::with(words.into_iter().chain(["--width", "20"])).prints();
    assert!(drawn.contains("\n⚠️⚠️…   2"), "{drawn}");
    let drawn = Run::with(words.into_iter().chain(["--width", "60"])).prints();
    assert!(drawn.contains(&format!("\n{emoji}  2··")), "{drawn}");
    let ascii = ["--width", "20", "--emoji", "never"];
    let drawn = Run::with(words.into_iter().chain(ascii)).prints();
    assert!(drawn.contains("\n⚠️⚠️~   2"), "{drawn}");
}

#[test]
fn the_timeline_reads_as_sentences() {
    let told = Run::of("timeline event --notify --format text").prints_and_exits(3);
    for sentence in [
        "\nWaiter-1:\n  At 0 s it prints line 1: Waiter-1: Waiting for signal...\n",
        "  From 0 s to 1 s it waits for signal; Signaler wakes it.\n",
        "  From 1.5 s on it waits for signal, and that never ends.\n",
    ] {
        assert!(told.contains(sentence), "{sentence}\n{told}");
    }
}
