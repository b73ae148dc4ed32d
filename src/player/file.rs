//! Writes a run to a file, whole or not at all: as JSON lines, with bars.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::time::Duration;

use super::run::Run;
use crate::output::{Header, Json};
use crate::recording::Sink as _;

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
    let written = file.write_all(&text).and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(name);
        format!("cannot write {name}: {error}")
    })?;
    Ok(format!("wrote {name}"))
}

fn as_json(run: &Run) -> io::Result<Vec<u8>> {
    let clock = if run.recipe.needs.real_clock {
        "real"
    } else {
        "virtual"
    };
    let header = Header {
        recipe: run.recipe.name.clone(),
        options: run.piece.words(),
        seed: run.piece.seed,
        clock: clock.to_owned(),
    };
    let mut text = Vec::new();
    let mut json = Json::new(&mut text, Duration::ZERO).with_bars(&header)?;
    for event in run.film.recording().events() {
        json.event(&event)?;
    }
    drop(json);
    Ok(text)
}
