//! Writes a run to a file, whole or not at all: the recording's document.

use std::fs::{self, File};
use std::io::{self, Write as _};

use super::run::Run;
use crate::recording::{Header, form};

/// Writes the run to a new file and says what it wrote.
///
/// # Errors
///
/// Says why there is no such file now.
pub fn write(run: &Run, name: &str) -> Result<String, String> {
    let text = as_json(run).map_err(|error| error.to_string())?;
    let mut file = File::create_new(name).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{name} exists already; choose another name"),
        _ => format!("cannot write {name}: {error}"),
    })?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(name);
        format!("cannot write {name}: {error}")
    })?;
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
