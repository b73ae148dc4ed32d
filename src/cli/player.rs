//! Starts the player, and records for it.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgMatches, Args, Command, FromArgMatches as _};
use colorchoice_clap::Color;
use tokio::sync::oneshot;

use super::file::{self, FileOptions};
use super::options::{Emoji, Format, SEED, seed};
use super::print::print_with;
use super::{color, commands, dispatch, has_terminal, recipe, signals, usage};
use crate::demos::RECIPES;
use crate::kit::kill_process_groups;
use crate::output::{Harmless, Style, Text};
use crate::player::{self, Inputs, Left, Open, Order, Setup, Theme};
use crate::recipe::Recipe;
use crate::recording::{Recording, Sink as _};
use crate::run;

/// Options of the player. What `--walkthrough` stands for is among the recipe's
/// options already.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of the player")]
struct PlayOptions {
    #[command(flatten)]
    color: Color,

    /// Whether lines have icons; `auto` leaves them out on terminals that cannot draw them
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    emoji: Emoji,

    /// Plays the run as it was published: its options and draws
    #[arg(long)]
    walkthrough: bool,

    /// Panics at the first key, to see that the terminal is given back
    #[arg(long, hide = true)]
    panic_at_first_key: bool,
}

impl PlayOptions {
    /// These options; from now on colours are used as they say.
    fn applied(self) -> Self {
        self.color.write_global();
        self
    }

    /// Whether to show icons.
    fn emoji(&self) -> bool {
        self.emoji.on_stdout()
    }
}

/// The command line of `play`: a recipe with its options, a recording, or
/// nothing for the menu.
pub fn command(command: Command) -> Command {
    PlayOptions::augment_args(command)
        .allow_external_subcommands(true)
        .subcommand_value_name("RECIPE|FILE.json")
        .subcommand_help_heading("Recipes")
        .subcommands(RECIPES.iter().map(of_recipe))
}

fn of_recipe(recipe: &Recipe) -> Command {
    DrawOptions::augment_args(PlayOptions::augment_args(recipe.command()))
        .mut_args(usage::with_range)
        .about(recipe.title())
        .args_override_self(true)
}

/// What a recorded run depends on besides its program.
#[derive(Args, Clone, Copy, Debug)]
struct DrawOptions {
    /// What random draws start from: the same seed gives the same log [default: 5]
    #[arg(long, value_name = "N", value_parser = seed)]
    seed: Option<u64>,

    /// Which of the orders that tokio may run tasks in; 0 is its own [default: 0]
    #[arg(long, value_name = "N", value_parser = seed)]
    schedule: Option<u64>,
}

/// Opens the player on what the arguments name.
pub fn open(matches: &ArgMatches, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    match matches.subcommand() {
        None => menu(matches),
        Some((name, matches)) => match recipe(name) {
            Ok(recipe) => one(recipe, matches, arguments),
            Err(_) => recorded(name, matches, arguments),
        },
    }
}

/// Opens the player on its menu; where there is no terminal, lists the recipes.
fn menu(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    if !has_terminal() {
        say_no_terminal("the list of recipes");
        return commands::list(Format::Text);
    }
    play(matches, Open::Menu, SEED)
}

/// Opens the player on a recipe, whose options are among the arguments; where
/// there is no terminal, prints its log.
fn one(recipe: &Recipe, matches: &ArgMatches, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let typed = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = typed
        .skip(1) // The program may be called like a recipe.
        .skip_while(|word| *word != recipe.name)
        .skip(1)
        .collect();
    if !has_terminal() {
        say_no_terminal("the log");
        let clock = format!("--clock={}", recipe.needs.clock().name());
        let run = ["asyncdemo", &recipe.name, &clock].map(OsString::from);
        return dispatch(
            run.into_iter()
                .chain(words.into_iter().map(OsString::from))
                .collect(),
        );
    }
    let own = PlayOptions::augment_args(Command::new("play"));
    let options = without(&own, &words);
    play(matches, Open::Recipe(recipe.name.clone(), options), SEED)
}

/// Opens the player on a recording that was written before; where there is no
/// terminal, prints its log.
fn recorded(name: &str, matches: &ArgMatches, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let path = file::named(name, command(Command::new("play")), arguments)?;
    let words = matches.get_many::<OsString>("").unwrap_or_default();
    let own = Command::new("asyncdemo play FILE.json").no_binary_name(true);
    let own = FileOptions::augment_args(PlayOptions::augment_args(own));
    let matches = own.try_get_matches_from(words)?;
    let recording = file::recording(&path, FileOptions::from_arg_matches(&matches)?)?;
    if has_terminal() {
        recipe(&recording.spec.recipe)?;
        return play(&matches, Open::Recording(Box::new(recording)), SEED);
    }
    say_no_terminal("the log");
    let options = PlayOptions::from_arg_matches(&matches)?.applied();
    let style = Style {
        start: recording.spec.start,
        color: color(),
        emoji: options.emoji(),
        places: false,
    };
    print_with(|out| {
        let mut text = Harmless(Text::new(out, style));
        recording
            .events()
            .try_for_each(|event| text.event(&event))?;
        text.flush()
    })?;
    Ok(file::exit_code(&recording))
}

fn play(matches: &ArgMatches, open: Open, seed: u64) -> anyhow::Result<ExitCode> {
    let options = PlayOptions::from_arg_matches(matches)?.applied();
    let setup = Setup {
        library: RECIPES.iter().collect(),
        open,
        seed,
        theme: Theme {
            color: color(),
            emoji: options.emoji(),
        },
        panics: options.panic_at_first_key,
    };
    let inputs = Inputs::default();
    let _winds_up = signals::on_the_terminal(inputs.interrupt());
    let left = player::play(setup, inputs, Arc::new(record));
    kill_process_groups(); // None is left, unless a recording hangs.
    Ok(match left? {
        Left::Quit => ExitCode::SUCCESS,
        Left::Interrupted => signals::exit_code().into(),
    })
}

/// Says what is printed instead.
fn say_no_terminal(what: &str) {
    // That it cannot be said is no reason not to do it.
    let _ = writeln!(
        io::stderr(),
        "the player needs a terminal; here is {what} instead"
    );
}

/// Makes a run as the player orders it: at once, or as it happens where part
/// of it keeps real time.
///
/// # Errors
///
/// What is wrong with the options, in one line.
pub fn record(order: &Order) -> Result<Recording, String> {
    let mut spec = order.spec.clone();
    let recipe = RECIPES.iter().find(|recipe| recipe.name == spec.recipe);
    let recipe = recipe.ok_or("there is no such recipe")?;
    let wrong = |error: clap::Error| usage::in_one_line(&error);
    let matches = matches(recipe, &spec.options).map_err(wrong)?;
    let draws = DrawOptions::from_arg_matches(&matches).map_err(wrong)?;
    let program = recipe.program(&matches).map_err(wrong)?;
    spec.seed = draws.seed.unwrap_or(spec.seed);
    spec.schedule = draws.schedule.unwrap_or(spec.schedule);
    spec.options = without(&DrawOptions::augment_args(Command::new("")), &spec.options);
    let setup = run::Setup {
        clock: recipe.needs.clock(),
        seed: spec.seed,
        schedule: spec.schedule,
        needs: recipe.needs,
        on_listening: None,
    };
    let (stop, mut interrupt) = oneshot::channel();
    order.live.on_stop(move || {
        let _ = stop.send(()); // It may just have ended.
    });
    let (mut recording, _) = run::record_into(&order.live.kept(), &program, setup, &mut interrupt);
    recording.spec = spec;
    Ok(recording)
}

/// A recipe's options with `--seed` and `--schedule` among them.
fn matches(recipe: &Recipe, options: &[String]) -> Result<ArgMatches, clap::Error> {
    let command = DrawOptions::augment_args(recipe.command())
        .no_binary_name(true)
        .args_override_self(true)
        .disable_help_flag(true)
        .mut_args(usage::with_range);
    command.try_get_matches_from(options)
}

/// The words that are no options of `own`.
fn without(own: &Command, words: &[String]) -> Vec<String> {
    let of_own = |word: &str| {
        let (name, value) = word
            .strip_prefix("--")?
            .split_once('=')
            .map_or((word.strip_prefix("--")?, None), |(name, value)| {
                (name, Some(value))
            });
        let arg = own
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name))?;
        Some(arg.get_action().takes_values() && value.is_none())
    };
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match of_own(word) {
            Some(true) => drop(words.next()),
            Some(false) => {}
            None => rest.push(word.clone()),
        }
        if word == "--" {
            rest.extend(words.by_ref().cloned());
        }
    }
    rest
}
