//! The command line: what may be typed, and what is done then.

mod check;
mod commands;
#[cfg(feature = "export")]
mod export;
#[cfg_attr(
    not(any(feature = "export", feature = "player")),
    expect(dead_code, reason = "only these show recordings; 'check' reads them")
)]
mod file;
mod options;
mod play;
#[cfg(feature = "player")]
mod player;
mod print;
mod read;
#[cfg(feature = "shell")]
mod shell;
mod signals;
mod time_of_day;
mod usage;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};

use crate::demos::RECIPES;
use crate::kit::own_all_children;
use crate::output::ending::{self, Unit};
use crate::recipe::Recipe;
use commands::{ListOptions, VerifyOptions};
use options::RunOptions;
use print::{print, print_verdict};
use read::{ExplainOptions, ShowOptions};

#[cfg(feature = "player")]
pub use player::record;

/// Exit codes besides 0 and 1.
const USAGE: u8 = 2;
const DEADLOCK: u8 = 3;

/// What may be typed besides a recipe.
struct Own {
    name: &'static str,
    about: &'static str,
    /// Adds its options, and what else there is to its command line.
    options: fn(Command) -> Command,
    /// Does it. The second argument is all that was typed.
    run: fn(&ArgMatches, &[OsString]) -> anyhow::Result<ExitCode>,
}

/// Our commands, in the order of the help.
static COMMANDS: &[Own] = &[
    #[cfg(feature = "player")]
    Own {
        name: "play",
        about: "Opens the full-screen player on a recipe, a recording, or its menu",
        options: player::command,
        run: player::open,
    },
    Own {
        name: "show",
        about: "Shows a recipe's source, highlighted, with line numbers",
        options: ShowOptions::augment_args,
        run: |matches, _| read::show(&ShowOptions::from_arg_matches(matches)?.applied()),
    },
    Own {
        name: "explain",
        about: "Shows a recipe's page: what it teaches, pitfalls, what to try",
        options: ExplainOptions::augment_args,
        run: |matches, _| read::explain(&ExplainOptions::from_arg_matches(matches)?.applied()),
    },
    Own {
        name: "list",
        about: "Lists the recipes by chapter, one line each",
        options: ListOptions::augment_args,
        run: |matches, _| commands::list(ListOptions::from_arg_matches(matches)?.format),
    },
    Own {
        name: "tour",
        about: "Runs the sections of the published walkthrough in order, as one log",
        options: with_run_options,
        run: |matches, _| play::tour(&RunOptions::from_arg_matches(matches)?.checked()?),
    },
    Own {
        name: "verify",
        about: "Compares our runs with the published logs, a line each",
        options: VerifyOptions::augment_args,
        run: |matches, _| commands::verify(&VerifyOptions::from_arg_matches(matches)?),
    },
    Own {
        name: "check",
        about: check::ABOUT,
        options: check::command,
        run: |matches, _| check::check(matches),
    },
    #[cfg(feature = "shell")]
    Own {
        name: "completions",
        about: "Prints the script that completes our command line in a shell",
        options: shell::CompletionsOptions::augment_args,
        run: |matches, _| {
            shell::completions(shell::CompletionsOptions::from_arg_matches(matches)?.shell)
        },
    },
    #[cfg(feature = "shell")]
    Own {
        name: "man",
        about: "Prints the manual page, or writes all of them",
        options: shell::ManOptions::augment_args,
        run: |matches, _| shell::man(shell::ManOptions::from_arg_matches(matches)?.dir.as_deref()),
    },
    #[cfg(feature = "export")]
    Own {
        name: "timeline",
        about: "Draws who waits and who works when, as text",
        options: export::command,
        run: export::timeline,
    },
    #[cfg(feature = "export")]
    Own {
        name: "export",
        about: "Writes a run to a file: .json .cast .trace.json .svg .html",
        options: export::command,
        run: export::export,
    },
];

/// Does what the arguments say, and tells how it went: 0 done, 1 something
/// failed, 2 usage, 3 deadlock, 124 time limit, 128 + n ended by signal n: 130
/// by Ctrl-C, 129 by SIGHUP, 131 by SIGQUIT, 143 by SIGTERM.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    own_all_children();
    let arguments = arguments.into_iter().collect();
    match signals::supervise(|| dispatch(arguments)).and_then(|done| done) {
        Ok(code) => code,
        Err(error) if signals::is_interruption(&error) => {
            signals::report_interruption();
            signals::exit_code().into()
        }
        Err(error) => report(&error),
    }
}

fn dispatch(arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let arguments = options::with_walkthrough(arguments);
    let matches = command_for(&arguments)
        .try_get_matches_from(&arguments)
        .or_else(|error| file::with_any_name(error, &arguments))
        .map_err(|error| usage::explained(error, &arguments))?;
    let Some((name, matches)) = matches.subcommand() else {
        // Nothing was typed.
        let plays = cfg!(feature = "player") && has_terminal();
        let name = if plays { "play" } else { "list" };
        return dispatch(["asyncdemo", name].map(OsString::from).to_vec());
    };
    match COMMANDS.iter().find(|own| own.name == name) {
        Some(own) => (own.run)(matches, &arguments),
        None => play::one(recipe(name)?, matches),
    }
}

/// The part of the command line that these arguments need: a run of a recipe
/// starts sooner without all the others.
fn command_for(arguments: &[OsString]) -> Command {
    let name = arguments.get(1).and_then(|name| name.to_str());
    let asks = |argument: &OsString| argument == "-h" || argument == "--help";
    match name.map(recipe) {
        Some(Ok(recipe)) if !arguments.iter().any(asks) => {
            program().subcommand(usage::of_run(recipe))
        }
        _ => command(),
    }
}

/// The whole command line.
pub fn command() -> Command {
    let recipes = RECIPES.iter().map(usage::of_recipe);
    let own = COMMANDS
        .iter()
        .map(|own| Command::new(own.name).about(own.about).defer(with_options));
    program().subcommands(recipes).subcommands(own)
}

/// The command line without what may be typed first.
fn program() -> Command {
    Command::new("asyncdemo")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A cookbook of runnable async demos: small tokio programs that narrate themselves")
        .after_help(usage::examples())
        .subcommand_help_heading("Recipes and commands")
        .subcommand_value_name("RECIPE|COMMAND")
        .disable_help_subcommand(true)
}

/// Adds the options of one of our commands. They are made when they are needed,
/// for most runs need one of them at most.
fn with_options(command: Command) -> Command {
    match COMMANDS.iter().find(|own| own.name == command.get_name()) {
        Some(own) => (own.options)(command)
            .mut_args(usage::with_range)
            .about(own.about),
        None => command,
    }
}

fn with_run_options(command: Command) -> Command {
    RunOptions::augment_args(command.args_override_self(true))
}

/// Whether this build has a command or a recipe of that name.
fn is_here(name: &str) -> bool {
    COMMANDS.iter().any(|own| own.name == name) || recipe(name).is_ok()
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
        return ExitCode::SUCCESS; // The reader has read enough.
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

/// Whether standard input and output are a terminal.
fn has_terminal() -> bool {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !dumb
}

/// The width of the terminal that standard output is, if it is one.
fn columns() -> Option<u16> {
    let out = io::stdout();
    let size = rustix::termios::tcgetwinsize(&out).ok()?;
    Some(size.ws_col).filter(|columns| *columns > 0)
}

/// Whether to colour standard output: by --color, then the environment, then
/// by what it is.
fn color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Says why on stderr. That it cannot be said is no reason to panic.
fn fail(code: u8, why: &str) -> ExitCode {
    let line = usage::on_stderr(why) + "\n";
    let _ = ending::finish(Unit::Lines, || io::stderr().write_all(line.as_bytes()));
    ExitCode::from(code)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
