//! `check`: compares a program's output with a recipe's log.

mod command;
mod program;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches as _};
use serde::Deserialize;

use super::file::{self, FileOptions};
use super::options::{UNPUBLISHED, refused};
use super::{color, fail, print_verdict, recipe, signals};
use crate::check::{Comparison, Due, compare, expected};
use crate::recipe::{Interrupted, Recipe};
use crate::recording::form::{self, Unreadable};
use crate::run::{Ending, Setup, record_into};
pub use command::{ABOUT, command};
use command::{CheckOptions, RecordOptions};
use program::{Ended, Heard, listen, most_of};

/// Exit codes: the program said something else; it did not end in time.
const DIFFERENT: u8 = 1;
const TIME_LIMIT: u8 = 124;

/// Checks a program against a recipe's log, or against a recording.
pub fn check(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let (recipe, matches) = match matches.subcommand() {
        None => (None, matches),
        Some((name, matches)) => (Some(recipe(name)?), matches),
    };
    let options = CheckOptions::from_arg_matches(matches)?.applied();
    let expected = match (&options.against, recipe) {
        (Some(path), _) => recorded(path, options.file)?,
        (None, Some(recipe)) => run_of(recipe, matches)?,
        (None, None) => {
            let why = "a recipe or '--against <FILE>' is required: what is expected of the program";
            return Err(misused(why.to_owned()));
        }
    };
    let (command, limit) = (&options.command, options.time_limit);
    let most = most_of(&expected.lines);
    let heard = signals::interruptible(|interrupt| listen(command, limit, most, interrupt))?;
    if matches!(heard.ended, Ended::Interrupted) {
        return Err(Interrupted.into());
    }
    let found = compare(&expected.lines, &heard.lines, options.timing);
    tell(&heard, &found, &options, expected.failed)
}

/// A run that the program should repeat.
struct Expected {
    lines: Vec<Due>,
    /// It ended in a deadlock or an error. How a program ends that does the
    /// same is up to its language.
    failed: bool,
}

/// The run of a recipe.
fn run_of(recipe: &Recipe, matches: &ArgMatches) -> anyhow::Result<Expected> {
    let options = RecordOptions::from_arg_matches(matches)?;
    if options.walkthrough && recipe.published.is_none() {
        return Err(refused(recipe, UNPUBLISHED).into());
    }
    let (program, needs) = (recipe.program(matches)?, recipe.needs);
    let setup = Setup {
        clock: needs.clock(),
        seed: options.draws.seed,
        schedule: options.draws.schedule,
        needs,
        on_listening: None,
    };
    let ended = signals::interruptible(|mut interrupt| {
        record_into(&Arc::default(), &program, setup, &mut interrupt)
    });
    match ended {
        (_, Ending::Interrupted) => Err(Interrupted.into()),
        (_, Ending::Failed(error)) => Err(error),
        (recording, ending) => Ok(Expected {
            lines: expected(&recording), // Up to a deadlock, if there is one.
            failed: !matches!(ending, Ending::Done),
        }),
    }
}

/// A recording that was exported, or the lines that `--format json` has
/// written.
fn recorded(path: &Path, options: FileOptions) -> anyhow::Result<Expected> {
    let file = path.display();
    let refused = |why: anyhow::Error| misused(format!("{why:#}"));
    let text = file::text(path, options).map_err(refused)?;
    let (lines, failed) = match form::read(&text) {
        Ok(recording) => {
            let bounded = file::within_bounds(&recording, options);
            bounded.map_err(|why| misused(format!("cannot read '{file}': {why}")))?;
            (expected(&recording), recording.ending.is_some())
        }
        Err(Unreadable::Foreign) => (
            rows(&text).map_err(|(row, why)| {
                misused(format!(
                    "'{file}' is no recording: line {row} {why}; 'export' writes one"
                ))
            })?,
            false,
        ),
        Err(why) => return Err(misused(format!("cannot read '{file}': {why}"))),
    };
    if lines.is_empty() {
        // Every silent program would be the same as this.
        let why = "has no line to compare with; 'export' writes a recording";
        return Err(misused(format!("'{file}' {why}")));
    }
    Ok(Expected { lines, failed })
}

/// The lines that `--format json` has written; or which row is wrong, and how.
fn rows(text: &str) -> Result<Vec<Due>, (usize, &'static str)> {
    /// A header has a recipe and no time, a line its text, and another event
    /// says which it is.
    #[derive(Deserialize)]
    struct Row {
        recipe: Option<String>,
        t: Option<f64>,
        event: Option<String>,
        text: Option<String>,
    }

    let (mut lines, mut before) = (Vec::new(), Duration::ZERO);
    for (number, row) in (1..).zip(text.lines()) {
        let wrong = |why| Err((number, why));
        let Ok(row) = serde_json::from_str::<Row>(row) else {
            return wrong("is no JSON object of a log");
        };
        match row {
            Row {
                recipe: Some(_),
                t: None,
                event: None,
                text: None,
            } => {
                if number > 1 {
                    return wrong("is a second header");
                }
                continue;
            }
            Row {
                text: None,
                event: None,
                ..
            }
            | Row {
                text: Some(_),
                event: Some(_),
                ..
            } => {
                return wrong("is neither a line nor an event of a log");
            }
            _ => {}
        }
        let Some(t) = row.t.and_then(|t| Duration::try_from_secs_f64(t).ok()) else {
            return wrong("has no time");
        };
        if t < before {
            return wrong("is earlier than the one before");
        }
        before = t;
        lines.extend(row.text.map(|text| Due { t, text }));
    }
    Ok(lines)
}

/// An error that is told as one of usage.
fn misused(why: String) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ValueValidation, why + "\n").into()
}

/// Prints what the comparison found, and tells it as an exit code.
fn tell(
    heard: &Heard,
    found: &Comparison<'_>,
    options: &CheckOptions,
    may_fail: bool,
) -> anyhow::Result<ExitCode> {
    let (expected, _) = found.lines();
    let mut text = found.diff(color());
    let summary = if found.first.is_some() {
        format!("different: {}", found.summary())
    } else if options.timing.is_some() {
        let off = found.largest().as_secs_f64();
        format!("same: {expected} lines, at most {off:.3} s off")
    } else {
        format!("same: {expected} lines")
    };
    let failure = failure(&heard.ended, options, may_fail);
    let accepted = failure.is_none().then_some(&heard.ended);
    for note in notes(heard, accepted, found, options) {
        text += "note: ";
        text += &note;
        text.push('\n');
    }
    let (code, told) = match (failure, &found.first) {
        (Some((code, why)), _) => (code, format!("{why}; {summary}")),
        (None, Some(_)) => (DIFFERENT, summary),
        (None, None) => {
            print_verdict(&format!("{summary}\n{text}"))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    print_verdict(&text)?;
    Ok(fail(code, &told))
}

/// What is wrong with how the program ended, and the exit code for it.
fn failure(ended: &Ended, options: &CheckOptions, may_fail: bool) -> Option<(u8, String)> {
    let limit = humantime::format_duration(options.time_limit);
    match ended {
        Ended::Itself(status) if options.any_exit || status.success() => None,
        Ended::Itself(status) => match status.code() {
            Some(_) if may_fail => None,
            Some(code) => {
                let why = format!("failed: the program exited with code {code} instead of 0");
                Some((DIFFERENT, why))
            }
            None => {
                let signal = status.to_string().replacen("signal: ", "signal ", 1);
                Some((
                    DIFFERENT,
                    format!("crashed: the program was ended by {signal}"),
                ))
            }
        },
        Ended::Held(holders) => {
            let holders = match holders.as_slice() {
                [] => "a process that it had started".to_owned(),
                [first] => format!("{first}, which it had started,"),
                [first, more @ ..] => {
                    format!("{first} and {} more, which it had started,", more.len())
                }
            };
            let why = format!(
                "time limit: the program ended, but {holders} did not close its output within {limit}"
            );
            Some((TIME_LIMIT, why))
        }
        Ended::TimeLimit => {
            let why = format!("time limit: the program did not end within {limit}");
            Some((TIME_LIMIT, why))
        }
        Ended::Stopped(why) => Some((DIFFERENT, format!("the program was {why}"))),
        Ended::Interrupted => None,
    }
}

/// What may explain a difference, and an end that was accepted.
fn notes(
    heard: &Heard,
    accepted: Option<&Ended>,
    found: &Comparison<'_>,
    options: &CheckOptions,
) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Ended::Itself(status)) = accepted
        && !status.success()
    {
        notes.push(format!("the program ended with {status}"));
    }
    if heard.more {
        notes.push("it said far more than was expected; the rest is not compared".to_owned());
    }
    let came = |row: &crate::check::Row<'_>| row.came;
    let (first, last) = (
        found.rows.iter().find_map(came),
        found.rows.iter().rev().find_map(came),
    );
    let at_once = first == last && heard.lines.len() > 1;
    if options.timing.is_some() && found.first.is_some() && at_once {
        notes.push(
            "all lines came at once; flush each one (python3 -u, stdbuf -oL), or they wait for \
             the program's end"
                .to_owned(),
        );
    }
    notes
}
