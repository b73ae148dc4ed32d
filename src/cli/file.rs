//! Recordings that were exported before, where a command takes one.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Command;

use super::usage;
use crate::recording::{Recording, form};

/// Reads a recording that `export` has written.
///
/// # Errors
///
/// Says in a line why that cannot be done.
pub fn recording(path: &Path) -> anyhow::Result<Recording> {
    let failed = || format!("cannot read '{}'", path.display());
    let bytes = fs::read(path).with_context(failed)?;
    form::read(&String::from_utf8_lossy(&bytes)).with_context(failed)
}

/// The file of that name, where a command takes a recipe or a recording. What
/// does not look like one is a misspelt recipe.
///
/// # Errors
///
/// Suggests the right recipe.
pub fn named(name: &str, command: Command, arguments: &[OsString]) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(name);
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
