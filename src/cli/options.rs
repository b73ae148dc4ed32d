//! The options that every run has, and the values that several commands take.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};
use colorchoice_clap::Color;

use super::time_of_day::{now, time_of_day};
use crate::demos::RECIPES;
use crate::kit::{Clock, Pace};
use crate::recipe::Recipe;

/// The seed of a run that names none. With this one no two things that are
/// drawn happen within 20 ms, so that the real clock tells the same story.
pub const SEED: u64 = 5;

/// Options of every run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every run")]
pub struct RunOptions {
    /// Which clock the run keeps [default: real; virtual with --pace and --walkthrough]
    #[arg(long, value_enum, value_name = "CLOCK")]
    clock: Option<Clock>,

    /// Plays a run on the virtual clock at X times real speed, from 0.001 to 1000; without it
    /// such a run is instant
    #[arg(long, value_name = "X", value_parser = pace)]
    pub pace: Option<Pace>,

    #[command(flatten)]
    pub draws: Draws,

    /// The time of day shown at the run's first moment, as HH:MM:SS.mmm [default: now; 00:00:00.000
    /// on the virtual clock]
    #[arg(long, value_name = "TIME", value_parser = time_of_day)]
    start: Option<Duration>,

    /// Runs it as it was published: its options, draws and start time, on the virtual clock;
    /// options typed as well go before the published ones
    #[arg(long)]
    pub walkthrough: bool,

    /// How the log is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,

    /// Appends to each line the source line that said it, and that line's note
    #[arg(long = "where")]
    pub places: bool,

    /// With --format json: adds all other events, after a header; the last object is the ending
    #[arg(long)]
    pub spans: bool,

    #[command(flatten)]
    color: Color,

    /// Whether lines have icons; `auto` leaves them out on terminals that cannot draw them
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    emoji: Emoji,
}

/// What a run depends on besides its program and the clock.
#[derive(Args, Clone, Copy, Debug)]
pub struct Draws {
    /// What random draws start from: the same seed gives the same log
    #[arg(long, value_name = "N", default_value_t = SEED, value_parser = seed)]
    pub seed: u64,

    /// Which of the orders that tokio may run tasks in; 0 is its own
    #[arg(long, value_name = "N", default_value_t, value_parser = seed)]
    pub schedule: u64,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line of text for each line
    #[default]
    Text,
    /// A JSON object for each line
    Json,
}

/// Whether to show icons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Emoji {
    #[default]
    Auto,
    Always,
    Never,
}

impl RunOptions {
    /// These options, if they go together.
    ///
    /// # Errors
    ///
    /// Names the two that do not.
    pub fn checked(self) -> Result<Self, clap::Error> {
        let needs_virtual = [
            ("--pace", self.pace.is_some()),
            ("--walkthrough", self.walkthrough),
        ];
        if self.clock == Some(Clock::Real)
            && let Some((option, _)) = needs_virtual.iter().find(|(_, given)| *given)
        {
            let why = format!(
                "the argument '--clock real' cannot be used with '{option}', which needs the \
                 virtual clock; leave one of them out\n"
            );
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, why));
        }
        if self.spans && self.format != Format::Json {
            let why = "the argument '--spans' needs '--format json'\n";
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, why));
        }
        self.color.write_global();
        Ok(self)
    }

    /// The clock that the run keeps.
    pub fn clock(&self) -> Clock {
        let implied = self.pace.is_some() || self.walkthrough;
        self.clock
            .unwrap_or(if implied { Clock::Virtual } else { Clock::Real })
    }

    /// The time of day at the run's first moment.
    pub fn start(&self) -> Duration {
        self.start.unwrap_or_else(|| match self.clock() {
            Clock::Real => now(),
            Clock::Virtual => Duration::ZERO,
        })
    }

    /// Starts then, if the user did not say when.
    pub fn start_at(&mut self, time: Duration) {
        self.start.get_or_insert(time);
    }

    /// Whether to show icons in a log on standard output.
    pub fn emoji(&self) -> bool {
        self.emoji.on_stdout()
    }
}

impl Emoji {
    /// Whether to show icons on standard output.
    pub fn on_stdout(self) -> bool {
        match self {
            Emoji::Always => true,
            Emoji::Never => false,
            Emoji::Auto => !(std::io::stdout().is_terminal() && has_no_emoji()),
        }
    }
}

/// Dumb terminals and the Linux console have letters alone.
fn has_no_emoji() -> bool {
    std::env::var("TERM").is_ok_and(|term| term == "dumb" || term == "linux")
}

/// The arguments with a published run's own options put before those that were
/// typed, which therefore win.
pub fn with_walkthrough(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let typed = arguments
        .iter()
        .skip(2)
        .take_while(|argument| *argument != "--");
    if !typed
        .into_iter()
        .any(|argument| argument == "--walkthrough")
    {
        return arguments;
    }
    let published = |name: &OsString| {
        let recipe = RECIPES.iter().find(|recipe| *name == *recipe.name)?;
        recipe.published
    };
    // A command, such as `check`, stands before the recipe.
    let at = 2 - usize::from(
        arguments
            .get(1)
            .is_some_and(|name| published(name).is_some()),
    );
    if let Some(published) = arguments.get(at).and_then(published) {
        let start = ["--start", published.start];
        // What shows the run shows its time of day, too.
        let timed = at == 1 || ["export", "timeline"].iter().any(|it| arguments[1] == *it);
        let start = start.into_iter().filter(|_| timed);
        let options = start.chain(published.options.to_vec());
        arguments.splice(at + 1..=at, options.map(OsString::from));
    }
    arguments
}

fn pace(text: &str) -> Result<Pace, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.001..=1000.0).contains(number));
    number.map(Pace).ok_or_else(|| {
        "expected a number from 0.001 to 1000, such as 1 (real speed) or 0.5 (half)".to_owned()
    })
}

/// Why a recipe's run is refused.
pub const UNPUBLISHED: &str = "has no published log; leave out --walkthrough";
pub const KEEPS_REAL_TIME: &str =
    "keeps real time, for part of it runs outside this program; use --clock real";

/// Says why a recipe does not run with these options.
pub fn refused(recipe: &Recipe, why: &str) -> clap::Error {
    let why = format!("'{}' {why}\n", recipe.name);
    clap::Error::raw(ErrorKind::ArgumentConflict, why)
}

/// A seed as it is typed.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// The name of a recipe that is here.
pub fn recipe_name(text: &str) -> Result<String, &'static str> {
    let known = RECIPES.iter().any(|recipe| recipe.name == text);
    known
        .then(|| text.to_owned())
        .ok_or("'asyncdemo list' shows the recipes")
}

/// The recipe's own options among the arguments, as one would type them.
pub fn typed(recipe: &Recipe, matches: &ArgMatches) -> Vec<String> {
    let (mut options, mut operands) = (Vec::new(), Vec::new());
    for arg in recipe.command().get_arguments() {
        let id = arg.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let values = matches.get_raw(id).into_iter().flatten();
        let values = values.map(|value| value.to_string_lossy().into_owned());
        match arg.get_long() {
            None => operands.extend(values),
            Some(long) => {
                let name = format!("--{long}");
                if arg.get_action().takes_values() {
                    values.for_each(|value| options.extend([name.clone(), value]));
                } else {
                    options.push(name);
                }
            }
        }
    }
    if operands.iter().any(|operand| operand.starts_with('-')) {
        options.push("--".to_owned());
    }
    options.extend(operands);
    options
}
