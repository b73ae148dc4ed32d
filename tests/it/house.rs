//! The house rules that a newcomer would break without noticing.

use std::collections::BTreeSet;
use std::fs;

use asyncdemo::demos::RECIPES;
use asyncdemo::kit::BREAK_IT;

use crate::run::Run;

const SECTIONS: [&str; 7] = [
    "Key insight",
    "In asyncio",
    "In tokio",
    "When to use",
    "Pitfalls",
    "Try",
    "Read on",
];

#[test]
fn every_file_of_demos_is_in_the_catalogue() {
    let files: BTreeSet<String> = fs::read_dir("demos")
        .expect("the recipes")
        .map(|entry| format!("demos/{}", entry.expect("an entry").file_name().display()))
        .filter(|file| file != "demos/mod.rs")
        .collect();
    let catalogue: BTreeSet<String> = RECIPES
        .iter()
        .map(|recipe| recipe.file.to_owned())
        .collect();
    assert_eq!(files, catalogue);
}

#[test]
fn every_page_has_all_its_sections_in_order() {
    for recipe in RECIPES.iter() {
        let page = recipe.page();
        let sections: Vec<_> = page.sections().map(|(heading, _)| heading).collect();
        assert_eq!(sections, SECTIONS, "{}", recipe.file);
        for (heading, text) in page.sections() {
            assert!(text.len() > 60, "{}: '{heading}' is empty", recipe.file);
        }
        assert!(
            !page.title().is_empty() && page.introduction().len() > 60,
            "{}",
            recipe.file
        );
        assert!(
            page.commands().count() >= 2,
            "{}: two examples for its help",
            recipe.file
        );
    }
}

/// Below its page, a recipe is short enough to be read in class. `condition` is a
/// little longer: besides the buffer it builds what tokio lacks.
#[test]
fn every_recipe_is_short() {
    for recipe in RECIPES.iter() {
        let below = recipe
            .source
            .lines()
            .skip_while(|line| line.starts_with("//!") || line.is_empty());
        let most = if recipe.name == "condition" { 164 } else { 150 };
        let lines = below.count();
        assert!(lines <= most, "{}: {lines} lines", recipe.file);
    }
}

/// What a page shows is what `cargo run --example` runs.
#[test]
fn the_tokio_program_of_a_page_is_its_example() {
    for recipe in RECIPES.iter() {
        let page = recipe.page();
        let section = page.section("In tokio").expect(recipe.file);
        let example = recipe.file.replacen("demos/", "examples/", 1);
        let example = fs::read_to_string(&example).expect(&example);
        let block = section
            .split_once("```rust")
            .and_then(|(_, block)| block.split_once('\n'))
            .and_then(|(_, block)| block.split_once("```"));
        assert_eq!(block.expect(recipe.file).0, example, "{}", recipe.file);
        assert!(example.lines().count() <= 60, "{}", recipe.file);
    }
}

#[test]
fn every_recipe_has_a_log_or_a_transcript() {
    for recipe in RECIPES.iter() {
        let transcript = format!("tests/expected/{}.ndjson", recipe.name);
        let proven = recipe.published.is_some() || fs::exists(transcript).expect("the transcripts");
        assert!(proven, "{} has neither", recipe.name);
    }
}

#[test]
fn every_command_of_a_page_runs() {
    for recipe in RECIPES.iter() {
        for command in recipe.page().commands() {
            let words = shell_words(command.strip_prefix("asyncdemo ").expect(command));
            let virtually = !recipe.needs.real_clock && !command.contains("--pace");
            let clock: &[&str] = if virtually {
                &["--clock", "virtual"]
            } else {
                &[]
            };
            let output = Run::with(
                words
                    .iter()
                    .map(String::as_str)
                    .chain(clock.iter().copied()),
            )
            .output();
            let code = output.status.code();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let deadlock = code == Some(3) && stderr.starts_with("deadlock: ");
            assert!(code == Some(0) || deadlock, "{command}: {code:?} {stderr}");
            assert!(!output.stdout.is_empty(), "{command} says something");
        }
    }
}

/// A switch shows what goes wrong; it never goes wrong itself.
#[test]
fn every_recipe_can_be_broken() {
    let mut broken = 0;
    for recipe in RECIPES.iter().filter(|recipe| !recipe.needs.real_clock) {
        let command = recipe.command();
        let switches = command
            .get_arguments()
            .filter(|arg| arg.get_help_heading() == Some(BREAK_IT));
        for switch in switches.filter_map(|arg| arg.get_long()) {
            let switch = format!("--{switch}");
            let whole = Run::with([recipe.name.as_str()])
                .on_the_virtual_clock()
                .prints();
            let output = Run::with([recipe.name.as_str(), &switch])
                .on_the_virtual_clock()
                .output();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let deadlock = output.status.code() == Some(3) && stderr.starts_with("deadlock: ");
            assert!(
                output.status.success() || deadlock,
                "{} {switch}: {stderr}",
                recipe.name
            );
            let log = String::from_utf8_lossy(&output.stdout);
            assert!(log != whole || deadlock, "{} {switch}", recipe.name);
            broken += 1;
        }
    }
    assert!(broken >= 18, "{broken} switches");
}

/// Splits a command as a shell does whose only quotes are `"` and `'`.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(letter),
        }
    }
    words
}

/// Every narrating line that a note is written for is one that speaks.
#[test]
fn the_notes_of_a_run_are_found() {
    let printed = Run::of("event --where --clock virtual").prints();
    let signal = printed
        .lines()
        .find(|line| line.contains("Signal sent!"))
        .expect(&printed);
    assert!(signal.contains("  ← event.rs:"), "{signal}");
    assert!(
        signal.ends_with("the waiters are awake, but it is still our turn"),
        "{signal}"
    );
}

#[test]
fn the_consoles_of_the_readme_tell_the_truth() {
    trycmd::TestCases::new().case("README.md");
}

#[test]
fn the_picture_of_the_readme_is_a_run() {
    let picture = include_str!("../../docs/semaphore.svg");
    let run = Run::of("export semaphore -o - --as svg").prints();
    assert!(
        run == picture,
        "asyncdemo export semaphore -o docs/semaphore.svg --force"
    );
}

/// Every row of the table of promises names tests that exist and are run, or a
/// dash.
#[test]
fn the_promises_of_the_threat_model_are_held_by_tests() {
    let page = fs::read_to_string("docs/threat-model.md").expect("the page");
    let (_, table) = page
        .split_once("| input | promise | test |\n")
        .expect("a table");
    let rows: Vec<_> = table
        .lines()
        .skip(1)
        .take_while(|row| row.starts_with('|'))
        .collect();
    assert!(rows.len() > 15, "{} promises", rows.len());
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, tests] = cells[..] else {
            panic!("not three cells: {row}");
        };
        for test in tests.split(", ").filter(|test| *test != "—") {
            let name = test
                .strip_prefix('`')
                .and_then(|test| test.strip_suffix('`'));
            let (module, name) = name.and_then(|name| name.rsplit_once("::")).expect(row);
            assert!(
                is_a_test(module, name),
                "{test} is no test that is run: {row}"
            );
        }
    }
}

/// Whether a module of these tests has a test of that name, which is not ignored.
fn is_a_test(module: &str, name: &str) -> bool {
    let path = format!("tests/it/{}", module.replace("::", "/"));
    let files = [format!("{path}.rs"), format!("{path}/mod.rs")];
    let text = files.iter().find_map(|file| fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let before = text
        .split(&format!("fn {name}("))
        .next()
        .filter(|it| *it != text);
    let attributes = before.and_then(|before| before.trim_end().rsplit("\n\n").next());
    attributes.is_some_and(|it| it.contains("#[test]") && !it.contains("#[ignore"))
}

/// Where events go. It knows no tokio, and no room that does.
const AFTER: &[&str] = &[
    "recording",
    "timeline",
    "output",
    "book",
    "highlight",
    "verify",
    "check",
    "player",
];
const RUNS: &[&str] = &["tokio::", "tokio_util::", "kit", "observer", "run", "cli"];

/// Where events come from. It knows no terminal, and no room that does.
const BEFORE: &[&str] = &["demos", "recipe", "kit", "run", "recording", "thread"];
const SHOWS: &[&str] = &[
    "ratatui::",
    "anstream::",
    "owo_colors::",
    "unicode_segmentation::",
    "unicode_width::",
    "io::stdout",
    "timeline",
    "output",
    "highlight",
    "verify",
    "check",
    "player",
    "cli",
];

/// What knows all of them.
const ABOVE: &[&str] = &["cli", "lib", "main", "observer"];

#[test]
fn events_flow_one_way_through_the_house() {
    let files = [files_below("src"), files_below("demos")].concat();
    let mut found = BTreeSet::new();
    for file in &files {
        let path = file.strip_prefix("src/").unwrap_or(file);
        let room = path.split(['/', '.']).next().expect("a name");
        let code = code_of(file);
        let known = rooms_in(&code);
        for (rooms, strangers) in [(AFTER, RUNS), (BEFORE, SHOWS)] {
            let knows =
                |it: &&&str| known.contains(**it) || it.contains("::") && code.contains(**it);
            let stranger = strangers.iter().find(knows);
            assert!(
                !rooms.contains(&room) || stranger.is_none(),
                "{file} must not know {stranger:?}"
            );
        }
        let known: Vec<_> = known
            .difference(&BTreeSet::from(["kit", "recipe", "thread"]))
            // `println!` of the recipes is in the catalogue.
            .filter(|it| file != "demos/mod.rs" || **it != "observer")
            .copied()
            .collect();
        assert!(
            room != "demos" || known.is_empty(),
            "{file} knows {known:?}"
        );
        found.insert(room);
    }
    let drawn = [AFTER, BEFORE, ABOVE].concat();
    assert_eq!(found, drawn.into_iter().collect(), "the map is complete");
}

fn files_below(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect(folder);
    let entries = entries.map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            let name = path.display().to_string();
            match path.extension() {
                _ if path.is_dir() => files_below(&name),
                Some(ending) if ending == "rs" => vec![name],
                _ => Vec::new(),
            }
        })
        .collect()
}

/// A file without its comments and its own tests.
fn code_of(file: &str) -> String {
    let text = fs::read_to_string(file).expect(file);
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The rooms that it names: `recording` and `book` are in
/// `use crate::recording::Event;` and in `use crate::{book, recording};`.
fn rooms_in(code: &str) -> BTreeSet<&str> {
    let mut rooms = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let group = path.strip_prefix('{').and_then(|it| it.split_once("};"));
        let paths = group.map_or(vec![path], |(paths, _)| paths.split(',').collect());
        rooms.extend(paths.into_iter().map(first_word));
    }
    rooms
}

fn first_word(path: &str) -> &str {
    let path = path.trim_start();
    let end = path.find(|it: char| !it.is_alphanumeric() && it != '_');
    &path[..end.unwrap_or(path.len())]
}
