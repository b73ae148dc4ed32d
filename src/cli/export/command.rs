//! The command lines of `timeline` and `export`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Command, ValueEnum, ValueHint};
use colorchoice_clap::Color;

use crate::cli::columns;
use crate::cli::file::FileOptions;
use crate::cli::options::{Draws, Emoji, KEEPS_REAL_TIME, UNPUBLISHED, refused};
use crate::cli::time_of_day::{now, time_of_day};
use crate::cli::usage::with_range;
use crate::demos::RECIPES;
use crate::kit::Clock;
use crate::output::cast;
use crate::output::timeline::Drawing;
use crate::recipe::Recipe;

/// The width of a timeline that no terminal shows.
const WIDTH: u16 = 100;

/// A command that shows a run of a recipe, or a recording.
pub struct View {
    pub name: &'static str,
    more: &'static str,
    options: fn(Command) -> Command,
}

/// `asyncdemo timeline`.
pub static TIMELINE: View = View {
    name: "timeline",
    more: "\
Examples:
  asyncdemo timeline semaphore --limit 2
  asyncdemo timeline lock --format text
  asyncdemo timeline run.json

'asyncdemo timeline RECIPE --help' and 'asyncdemo timeline FILE.json --help' list all options.",
    options: TimelineOptions::augment_args,
};

/// `asyncdemo export`.
pub static EXPORT: View = View {
    name: "export",
    more: "\
The file's ending tells the format:
  .json        the recording itself; play, timeline and export read it back
  .cast        a terminal recording for asciinema, with a marker at each line
  .trace.json  a trace for Perfetto and chrome://tracing
  .svg         the timeline as a picture, dark and light
  .html        a page that plays the run in any browser, without a network

Examples:
  asyncdemo export semaphore --limit 2 -o semaphore.svg
  asyncdemo export lock --no-lock -o lost.html
  asyncdemo export run.json -o run.cast

'asyncdemo export RECIPE --help' and 'asyncdemo export FILE.json --help' list all options.",
    options: ExportOptions::augment_args,
};

/// The command line of either: a recipe with its options, or a file.
pub fn command(command: Command) -> Command {
    let view = if command.get_name() == EXPORT.name {
        &EXPORT
    } else {
        &TIMELINE
    };
    command
        .allow_external_subcommands(true)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Recipes")
        .subcommand_value_name("RECIPE|FILE.json")
        .after_help(view.more)
        .subcommands(RECIPES.iter().map(|recipe| view.of_recipe(recipe)))
}

impl View {
    fn of_recipe(&self, recipe: &Recipe) -> Command {
        (self.options)(RecordedOptions::augment_args(recipe.command()))
            .mut_args(with_range)
            .about(recipe.title())
            .args_override_self(true)
    }

    /// The command line that follows a file's name.
    pub fn of_file(&self) -> Command {
        let name = format!("asyncdemo {} FILE.json", self.name);
        FileOptions::augment_args((self.options)(Command::new(name).no_binary_name(true)))
            .mut_args(with_range)
            .args_override_self(true)
    }
}

/// Which run of a recipe is recorded.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of the run")]
pub struct RecordedOptions {
    /// Which clock the run keeps [default: virtual; real where part of it keeps real time]
    #[arg(long, value_enum, value_name = "CLOCK")]
    clock: Option<Clock>,

    #[command(flatten)]
    pub draws: Draws,

    /// The time of day at the run's first moment, as HH:MM:SS.mmm [default: now; 00:00:00.000 on
    /// the virtual clock]
    #[arg(long, value_name = "TIME", value_parser = time_of_day)]
    start: Option<Duration>,

    /// Runs it as it was published: its options, draws and start time, on the virtual clock;
    /// options typed as well go before the published ones
    #[arg(long)]
    walkthrough: bool,
}

impl RecordedOptions {
    /// The clock that the run keeps.
    ///
    /// # Errors
    ///
    /// When the recipe cannot keep it.
    pub fn clock(&self, recipe: &Recipe) -> Result<Clock, clap::Error> {
        let why = match self.clock {
            _ if self.walkthrough && recipe.published.is_none() => UNPUBLISHED,
            Some(Clock::Real) if self.walkthrough => {
                "cannot have '--clock real' with '--walkthrough', which needs the virtual clock"
            }
            Some(Clock::Virtual) if recipe.needs.real_clock => KEEPS_REAL_TIME,
            clock => return Ok(clock.unwrap_or(recipe.needs.clock())),
        };
        Err(refused(recipe, why))
    }

    /// The time of day at the run's first moment.
    pub fn start(&self, clock: Clock) -> Duration {
        self.start.unwrap_or_else(|| match clock {
            Clock::Real => now(),
            Clock::Virtual => Duration::ZERO,
        })
    }
}

/// Options of `timeline`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of timeline")]
pub struct TimelineOptions {
    /// How the timeline is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TimelineFormat,

    /// Columns that it may take, from 20 to 1000 [default: the terminal's, or 100]
    #[arg(long, value_name = "COLUMNS", value_parser = width)]
    width: Option<u16>,

    #[command(flatten)]
    color: Color,

    /// Whether it has icons and box drawing characters, or ASCII alone; `auto` leaves them out on
    /// terminals that cannot draw them
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    emoji: Emoji,
}

/// How a timeline is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TimelineFormat {
    /// Bars, and the numbers of the lines
    #[default]
    Picture,
    /// Sentences for each lane
    Text,
}

fn width(text: &str) -> Result<u16, &'static str> {
    let number = text.parse().ok();
    let number = number.filter(|number| (20..=1000).contains(number));
    number.ok_or("expected a whole number from 20 to 1000")
}

impl TimelineOptions {
    /// These options; from now on colours are used as they say.
    pub fn applied(self) -> Self {
        self.color.write_global();
        self
    }

    /// How the picture is drawn.
    pub fn drawing(&self, color: bool) -> Drawing {
        let width = self.width.or_else(columns).unwrap_or(WIDTH);
        Drawing {
            width: usize::from(width),
            unicode: self.emoji.on_stdout(),
            color,
        }
    }
}

/// Options of `export`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of export")]
pub struct ExportOptions {
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,

    /// What to write, whatever the file is called
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    format: Option<FileFormat>,

    /// Replaces the file if there is one
    #[arg(long)]
    pub force: bool,

    /// The version of the asciicast format [default: 2]
    #[arg(long, value_enum, value_name = "VERSION")]
    pub cast_version: Option<cast::Version>,

    /// Whether a cast has colours; `auto` is yes
    #[command(flatten)]
    color: Color,

    /// Whether a cast has icons; `auto` is yes
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    emoji: Emoji,
}

/// What a run can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// The recording itself
    Json,
    /// A terminal recording: asciicast
    Cast,
    /// A trace: Chrome's trace event format
    Trace,
    /// A picture of the timeline
    Svg,
    /// A page that plays the run
    Html,
}

/// The endings that tell the format; the longer one goes first.
const ENDINGS: [(&str, FileFormat); 5] = [
    (".trace.json", FileFormat::Trace),
    (".json", FileFormat::Json),
    (".cast", FileFormat::Cast),
    (".svg", FileFormat::Svg),
    (".html", FileFormat::Html),
];

impl ExportOptions {
    /// What to write.
    ///
    /// # Errors
    ///
    /// When neither the file's ending nor `--as` tells it, or when options do
    /// not go together.
    pub fn format(&self) -> Result<FileFormat, clap::Error> {
        let name = self.output.to_string_lossy().to_lowercase();
        let by_ending = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
        let Some(format) = self.format.or(by_ending.map(|(_, format)| *format)) else {
            let why = if self.output == Path::new("-") {
                "'--output -' needs '--as <FORMAT>': json, cast, trace, svg or html\n".to_owned()
            } else {
                format!(
                    "invalid value '{}' for '--output <FILE>': its ending must be .json, .cast, \
                     .trace.json, .svg or .html; or say '--as <FORMAT>'\n",
                    self.output.display()
                )
            };
            return Err(clap::Error::raw(ErrorKind::InvalidValue, why));
        };
        if self.cast_version.is_some() && format != FileFormat::Cast {
            let why = "'--cast-version' is for casts alone; leave it out, or say '--as cast'\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, why));
        }
        Ok(format)
    }

    /// Whether a cast has colours.
    pub fn color(&self) -> bool {
        self.color.color != colorchoice_clap::ColorChoice::Never
    }

    /// Whether a cast has icons.
    pub fn emoji(&self) -> bool {
        self.emoji != Emoji::Never
    }
}
