//! Sources and pages as a user reads them.

use asyncdemo::demos::RECIPES;
use portable_pty::CommandBuilder;

use crate::run::{BINARY, Run};
use crate::screen::pty::Pty;

#[test]
fn show_numbers_the_lines_of_the_file() {
    for recipe in RECIPES.iter() {
        let shown = Run::with(["show", &recipe.name, "--page"]).prints();
        let digits = recipe.source.lines().count().to_string().len();
        for (number, (shown, line)) in (1..).zip(shown.lines().zip(recipe.source.lines())) {
            let expected = format!("{number:>digits$}  {line}");
            assert_eq!(shown, expected.trim_end(), "{}", recipe.name);
        }
        assert_eq!(shown.lines().count(), recipe.source.lines().count());
    }
}

#[test]
fn show_leaves_the_page_out_unless_it_is_asked_for() {
    let shown = Run::with(["show", "lock"]).prints();
    assert!(!shown.contains("//!"));
    assert!(shown.contains("  pub async fn main(options: Options) -> Result {"));
    let colored = Run::with(["show", "lock", "--color", "always"]).prints();
    assert!(colored.contains("\x1b[35mpub"), "{colored}");
}

#[test]
fn explain_lays_every_page_out_for_80_columns() {
    for recipe in RECIPES.iter() {
        let page = Run::with(["explain", &recipe.name]).prints();
        assert!(page.starts_with(recipe.page().title()), "{page}");
        for heading in [
            "Key insight",
            "In asyncio",
            "When to use",
            "Pitfalls",
            "Try",
        ] {
            assert!(
                page.lines().any(|line| line == heading),
                "{}: {heading}",
                recipe.name
            );
        }
        let text = page.lines().filter(|line| !line.starts_with("    "));
        for line in text {
            assert!(line.chars().count() <= 80, "{}: {line}", recipe.name);
        }
        assert!(!page.contains('\x1b'));
    }
}

#[test]
fn a_recipe_that_is_not_there_is_a_usage_error() {
    for command in ["show", "explain", "play"] {
        let output = Run::with([command, "semafore"]).output();
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert_eq!(output.stdout, b"", "{command}");
    }
}

/// `asyncdemo` on a terminal of that size, with that pager.
fn on_a_terminal(words: &str, pager: &str, size: (u16, u16)) -> Pty {
    let mut command = CommandBuilder::new(BINARY);
    command.args(words.split_whitespace());
    command.env("PAGER", pager);
    Pty::running(command, size)
}

#[test]
fn a_page_goes_through_the_pager() {
    let mut pty = on_a_terminal("explain lock --pager", "sed s/^/paged:/", (90, 24));
    pty.shows("paged:    $ asyncdemo lock");
    assert!(pty.ends().success());
    let mut pty = on_a_terminal("explain lock --pager", "exit 3", (90, 24));
    pty.shows("error: cannot start the pager 'exit 3'; set PAGER to one that is there");
    assert_eq!(pty.ends().exit_code(), 1);
}

#[test]
fn what_is_read_fits_the_terminal() {
    let shown = |words: &str| {
        let mut pty = on_a_terminal(&format!("{words} --color never"), "", (50, 400));
        assert!(pty.ends().success());
        pty.text()
    };
    let timeline = Run::of("timeline hello --width 50").prints();
    assert_eq!(shown("timeline hello").trim_end(), timeline.trim_end());
    // No word is broken.
    let (page, wide) = (shown("explain hello"), Run::of("explain hello").prints());
    let introduction = |page: &str| {
        let words: Vec<_> = page.split_whitespace().map(str::to_owned).collect();
        let end = words.iter().position(|word| word == "asyncio").expect(page);
        words[..end].join(" ")
    };
    assert_eq!(introduction(&page), introduction(&wide));
}
