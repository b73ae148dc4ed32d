//! What help and usage errors say.

use clap::{Arg, Args as _, Command};

use super::player::{PlayOptions, SeedOption};
use crate::recipe::Recipe;

/// The end of the program's own help.
pub const EXAMPLES: &str = "\
Examples:
  asyncdemo semaphore --limit 2
  asyncdemo play semaphore
  asyncdemo tour --walkthrough --pace 1

'asyncdemo RECIPE --help' tells a recipe's options; --clock virtual runs any of them at once.";

/// What an option's value may be, by the name that help gives it.
const RANGES: [(&str, &str); 2] = [
    ("COUNT", "a whole number from 1 to 10000000"),
    (
        "DURATION",
        "a duration such as 250ms, 1.5s or 2s, from 0s to 24h",
    ),
];

/// A recipe's command line: its help is made of its page.
pub fn of_recipe(recipe: &Recipe, with_run_options: fn(Command) -> Command) -> Command {
    let page = recipe.page();
    let examples = page
        .commands()
        .take(2)
        .fold("Examples:".to_owned(), |text, command| {
            text + "\n  " + command
        });
    let introduction = format!("{}\n\n{}", page.title(), page.introduction());
    let command = recipe.command().mut_args(with_range);
    with_run_options(command)
        .about(page.title().to_owned())
        .long_about(introduction)
        .after_help(examples)
}

/// A recipe's command line in the player.
pub fn of_recipe_to_play(recipe: &Recipe) -> Command {
    let command = recipe.command().mut_args(with_range);
    let command = SeedOption::augment_args(PlayOptions::augment_args(command));
    command
        .about(recipe.page().title().to_owned())
        .args_override_self(true)
}

/// Adds what its value may be to an option's help; a value may begin with a
/// hyphen, so that `--workers -1` is called out of range, not unknown.
pub fn with_range(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let named = |name: &str| arg.get_value_names().is_some_and(|names| names[0] == name);
    let range = RANGES.iter().find(|(name, _)| named(name));
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let option = !arg.is_positional();
    let arg = arg.allow_hyphen_values(option);
    match range {
        Some((_, range)) => arg.help(format!("{help} ({range})")),
        None => arg,
    }
}

/// A usage error as one line that names the option and the cure.
pub fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let told = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty());
    told.collect::<Vec<_>>()
        .join("; ")
        .replace(char::is_control, " ")
}
