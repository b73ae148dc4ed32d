//! How long each view takes for a run of 1,000 downloads: 6,000 events, of
//! which 2,000 are lines.

use std::io::sink;
use std::sync::LazyLock;
use std::time::Duration;

use asyncdemo::check::{Said, compare, expected};
use asyncdemo::demos::RECIPES;
use asyncdemo::output::{Json, Style, Text, cast, html, svg, timeline, trace};
use asyncdemo::recording::{Recording, Sink, form};
use asyncdemo::run::record;
use divan::{Bencher, bench};

static RUN: LazyLock<Recording> = LazyLock::new(recorded);

fn main() {
    divan::main();
}

#[bench]
fn a_run() -> Recording {
    recorded()
}

#[bench]
fn text(bencher: Bencher<'_, '_>) {
    let style = Style {
        start: Duration::ZERO,
        color: false,
        emoji: true,
        places: false,
    };
    told(bencher, || Text::new(sink(), style));
}

#[bench]
fn json_lines(bencher: Bencher<'_, '_>) {
    told(bencher, || Json::new(sink(), Duration::ZERO));
}

#[bench]
fn timeline_as_text() -> String {
    let drawing = timeline::Drawing {
        width: 100,
        unicode: true,
        color: false,
    };
    timeline::picture(&RUN, drawing)
}

#[bench]
fn timeline_in_sentences() -> String {
    timeline::sentences(&RUN)
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("it can be written");
    bytes
}

#[bench]
fn svg_picture() -> Vec<u8> {
    written(|out| svg::write(&RUN, out))
}

#[bench]
fn html_page() -> Vec<u8> {
    written(|out| html::write(&RUN, None, out))
}

#[bench]
fn cast_for_asciinema() -> Vec<u8> {
    written(|out| cast::write(&RUN, cast::Version::Two, true, true, out))
}

#[bench]
fn trace_for_perfetto() -> Vec<u8> {
    written(|out| trace::write(&RUN, out))
}

#[bench]
fn recording_written() -> String {
    form::write(&RUN).expect("it can be written")
}

#[bench]
fn recording_read(bencher: Bencher<'_, '_>) {
    let text = form::write(&RUN).expect("it can be written");
    bencher.bench(|| form::read(&text).expect("it can be read"));
}

/// A program that has forgotten every tenth line.
#[bench]
fn check(bencher: Bencher<'_, '_>) {
    let due = expected(&RUN);
    let said: Vec<Said> = due
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 10 != 9)
        .map(|(_, line)| Said {
            t: line.t,
            line: line.text.clone(),
        })
        .collect();
    bencher.bench(|| compare(&due, &said, None).rows.len());
}

fn told<S: Sink>(bencher: Bencher<'_, '_>, view: impl Fn() -> S + Sync) {
    bencher.bench(|| {
        let mut view = view();
        for event in RUN.events() {
            view.event(&event).expect("nothing is written");
        }
    });
}

fn recorded() -> Recording {
    let recipe = RECIPES.iter().find(|recipe| recipe.name == "semaphore");
    let recipe = recipe.expect("semaphore");
    let typed = ["--files", "1000", "--limit", "10"];
    let command = recipe.command().no_binary_name(true);
    let options = command.try_get_matches_from(typed).expect("options");
    let program = recipe.program(&options).expect("a program");
    record(&program, recipe.needs, 5).0
}
