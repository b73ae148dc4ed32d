//! The Python program on each page does what its recipe does.

use std::panic::resume_unwind;
use std::thread;

use assert_cmd::Command as Bounded;
use asyncdemo::demos::RECIPES;
use asyncdemo::recipe::Recipe;

use crate::examples::path;
use crate::run::{BOUND, Run, is_there, without_place};

/// The program between ```` ```python ```` and the next fence.
fn program(recipe: &Recipe) -> String {
    let page = recipe.page();
    let section = page.section("In asyncio").unwrap_or_default();
    let block = section
        .split("```python\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    block
        .unwrap_or_else(|| panic!("{} has no Python program", recipe.file))
        .to_owned()
}

/// How often a program may be tried: its sleeps are real, and on a busy machine
/// they come late.
const TRIES: usize = 4;

/// What the recipe tells, and what its page's program prints.
fn texts(recipe: &Recipe) -> (Vec<String>, Vec<String>) {
    let run = Run::of(&recipe.name).env("PATH", &path());
    let run = if recipe.needs.real_clock {
        run
    } else {
        run.on_the_virtual_clock()
    };
    let lines = run.lines().into_iter();
    let texts = lines.map(|line| without_place(&line.text)).collect();
    let mut python = Bounded::new("python3");
    let output = python
        .args(["-c", &program(recipe)])
        .env("PATH", path())
        .timeout(BOUND)
        .output()
        .expect("python3");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", recipe.name);
    let printed = String::from_utf8_lossy(&output.stdout);
    (texts, printed.lines().map(without_place).collect())
}

/// All of them at once, since they take their time.
#[test]
fn the_python_programs_tell_the_same_story() {
    if !is_there("python3") {
        return;
    }
    let differing: Vec<&Recipe> = thread::scope(|scope| {
        let all = RECIPES
            .iter()
            .map(|recipe| (recipe, scope.spawn(|| texts(recipe))));
        let ended = all.collect::<Vec<_>>().into_iter().map(|(recipe, run)| {
            let (ours, theirs) = run.join().unwrap_or_else(|panic| resume_unwind(panic));
            (recipe, ours == theirs)
        });
        ended
            .filter_map(|(recipe, same)| (!same).then_some(recipe))
            .collect()
    });
    // Once more, alone, for whoever was late.
    for recipe in differing {
        let again = (1..TRIES)
            .map(|_| texts(recipe))
            .find(|(ours, theirs)| ours == theirs);
        let (ours, theirs) = again.unwrap_or_else(|| texts(recipe));
        assert_eq!(theirs, ours, "{}", recipe.name);
    }
}
