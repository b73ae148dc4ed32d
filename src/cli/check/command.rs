//! The command line of `check`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, Args, Command, ValueHint};
use colorchoice_clap::Color;

use crate::cli::file::FileOptions;
use crate::cli::options::Draws;
use crate::cli::usage::with_range;
use crate::demos::RECIPES;
use crate::kit::duration;
use crate::recipe::Recipe;

/// What `check` does.
pub const ABOUT: &str = "Compares the output of a program, in any language, with a recipe's log";

const RULES: &str = "\
The program must print the same texts in the same order. Lines that happen at the same instant may \
come in any order; a time and an icon before the text, '[08:49:09.588] ✅ ', may be there or not. \
Its standard error passes through. It must exit with 0, or with any code if the run of the recipe \
itself ends in a deadlock. It cannot use the terminal.

Exit code 0: the same; 1: different, or the program failed; 2: wrong usage; 124: it did not end in \
time; 128 + n: ended by signal n (130 for Ctrl-C).";

const USAGE: &str = "\
asyncdemo check <RECIPE> [OPTIONS] -- <COMMAND>...
       asyncdemo check --against <FILE> [OPTIONS] -- <COMMAND>...";

const EXAMPLES: &str = "\
Examples:
  asyncdemo check semaphore --walkthrough -- python3 semaphore.py
  asyncdemo check timeout --takes 1s --timing 50ms -- ./timeout";

/// Options of `check`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of check")]
pub struct CheckOptions {
    /// Also compares when lines arrive, counted from the first one: each may be this much too
    /// early or too late
    #[arg(long, value_name = "TOLERANCE", value_parser = duration)]
    pub timing: Option<Duration>,

    /// Kills the program, with all that it has started, if it runs longer than this
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub time_limit: Duration,

    /// Accept a program that prints the right lines and then fails, with any exit code or signal
    #[arg(long)]
    pub any_exit: bool,

    /// Checks against a run that export or --format json has written, not against a recipe
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,

    #[command(flatten)]
    pub file: FileOptions,

    #[command(flatten)]
    color: Color,

    /// The program to check, and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    #[arg(value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

impl CheckOptions {
    /// These options; from now on colours are used as they say.
    pub fn applied(self) -> Self {
        self.color.write_global();
        self
    }
}

/// Which run of a recipe is recorded.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of check")]
pub struct RecordOptions {
    #[command(flatten)]
    pub draws: Draws,

    /// Takes the run as it was published: its options and draws; options typed as well go before
    /// the published ones
    #[arg(long)]
    pub walkthrough: bool,
}

/// The command line of `check`: a recipe's own options, or `--against` alone.
pub fn command(command: Command) -> Command {
    CheckOptions::augment_args(command)
        .about(ABOUT)
        .long_about(format!("{ABOUT}.\n\n{RULES}"))
        .after_help(EXAMPLES)
        .override_usage(USAGE)
        .mut_arg("max_size", |arg| arg.requires("against"))
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Recipes")
        .subcommand_value_name("RECIPE")
        .subcommands(RECIPES.iter().map(of_recipe))
}

fn of_recipe(recipe: &Recipe) -> Command {
    let mut command = recipe.command();
    let own: Vec<_> = command.get_arguments().map(Arg::get_id).cloned().collect();
    command = RecordOptions::augment_args(command);
    CheckOptions::augment_args(command)
        .mut_arg("against", |arg| {
            let other = ["seed", "schedule", "walkthrough"].map(Into::into);
            arg.conflicts_with_all(own.into_iter().chain(other))
        })
        .mut_arg("max_size", |arg| arg.requires("against"))
        .mut_args(with_range)
        .args_override_self(true)
        .about(recipe.title())
        .after_help(EXAMPLES)
}
