//! Recordings as pictures and files: `timeline` and `export`, of a recipe's run
//! or of a recording that was exported before.

mod command;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches as _};

use super::file::{self, FileOptions};
use super::options::typed;
use super::print::{print, print_with};
use super::{color, signals};
use crate::demos::RECIPES;
use crate::kit::Clock;
use crate::output::{Existing, Target, cast, html, svg, timeline, trace};
use crate::recipe::{Interrupted, Recipe};
use crate::recording::{Recording, RunSpec, form};
use crate::run::{Ending, Setup, record_into};
pub use command::command;
use command::{
    EXPORT, ExportOptions, FileFormat, RecordedOptions, TIMELINE, TimelineFormat, TimelineOptions,
    View,
};

/// Prints the timeline of a run.
pub fn timeline(matches: &ArgMatches, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let (source, matches) = Source::of(&TIMELINE, matches, arguments)?;
    let options = TimelineOptions::from_arg_matches(&matches)?.applied();
    source.shown(|recording| {
        print(&match options.format {
            TimelineFormat::Picture => timeline::picture(recording, options.drawing(color())),
            TimelineFormat::Text => timeline::sentences(recording),
        })
    })
}

/// Writes a run to a file.
pub fn export(matches: &ArgMatches, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let (source, matches) = Source::of(&EXPORT, matches, arguments)?;
    let options = ExportOptions::from_arg_matches(&matches)?;
    let format = options.format()?;
    if options.output == Path::new("-") {
        return source.shown(|recording| print_with(|out| write(recording, format, &options, out)));
    }
    // A long run is for nothing if its file cannot be written.
    let existing = if options.force {
        Existing::IsReplaced
    } else {
        Existing::Stays("--force replaces it")
    };
    let target = Target::open(&options.output, existing)?;
    source.shown(|recording| target.write(|out| write(recording, format, &options, out)))
}

/// Writes a recording in one of the formats.
fn write(
    recording: &Recording,
    format: FileFormat,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        FileFormat::Json => form::write_to(recording, out),
        FileFormat::Cast => {
            let version = options.cast_version.unwrap_or_default();
            cast::write(recording, version, options.color(), options.emoji(), out)
        }
        FileFormat::Trace => trace::write(recording, out),
        FileFormat::Svg => svg::write(recording, out),
        FileFormat::Html => {
            let name = &recording.spec.recipe;
            let recipe = RECIPES.iter().find(|recipe| recipe.name == *name);
            html::write(recording, recipe, out)
        }
    }
}

/// Where a recording comes from.
enum Source {
    /// A run that is to be recorded, with its options.
    Run(&'static Recipe, Box<ArgMatches>),
    /// A file, and how much of it is read.
    File(PathBuf, FileOptions),
}

impl Source {
    /// What the arguments name, and the options that follow it.
    fn of(
        view: &View,
        matches: &ArgMatches,
        arguments: &[OsString],
    ) -> anyhow::Result<(Self, ArgMatches)> {
        let Some((name, matches)) = matches.subcommand() else {
            // Clap has asked for one already.
            return Err(clap::Error::new(ErrorKind::MissingSubcommand).into());
        };
        if let Some(recipe) = RECIPES.iter().find(|recipe| recipe.name == name) {
            let source = Self::Run(recipe, Box::new(matches.clone()));
            return Ok((source, matches.clone()));
        }
        let path = file::named(name, command(Command::new(view.name)), arguments)?;
        let words = matches.get_many::<OsString>("").unwrap_or_default();
        let matches = view.of_file().try_get_matches_from(words)?;
        let options = FileOptions::from_arg_matches(&matches)?;
        Ok((Self::File(path, options), matches))
    }

    /// Gets the recording, shows it, and says how its run ended: a run that
    /// failed or was interrupted is not shown.
    fn shown(
        self,
        show: impl FnOnce(&Recording) -> anyhow::Result<()>,
    ) -> anyhow::Result<ExitCode> {
        let (recipe, matches) = match self {
            Self::Run(recipe, matches) => (recipe, matches),
            Self::File(path, options) => {
                let recording = file::recording(&path, options)?;
                show(&recording)?;
                return Ok(file::exit_code(&recording));
            }
        };
        let (recording, ending) = record(recipe, &matches)?;
        match ending {
            Ending::Done => {
                show(&recording)?;
                Ok(ExitCode::SUCCESS)
            }
            Ending::Deadlock(_) => {
                show(&recording)?;
                Ok(file::exit_code(&recording))
            }
            Ending::Failed(error) => Err(error),
            Ending::Interrupted => Err(Interrupted.into()),
        }
    }
}

/// Runs a recipe with the options in `matches` and keeps what happens.
fn record(recipe: &Recipe, matches: &ArgMatches) -> anyhow::Result<(Recording, Ending)> {
    let options = RecordedOptions::from_arg_matches(matches)?;
    let (clock, draws) = (options.clock(recipe)?, options.draws);
    let setup = Setup {
        clock,
        seed: draws.seed,
        schedule: draws.schedule,
        needs: recipe.needs,
        // Simulated time is over before a signal can come.
        on_listening: (clock == Clock::Real).then_some(signals::leave_to_the_recipe),
    };
    let spec = RunSpec {
        recipe: recipe.name.clone(),
        options: typed(recipe, matches),
        seed: draws.seed,
        clock: clock.name().to_owned(),
        schedule: draws.schedule,
        start: options.start(clock),
    };
    let program = recipe.program(matches)?;
    let (mut recording, ending) = signals::interruptible(|mut interrupt| {
        record_into(&Arc::default(), &program, setup, &mut interrupt)
    });
    recording.spec = spec;
    Ok((recording, ending))
}
