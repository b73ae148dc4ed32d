//! Runs recipes and prints what they say.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, FromArgMatches as _};

use super::options::{Format, KEEPS_REAL_TIME, RunOptions, UNPUBLISHED, refused, typed};
use super::time_of_day::time_of_day;
use super::{DEADLOCK, color, fail, recipe_options, signals};
use crate::demos::RECIPES;
use crate::kit::{Clock, Paced};
use crate::output::{Harmless, Json, Style, Text, stdout};
use crate::recipe::{Interrupted, Needs, Program, Published, Recipe};
use crate::recording::{RunSpec, Shifted, Sink};
use crate::run::{Ending, Setup, run};

/// Runs one recipe with the options in `matches`.
pub fn one(recipe: &Recipe, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let options = RunOptions::from_arg_matches(matches)?.checked()?;
    if recipe.needs.real_clock && options.clock() == Clock::Virtual {
        return Err(refused(recipe, KEEPS_REAL_TIME).into());
    }
    if options.walkthrough && recipe.published.is_none() {
        return Err(refused(recipe, UNPUBLISHED).into());
    }
    let sink = sink(&options, &recipe.name, typed(recipe, matches))?;
    play(vec![Part::of(recipe, matches, None)?], &options, sink)
}

/// Runs the published sections in their order, as one log.
pub fn tour(options: &RunOptions) -> anyhow::Result<ExitCode> {
    let mut sections: Vec<(&Recipe, Published)> = RECIPES
        .iter()
        .filter_map(|recipe| Some((recipe, recipe.published?)))
        .collect();
    sections.sort_by_key(|(_, published)| published.start);
    let first = sections
        .first()
        .map_or("", |(_, published)| published.start);
    let started = |start| time_of_day(start).map_err(anyhow::Error::msg);
    let mut parts = Vec::new();
    for (recipe, published) in &sections {
        let (arguments, at) = if options.walkthrough {
            (
                published.options,
                Some(started(published.start)?.saturating_sub(started(first)?)),
            )
        } else {
            (&[][..], None)
        };
        parts.push(Part::of(recipe, &recipe_options(recipe, arguments)?, at)?);
    }
    let mut options = options.clone();
    if options.walkthrough {
        options.start_at(started(first)?);
    }
    let sink = sink(&options, "tour", Vec::new())?;
    play(parts, &options, sink)
}

/// One after the other, the parts of a log speak through the same sink.
type SharedSink = Arc<Mutex<dyn Sink>>;

/// One of the programs that make up a log.
struct Part {
    program: Program,
    needs: Needs,
    /// When it begins, counted from the log's first moment; `None` is right
    /// after the one before.
    at: Option<Duration>,
}

impl Part {
    fn of(recipe: &Recipe, matches: &ArgMatches, at: Option<Duration>) -> anyhow::Result<Self> {
        Ok(Self {
            program: recipe.program(matches)?,
            needs: recipe.needs,
            at,
        })
    }
}

fn play(parts: Vec<Part>, options: &RunOptions, sink: SharedSink) -> anyhow::Result<ExitCode> {
    let (clock, draws) = (options.clock(), options.draws);
    let out = Arc::clone(&sink);
    let work = move |mut interrupt| {
        let mut now = Duration::ZERO;
        for part in parts {
            let by = part.at.unwrap_or(now);
            let shifted = Box::new(Shifted {
                inner: Arc::clone(&sink),
                by,
            });
            let setup = Setup {
                clock,
                seed: draws.seed,
                schedule: draws.schedule,
                needs: part.needs,
                on_listening: Some(signals::leave_to_the_recipe),
            };
            let (ending, took) = run(&part.program, setup, shifted, &mut interrupt);
            now = by + took;
            if !matches!(ending, Ending::Done) {
                return (ending, now);
            }
        }
        (Ending::Done, now)
    };
    let (ending, now) = signals::interruptible(work);
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let told = out.ended(now, ending.failure().as_ref());
    let ending = match (ending, told) {
        (Ending::Done | Ending::Deadlock(_), Err(error)) => {
            Ending::Failed(anyhow::Error::new(error).context("cannot write the log"))
        }
        (ending, _) => ending,
    };
    match ending {
        Ending::Done => Ok(ExitCode::SUCCESS),
        Ending::Deadlock(report) => Ok(fail(DEADLOCK, &format!("deadlock: {report}"))),
        Ending::Failed(error) => Err(error),
        Ending::Interrupted => Err(Interrupted.into()),
    }
}

/// The view of the log that the options ask for, on standard output.
fn sink(options: &RunOptions, recipe: &str, typed: Vec<String>) -> anyhow::Result<SharedSink> {
    let out = stdout().context("cannot write to standard output")?;
    let start = options.start();
    let view = match options.format {
        Format::Text => {
            let (color, emoji) = (color(), options.emoji());
            let style = Style {
                start,
                color,
                emoji,
                places: options.places,
            };
            let text = Text::new(out, style);
            // A child process may print what would command the terminal; a pipe gets it
            // unchanged.
            if io::stdout().is_terminal() {
                paced(Harmless(text), options)
            } else {
                paced(text, options)
            }
        }
        Format::Json => {
            let mut json = Json::new(out, start);
            if options.places {
                json = json.with_notes();
            }
            if options.spans {
                json = json.with_bars(&RunSpec {
                    recipe: recipe.to_owned(),
                    options: typed,
                    seed: options.draws.seed,
                    clock: options.clock().name().to_owned(),
                    schedule: options.draws.schedule,
                    start,
                })?;
            }
            paced(json, options)
        }
    };
    Ok(view)
}

fn paced(view: impl Sink + 'static, options: &RunOptions) -> SharedSink {
    match options.pace {
        Some(pace) => Arc::new(Mutex::new(Paced::new(view, pace))),
        None => Arc::new(Mutex::new(view)),
    }
}
