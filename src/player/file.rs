//! Writes a run to a file, whole or not at all: the recording's document.

use std::path::Path;

use super::run::Run;
use crate::output::{Existing, Target};
use crate::recording::{Header, form};

/// Writes the run to a new file and says what it wrote.
///
/// # Errors
///
/// Says why there is no such file now.
pub fn write(run: &Run, name: &str) -> Result<String, String> {
    let text = as_json(run).map_err(|error| error.to_string())?;
    Target::open(Path::new(name), Existing::Stays("choose another name"))
        .and_then(|target| target.write(|out| out.write_all(text.as_bytes())))
        .map_err(|error| format!("{error:#}"))?;
    Ok(format!("wrote {name}"))
}

/// The recording's document, which can be played again.
fn as_json(run: &Run) -> serde_json::Result<String> {
    let mut recording = run.film.recording().clone();
    recording.header = Header {
        recipe: run.recipe.name.clone(),
        options: run.piece.words(),
        seed: run.piece.seed,
        clock: run.recipe.needs.clock().name().to_owned(),
    };
    form::write(&recording)
}
