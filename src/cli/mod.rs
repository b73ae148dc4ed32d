//! The command line: what may be typed, and what is done then.

mod check;
mod commands;
mod export;
mod options;
mod play;
mod player;
mod read;
mod shell;
mod signals;
mod target;
mod usage;
mod views;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};

use crate::demos::RECIPES;
use crate::output::stdout;
use crate::recipe::Recipe;
use options::RunOptions;
use read::{ExplainOptions, ShowOptions};

pub use player::record;

/// Exit codes besides 0 and 1.
const USAGE: u8 = 2;
const DEADLOCK: u8 = 3;
const INTERRUPTED: u8 = 130;

/// Does what the arguments say, and tells how it went: 0 done, 1 something
/// failed, 2 usage, 3 deadlock, 124 time limit, 130 interrupted.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    dispatch(arguments.into_iter().collect()).unwrap_or_else(|error| report(&error))
}

fn dispatch(arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let arguments = options::with_walkthrough(arguments);
    let matches = command()
        .try_get_matches_from(&arguments)
        .map_err(|error| usage::about_check(error, &arguments))?;
    match matches.subcommand() {
        None => player::nothing_typed(),
        Some(("play", matches)) => match matches.subcommand() {
            None => player::menu(matches),
            Some((name, matches)) => match recipe(name) {
                Ok(recipe) => player::one(recipe, matches, &arguments),
                Err(_) => player::file(name, matches, &arguments),
            },
        },
        Some(("show", matches)) => read::show(&ShowOptions::from_arg_matches(matches)?.applied()),
        Some(("explain", matches)) => {
            read::explain(&ExplainOptions::from_arg_matches(matches)?.applied())
        }
        Some(("list", matches)) => {
            commands::list(options::ListOptions::from_arg_matches(matches)?.format)
        }
        Some(("tour", matches)) => play::tour(&RunOptions::from_arg_matches(matches)?.checked()?),
        Some(("verify", matches)) => {
            commands::verify(&options::VerifyOptions::from_arg_matches(matches)?)
        }
        Some(("check", matches)) => match matches.subcommand() {
            None => check::check(None, matches),
            Some((name, matches)) => check::check(Some(recipe(name)?), matches),
        },
        Some(("completions", matches)) => {
            shell::completions(options::CompletionsOptions::from_arg_matches(matches)?.shell)
        }
        Some(("man", matches)) => shell::man(
            options::ManOptions::from_arg_matches(matches)?
                .dir
                .as_deref(),
        ),
        Some(("timeline", matches)) => export::timeline(matches, &arguments),
        Some(("export", matches)) => export::export(matches, &arguments),
        Some((name, matches)) => play::one(recipe(name)?, matches),
    }
}

/// The whole command line.
pub fn command() -> Command {
    let recipes = RECIPES
        .iter()
        .map(|recipe| usage::of_recipe(recipe, with_run_options));
    let own = [
        player::command(),
        ShowOptions::augment_args(Command::new("show"))
            .about("Shows a recipe's source, highlighted, with line numbers"),
        ExplainOptions::augment_args(Command::new("explain"))
            .about("Shows a recipe's page: what it teaches, pitfalls, what to try"),
        options::ListOptions::augment_args(Command::new("list"))
            .about("Lists the recipes by chapter, one line each"),
        with_run_options(Command::new("tour"))
            .about("Runs the sections of the published walkthrough in order, as one log"),
        options::VerifyOptions::augment_args(Command::new("verify"))
            .about("Holds the published logs against ours, a line each"),
        usage::of_check(),
        options::CompletionsOptions::augment_args(Command::new("completions"))
            .about("Prints the script that completes our command line in a shell")
            .after_help(usage::COMPLETIONS_EXAMPLES),
        options::ManOptions::augment_args(Command::new("man"))
            .about("Prints the manual page, or writes all of them")
            .after_help(usage::MAN_EXAMPLES),
        views::TIMELINE.command(),
        views::EXPORT.command(),
    ];
    Command::new("asyncdemo")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A cookbook of runnable async demos: small tokio programs that narrate themselves")
        .after_help(usage::EXAMPLES)
        .subcommand_help_heading("Recipes and commands")
        .subcommand_value_name("RECIPE|COMMAND")
        .disable_help_subcommand(true)
        .subcommands(recipes)
        .subcommands(own)
}

fn with_run_options(command: Command) -> Command {
    RunOptions::augment_args(command.args_override_self(true))
}

fn recipe(name: &str) -> anyhow::Result<&'static Recipe> {
    RECIPES
        .iter()
        .find(|recipe| recipe.name == name)
        .with_context(|| {
            format!("there is no recipe called '{name}'; 'asyncdemo list' shows them all")
        })
}

/// A recipe's options, without those of every run.
fn recipe_options(recipe: &Recipe, arguments: &[&str]) -> Result<ArgMatches, clap::Error> {
    recipe
        .command()
        .no_binary_name(true)
        .try_get_matches_from(arguments)
}

/// One line on stderr that says what is wrong and what to do.
fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        return match usage.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => print_help(usage),
            _ => fail(USAGE, &usage::in_one_line(usage)),
        };
    }
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS; // Whoever reads us has read enough.
    }
    fail(1, &format!("error: {error:#}"))
}

fn print_help(help: &clap::Error) -> ExitCode {
    let text = help.render();
    let text = if color() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    match print(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// Whether to colour standard output: by --color, then the environment, then
/// by what it is.
fn color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Writes text to standard output, all of it.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = stdout().context("cannot write to standard output")?;
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Says why on stderr. That it cannot be said is no reason to panic.
fn fail(code: u8, why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{}", usage::on_stderr(why));
    ExitCode::from(code)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
