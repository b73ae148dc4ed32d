//! `check`: holds somebody's program against a recipe's log.

mod command;
mod program;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches as _};
use serde::Deserialize;

use super::options::{UNPUBLISHED, refused};
use super::{color, fail, print_verdict, recipe, signals};
use crate::check::{Comparison, Due, compare, expected};
use crate::recipe::{Interrupted, Recipe};
use crate::recording::form::{self, Unreadable};
use crate::run::{Ending, record_until};
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
        (Some(path), _) => recorded(path)?,
        (None, Some(recipe)) => log_of(recipe, matches)?,
        (None, None) => {
            let why = "a recipe or '--against <FILE>' is required: what is expected of the program";
            return Err(misused(why.to_owned()));
        }
    };
    let (command, limit) = (&options.command, options.time_limit);
    let most = most_of(&expected);
    let heard = signals::interruptible(|interrupt| listen(command, limit, most, interrupt))?;
    if matches!(heard.ended, Ended::Interrupted) {
        return Err(Interrupted.into());
    }
    let found = compare(&expected, &heard.lines, options.timing);
    tell(&heard, &found, &options)
}

/// The lines that a recipe prints.
fn log_of(recipe: &Recipe, matches: &ArgMatches) -> anyhow::Result<Vec<Due>> {
    let options = RecordOptions::from_arg_matches(matches)?;
    if options.walkthrough && recipe.published.is_none() {
        return Err(refused(recipe, UNPUBLISHED).into());
    }
    let (program, needs) = (recipe.program(matches)?, recipe.needs);
    let ended = signals::interruptible(|mut interrupt| {
        record_until(program, needs, options.seed, &mut interrupt)
    });
    match ended {
        (_, Ending::Interrupted) => Err(Interrupted.into()),
        (_, Ending::Failed(error)) => Err(error),
        (recording, _) => Ok(expected(&recording)), // Up to a deadlock, if there is one.
    }
}

/// The lines of a recording that was exported, or that `--format json` has
/// written.
fn recorded(path: &Path) -> anyhow::Result<Vec<Due>> {
    /// Headers and bars have no text.
    #[derive(Deserialize)]
    struct Row {
        t: Option<f64>,
        text: Option<String>,
    }

    let file = path.display();
    let unreadable = |error: io::Error| misused(format!("cannot read '{file}': {error}"));
    let text = fs::read_to_string(path).map_err(unreadable)?;
    match form::read(&text) {
        Ok(recording) => return Ok(expected(&recording)),
        Err(Unreadable::Foreign) => {}
        Err(why) => return Err(misused(format!("cannot read '{file}': {why}"))),
    }
    let mut lines: Vec<Due> = Vec::new();
    for (row, text) in text.lines().enumerate() {
        let damaged = |why: &str| {
            let row = row + 1;
            misused(format!(
                "'{file}' is no recording: line {row} {why}; 'export' writes one"
            ))
        };
        let Row { t, text } =
            serde_json::from_str(text).map_err(|_| damaged("is no JSON object of a log"))?;
        let Some(text) = text else { continue };
        let t = t.and_then(|t| Duration::try_from_secs_f64(t).ok());
        let t = t.ok_or_else(|| damaged("has no time"))?;
        if lines.last().is_some_and(|last| last.t > t) {
            return Err(damaged("is earlier than the one before"));
        }
        lines.push(Due { t, text });
    }
    Ok(lines)
}

/// An error that is told as one of usage.
fn misused(why: String) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ValueValidation, why + "\n").into()
}

/// Prints what the comparison found, and tells it as an exit code.
fn tell(heard: &Heard, found: &Comparison<'_>, options: &CheckOptions) -> anyhow::Result<ExitCode> {
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
    for note in notes(heard, found, options) {
        text += "note: ";
        text += &note;
        text.push('\n');
    }
    let (code, told) = match (&heard.ended, &found.first) {
        (Ended::TimeLimit, _) => {
            let limit = humantime::format_duration(options.time_limit);
            let told = format!("time limit: the program did not end within {limit}; {summary}");
            (TIME_LIMIT, told)
        }
        (_, Some(_)) => (DIFFERENT, summary),
        (_, None) => {
            print_verdict(&format!("{summary}\n{text}"))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    print_verdict(&text)?;
    Ok(fail(code, &told))
}

/// What may explain a difference.
fn notes(heard: &Heard, found: &Comparison<'_>, options: &CheckOptions) -> Vec<String> {
    let mut notes = Vec::new();
    if let Ended::Itself(status) = heard.ended
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
