//! `check`: holds somebody's program against a recipe's log.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches as _};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::options::{CheckOptions, RecordOptions};
use super::{color, fail, interrupted, print_verdict, recipe, signals};
use crate::check::{Comparison, Due, Said, compare, expected};
use crate::recipe::Recipe;
use crate::recording::form::{self, Unreadable};
use crate::run::{Ending, record};
use crate::stage::{ProcessGroup, room_for_io};

/// Exit codes: the program said something else; it did not end in time.
const DIFFERENT: u8 = 1;
const TIME_LIMIT: u8 = 124;

/// How much of a program's output is kept, besides twice what is expected: it
/// may print for ever.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What a line costs besides its letters.
const LINE_BYTES: usize = size_of::<Said>();

/// Checks a program against a recipe's log, or against a recording.
pub fn check(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let (recipe, matches) = match matches.subcommand() {
        None => (None, matches),
        Some((name, matches)) => (Some(recipe(name)?), matches),
    };
    let options = CheckOptions::from_arg_matches(matches)?.applied();
    let expected = match (&options.against, recipe) {
        (Some(path), _) => Some(recorded(path)?),
        (None, Some(recipe)) => log_of(recipe, matches)?,
        (None, None) => {
            let why = "a recipe or '--against <FILE>' is required: what is expected of the program";
            return Err(misused(why.to_owned()));
        }
    };
    let Some(expected) = expected else {
        return Ok(interrupted());
    };
    let most = expected.iter().map(|line| line.text.len() + LINE_BYTES);
    let most = MOST_BYTES + 2 * most.sum::<usize>();
    let (command, limit) = (options.command.clone(), options.time_limit);
    let work = move |interrupt| listen(&command, limit, most, interrupt);
    let heard = signals::listen_during(work, false)?;
    match heard.transpose()? {
        None
        | Some(Heard {
            ended: Ended::Interrupted,
            ..
        }) => Ok(interrupted()),
        Some(heard) => {
            // Nobody listens for Ctrl-C any more, and the reader may let us wait.
            signals::default_while_true()?;
            let found = compare(&expected, &heard.lines, options.timing);
            tell(&heard, &found, &options)
        }
    }
}

/// What a program said, and how it came to its end.
struct Heard {
    lines: Vec<Said>,
    ended: Ended,
    /// Whether it said more than was kept.
    more: bool,
}

enum Ended {
    Itself(ExitStatus),
    TimeLimit,
    Interrupted,
}

/// The lines that a recipe says; `None` if somebody has interrupted it.
fn log_of(recipe: &Recipe, matches: &ArgMatches) -> anyhow::Result<Option<Vec<Due>>> {
    let options = RecordOptions::from_arg_matches(matches)?;
    if options.walkthrough && recipe.published.is_none() {
        let why = "has no published log; leave out --walkthrough";
        return Err(misused(format!("'{}' {why}", recipe.name)));
    }
    let (program, needs) = (recipe.program(matches)?, recipe.needs);
    let work = move |_| record(program, needs, options.seed);
    let ended = signals::listen_during(work, needs.signals)?;
    match ended {
        None | Some((_, Ending::Interrupted)) => Ok(None),
        Some((_, Ending::Failed(error))) => Err(error),
        Some((recording, _)) => Ok(Some(expected(&recording))), // Up to a deadlock, if there is one.
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

/// Runs a program in a process group of its own, of which nothing is left when
/// this returns, and listens to its standard output until that ends.
fn listen(
    command: &[OsString],
    limit: Duration,
    most: usize,
    interrupt: oneshot::Receiver<()>,
) -> anyhow::Result<Heard> {
    let runtime = room_for_io()
        .and_then(|()| Builder::new_current_thread().enable_all().build())
        .context("cannot start tokio's runtime")?;
    runtime.block_on(async {
        let mut lines = Lines::new(most);
        let started = Instant::now();
        let (mut child, _group) = start(command)?;
        let stdout = child.stdout.take();
        let ended = tokio::select! {
            biased; // However much it says, it ends when it must.
            Ok(()) = interrupt => Ended::Interrupted,
            () = sleep(limit) => Ended::TimeLimit,
            status = async {
                if let Some(stdout) = stdout {
                    lines.read(stdout, started).await?;
                }
                child.wait().await
            } => Ended::Itself(status.context("cannot listen to the program")?),
        };
        Ok(lines.end(ended, started.elapsed()))
    })
}

fn start(command: &[OsString]) -> anyhow::Result<(Child, ProcessGroup)> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(misused("a command is required after '--'".to_owned()));
    };
    // A group in the background that asks the terminal is stopped for good.
    let stdin = if io::stdin().is_terminal() {
        Stdio::null()
    } else {
        Stdio::inherit()
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(stdin).stdout(Stdio::piped());
    ProcessGroup::start(&mut command)
        .map_err(|error| misused(format!("cannot start '{}': {error}", program.display())))
}

/// A program's output, cut into lines.
struct Lines {
    kept: Vec<Said>,
    /// The line that has not ended yet.
    open: Vec<u8>,
    /// How much may still be kept.
    room: usize,
    more: bool,
}

impl Lines {
    fn new(room: usize) -> Self {
        Self {
            kept: Vec::new(),
            open: Vec::new(),
            room,
            more: false,
        }
    }

    async fn read(&mut self, mut stdout: ChildStdout, started: Instant) -> io::Result<()> {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = stdout.read(&mut chunk).await?;
            if read == 0 {
                return Ok(());
            }
            let now = started.elapsed();
            for piece in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
                self.take(piece, now);
            }
        }
    }

    /// Takes a line, or a piece of one.
    fn take(&mut self, piece: &[u8], t: Duration) {
        let cost = piece.len() + LINE_BYTES;
        self.more |= self.room < cost;
        if self.more {
            return;
        }
        self.room -= cost;
        match piece.strip_suffix(b"\n") {
            Some(rest) => {
                self.open.extend_from_slice(rest);
                self.close(t);
            }
            None => self.open.extend_from_slice(piece),
        }
    }

    fn close(&mut self, t: Duration) {
        let line = String::from_utf8_lossy(&self.open);
        let line = if line.contains('\u{1b}') {
            anstream::adapter::strip_str(&line).to_string() // Colours are no text.
        } else {
            line.into_owned()
        };
        self.kept.push(Said { t, line });
        self.open.clear();
    }

    fn end(mut self, ended: Ended, t: Duration) -> Heard {
        if !self.open.is_empty() {
            self.close(t);
        }
        Heard {
            lines: self.kept,
            ended,
            more: self.more,
        }
    }
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
