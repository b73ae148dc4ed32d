//! What help and usage errors say.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::demos::RECIPES;
use crate::recipe::Recipe;
use crate::recording::json::commands_a_terminal;

/// The end of the program's own help.
pub fn examples() -> String {
    let play = if cfg!(feature = "player") {
        "\n  asyncdemo play semaphore"
    } else {
        ""
    };
    format!(
        "\
Examples:
  asyncdemo semaphore --limit 2{play}
  asyncdemo tour --walkthrough --pace 1

'asyncdemo RECIPE --help' lists a recipe's options; --clock virtual runs it without waiting."
    )
}

/// What an option's value may be, by the name that help gives it.
const RANGES: [(&str, &str); 4] = [
    ("COUNT", "a whole number from 1 to 1000000"),
    ("TOLERANCE", "a duration such as 20ms, from 0s to 24h"),
    (
        "DURATION",
        "a duration such as 250ms, 1.5s or 2s, from 0s to 24h",
    ),
    (
        "PERIOD",
        "a duration such as 250ms, 1.5s or 2s, longer than 0s and up to 24h",
    ),
];

/// A recipe's command line: its help is made of its page. It, too, is made when
/// it is needed.
pub fn of_recipe(recipe: &'static Recipe) -> Command {
    named(recipe).defer(|command| {
        let Ok(recipe) = super::recipe(command.get_name()) else {
            return command;
        };
        let page = recipe.page();
        let examples = page
            .commands()
            .take(2)
            .fold("Examples:".to_owned(), |text, command| {
                text + "\n  " + command
            });
        let introduction = format!("{}\n\n{}", page.title(), page.introduction());
        with_options(command)
            .long_about(introduction)
            .after_help(examples)
    })
}

/// The same without what help says of it: a run starts sooner without its page.
pub fn of_run(recipe: &'static Recipe) -> Command {
    named(recipe).defer(with_options)
}

fn named(recipe: &'static Recipe) -> Command {
    Command::new(&*recipe.name).about(recipe.title())
}

fn with_options(command: Command) -> Command {
    match super::recipe(command.get_name()) {
        Ok(recipe) => super::with_run_options(recipe.with_options(command))
            .mut_args(with_range)
            .about(recipe.title()),
        Err(_) => command,
    }
}

/// What a build may lack, and the feature that it needs.
const FEATURES: [(&str, &str); 6] = [
    ("play", "player"),
    ("timeline", "export"),
    ("export", "export"),
    ("http", "http"),
    ("completions", "shell"),
    ("man", "shell"),
];

/// Says what clap cannot know: that this build leaves something out, or what is
/// wrong behind `check`.
pub fn explained(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let error = about_check(error, arguments);
    let unknown = error.get(ContextKind::InvalidSubcommand);
    let unknown = unknown.map(ToString::to_string);
    let lacking = FEATURES
        .iter()
        .find(|(name, _)| unknown.as_deref() == Some(name) && !super::is_here(name));
    if let Some((name, feature)) = lacking {
        let why = format!("this build has no '{name}'; build it with --features {feature}\n");
        return clap::Error::raw(ErrorKind::InvalidSubcommand, why);
    }
    or_help(error)
}

/// Where clap knows nothing that is like what was typed.
fn or_help(mut error: clap::Error) -> clap::Error {
    let unknown = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand];
    let tips = [
        ContextKind::Suggested,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
    ];
    if unknown.contains(&error.kind()) && tips.iter().all(|tip| error.get(*tip).is_none()) {
        insert_tip(&mut error, "'--help' shows what there is");
    }
    error
}

fn insert_tip(error: &mut clap::Error, tip: &'static str) {
    let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
    error.insert(ContextKind::Suggested, tip);
}

/// Says what clap cannot know of `check`, which has both recipes and a program
/// behind it: that a recipe is misspelt, or that `--` is missing.
fn about_check(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    if error.kind() != ErrorKind::UnknownArgument
        || arguments.get(1).is_none_or(|name| name != "check")
    {
        return error;
    }
    let names = RECIPES.iter().map(|recipe| Command::new(&*recipe.name));
    let check = Command::new("check").subcommands(names);
    let recipe = Command::new("asyncdemo")
        .subcommand(check)
        .try_get_matches_from(arguments.iter().take(3));
    match recipe {
        Err(misspelt) if misspelt.kind() == ErrorKind::InvalidSubcommand => misspelt,
        _ => {
            if error.get(ContextKind::SuggestedArg).is_none() {
                insert_tip(&mut error, "the program to check stands after '--'");
            }
            error
        }
    }
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
    let told = told.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    on_stderr(&told)
}

/// What is told on stderr is one line that commands no terminal, whatever was
/// typed. A long one loses its middle: what is wrong stands before the value,
/// the cure behind it.
pub fn on_stderr(text: &str) -> String {
    const BEGIN: usize = 400;
    const END: usize = 500;
    let text = text.replace(commands_a_terminal, " ");
    let length = text.chars().count();
    if length <= BEGIN + END {
        return text;
    }
    let (begin, end) = (text.chars().take(BEGIN), text.chars().skip(length - END));
    begin.chain(['…']).chain(end).collect()
}
