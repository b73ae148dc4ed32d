//! The commands that are not runs.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::options::{Format, SEED, recipe_name};
use super::time_of_day::time_of_day;
use super::{print, print_verdict, recipe_options};
use crate::demos::RECIPES;
use crate::output::{Style, Text};
use crate::recipe::{Published, Recipe};
use crate::recording::{Recording, Sink as _};
use crate::run::{Ending, record};
use crate::verify::compare;

/// Options of `list`.
#[derive(Args, Clone, Debug)]
pub struct ListOptions {
    /// How the list is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

/// Options of `verify`.
#[derive(Args, Clone, Debug)]
pub struct VerifyOptions {
    /// The recipes to verify [default: all that have a published log; with --repeat, all that run
    /// on the virtual clock]
    #[arg(value_name = "RECIPE", value_parser = verifiable)]
    pub recipes: Vec<String>,

    /// Also runs each recipe N times and demands identical bytes (from 1 to 1000000)
    #[arg(long, value_name = "N", value_parser = crate::kit::count)]
    pub repeat: Option<usize>,
}

/// Lists the recipes by chapter.
pub fn list(format: Format) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        chapter: &'a str,
        title: &'a str,
        file: &'a str,
    }

    let mut text = String::new();
    let mut chapter = "";
    let mut chapters = 0;
    for recipe in RECIPES.iter() {
        let page = recipe.page();
        let (name, title) = (&recipe.name, page.title());
        if format == Format::Json {
            let row = Row {
                name,
                chapter: recipe.chapter,
                title,
                file: recipe.file,
            };
            text += &serde_json::to_string(&row)?;
            text.push('\n');
            continue;
        }
        if recipe.chapter != chapter {
            let gap = if chapters == 0 { "" } else { "\n" };
            chapter = recipe.chapter;
            chapters += 1;
            writeln!(text, "{gap}{chapters} {chapter}")?;
        }
        writeln!(text, "  {name:<16} {title}")?;
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Holds published logs against ours; with `--repeat`, runs against each other.
pub fn verify(options: &VerifyOptions) -> anyhow::Result<ExitCode> {
    let wanted = |recipe: &&Recipe| {
        let named = options.recipes.contains(&recipe.name);
        let repeated = options.repeat.is_some() && !recipe.needs.real_clock;
        named || options.recipes.is_empty() && (recipe.published.is_some() || repeated)
    };
    let mut all_fine = true;
    for recipe in RECIPES.iter().filter(wanted) {
        let (line, fine) = verify_one(recipe, options.repeat)?;
        all_fine &= fine;
        print_verdict(&line)?;
    }
    Ok(if all_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The name of a recipe whose runs are alike.
fn verifiable(text: &str) -> Result<String, &'static str> {
    let mut real = RECIPES.iter().filter(|recipe| recipe.needs.real_clock);
    if real.any(|recipe| recipe.name == text) {
        return Err("no two runs of it are alike");
    }
    recipe_name(text)
}

/// The line that `verify` prints for a recipe, and whether all is well.
fn verify_one(recipe: &Recipe, repeat: Option<usize>) -> anyhow::Result<(String, bool)> {
    let options = recipe
        .published
        .map_or(&[][..], |published| published.options);
    let run = || -> anyhow::Result<_> {
        let program = recipe.program(&recipe_options(recipe, options)?)?;
        match record(&program, recipe.needs, SEED) {
            (_, Ending::Failed(error)) => Err(error),
            (recording, _) => Ok(recording),
        }
    };
    let recording = run()?;
    let mut line = format!("{:<16}", recipe.name);
    let mut problem = None;
    if let Some(published) = recipe.published {
        let verdict = compare(&published, &as_text(&recording, &published)?);
        let (lines, largest) = (verdict.lines, verdict.largest.as_secs_f64());
        write!(
            line,
            " {lines:>3} lines  largest time difference {largest:.3} s"
        )?;
        problem = verdict.difference.map(|difference| difference.to_string());
    }
    if let Some(times) = repeat {
        let mut alike = 1;
        while alike < times && run()? == recording {
            alike += 1;
        }
        write!(line, "  {alike} of {times} runs alike")?;
        if alike < times {
            problem.get_or_insert(format!("  run {} is not as the first one", alike + 1));
        }
    }
    let fine = problem.is_none();
    line += &problem.map_or("  ok\n".to_owned(), |problem| {
        format!("  DIFFERS\n{problem}\n")
    });
    Ok((line, fine))
}

/// The log as the published machine would have shown it.
fn as_text(recording: &Recording, published: &Published) -> anyhow::Result<String> {
    let start = time_of_day(published.start).map_err(anyhow::Error::msg)?;
    let mut bytes = Vec::new();
    let mut text = Text::new(
        &mut bytes,
        Style {
            start,
            color: false,
            emoji: true,
            places: false,
        },
    );
    for event in recording.events() {
        text.event(&event)?;
    }
    drop(text);
    Ok(String::from_utf8(bytes)?)
}
