//! Files that commands read: recordings that were exported before. They come
//! from anywhere, so what they may cost is bounded.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command};

use super::{DEADLOCK, fail, usage};
use crate::recording::form;
use crate::recording::{Failure, Recording};

/// Options of a command that reads a recording.
#[derive(Args, Clone, Copy, Debug)]
pub struct FileOptions {
    /// Largest recording to read, such as 64MiB or 2GiB; it may have one lane or event for every
    /// 32 bytes
    #[arg(long, value_name = "SIZE", default_value = DEFAULT, value_parser = size)]
    #[arg(help_heading = "Options of the recording")]
    pub max_size: u64,
}

/// What is read unless a larger size is asked for. A run of 100,000 tasks
/// stays below it.
pub const DEFAULT: &str = "64MiB";

/// No event that we write is this short, but a foreign row or event of three
/// bytes takes hundreds in memory.
const BYTES_PER_ENTRY: u64 = 32;

/// The units of a size; the longer name goes first.
const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// A size as it is typed.
pub fn size(text: &str) -> Result<u64, &'static str> {
    let unit = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
    let (number, unit) = unit.unwrap_or((text, 1));
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u64>().ok().filter(|_| digits);
    number
        .and_then(|number| number.checked_mul(unit))
        .filter(|size| *size > 0)
        .ok_or("expected a size such as 64MiB, 500MB or 2GiB")
}

/// A size as it may be typed, in the largest unit that is exact.
fn in_units(size: u64) -> String {
    let exact = |(_, unit): &&(&str, u64)| size.is_multiple_of(*unit);
    let unit = UNITS.iter().filter(exact).max_by_key(|(_, unit)| *unit);
    unit.map_or_else(String::new, |(name, unit)| format!("{}{name}", size / unit))
}

/// A file's text, if it is a regular file of at most that size.
///
/// # Errors
///
/// Says in a line why it cannot be read.
pub fn text(path: &Path, FileOptions { max_size }: FileOptions) -> anyhow::Result<String> {
    let shown = path.display();
    let failed = || format!("cannot read '{shown}'");
    // Opening a pipe would wait for a writer, and a device has no end.
    if !fs::metadata(path).with_context(failed)?.is_file() {
        bail!("cannot read '{shown}': it is no regular file");
    }
    let mut bytes = Vec::new();
    // A file may be larger than its system tells.
    let file = File::open(path).with_context(failed)?;
    file.take(max_size.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(failed)?;
    if bytes.len() as u64 > max_size {
        let most = in_units(max_size);
        bail!(
            "cannot read '{shown}': it is larger than {most}; --max-size <SIZE> raises the limit"
        );
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Whether a recording has more rows and events than a file of that size may.
///
/// # Errors
///
/// Says in a line what it has, and which option allows it.
pub fn within_bounds(
    recording: &Recording,
    FileOptions { max_size }: FileOptions,
) -> anyhow::Result<()> {
    let (lanes, events) = (recording.lanes().len(), recording.events().count());
    let most = max_size / BYTES_PER_ENTRY;
    if lanes as u64 + events as u64 > most {
        bail!(
            "it has {lanes} lanes and {events} events, more than {most} in all; --max-size <SIZE> \
             raises the limit"
        );
    }
    Ok(())
}

/// Reads a recording that `export` has written.
///
/// # Errors
///
/// Says in a line why that cannot be done.
pub fn recording(path: &Path, options: FileOptions) -> anyhow::Result<Recording> {
    let failed = || format!("cannot read '{}'", path.display());
    let recording = form::read(&text(path, options)?).with_context(failed)?;
    within_bounds(&recording, options).with_context(failed)?;
    Ok(recording)
}

/// How a recorded run ended, as the run itself tells it: a line on stderr and
/// an exit code. To look at one that was interrupted is no interruption.
pub fn exit_code(recording: &Recording) -> ExitCode {
    match &recording.ending {
        None => ExitCode::SUCCESS,
        Some(failure @ Failure::Deadlock(_)) => fail(DEADLOCK, &failure.to_string()),
        Some(failure) => fail(1, &failure.to_string()),
    }
}

/// What the arguments say where they name a file that is not UTF-8: clap takes
/// no such word for a command's name, which is where the file's name stands.
///
/// # Errors
///
/// The error that there was, if that is not the cause.
pub fn with_any_name(
    error: clap::Error,
    arguments: &[OsString],
) -> Result<ArgMatches, clap::Error> {
    let odd = arguments.iter().position(|word| word.to_str().is_none());
    let Some(odd) = odd.filter(|_| error.kind() == ErrorKind::InvalidUtf8) else {
        return Err(error);
    };
    let mut legible = arguments.to_vec();
    let name = arguments[odd].to_string_lossy().into_owned();
    legible[odd] = OsString::from(&name);
    let Ok(matches) = super::command().try_get_matches_from(legible) else {
        return Err(error);
    };
    let named = matches.subcommand().and_then(|(_, view)| view.subcommand());
    match named {
        Some((file, _)) if file == name => Ok(matches),
        _ => Err(error),
    }
}

/// The file of that name, where a command takes a recipe or a recording. What
/// does not look like one is a misspelt recipe.
///
/// # Errors
///
/// Suggests the right recipe.
pub fn named(name: &str, command: Command, arguments: &[OsString]) -> anyhow::Result<PathBuf> {
    // As it was typed: the name is UTF-8, which a file's need not be.
    let typed = arguments.iter().find(|word| word.to_string_lossy() == name);
    let path = typed.map_or_else(|| PathBuf::from(name), PathBuf::from);
    if !name.contains(['.', '/']) && !path.exists() {
        // Without files, clap knows what is meant.
        let command = command.allow_external_subcommands(false);
        let strict = Command::new("asyncdemo").subcommand(command);
        strict
            .try_get_matches_from(arguments)
            .map_err(|error| usage::explained(error, arguments))?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_told() {
        for (text, bytes) in [("64MiB", 64 << 20), ("2GB", 2_000_000_000), ("7B", 7)] {
            assert_eq!(size(text), Ok(bytes));
            assert_eq!(in_units(bytes), text);
        }
        assert_eq!(size("12"), Ok(12));
        for wrong in [
            "",
            "MiB",
            "0",
            "-1MiB",
            "1.5MiB",
            "1 MiB",
            "99999999999GiB",
            "1TB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
