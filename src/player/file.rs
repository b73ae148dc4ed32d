//! Writes a run to a file, whole or not at all: the recording's document.

use std::path::Path;

use super::run::Run;
use crate::output::{Existing, Target};
use crate::recording::form;

/// Writes the run to a new file and says what it wrote.
///
/// # Errors
///
/// Says why there is no such file now.
pub fn write(run: &Run, name: &str) -> Result<String, String> {
    let text = form::write(run.timeline.recording()).map_err(|error| error.to_string())?;
    Target::open(Path::new(name), Existing::Stays("choose another name"))
        .and_then(|target| target.write(|out| out.write_all(text.as_bytes())))
        .map_err(|error| format!("{error:#}"))?;
    Ok(format!("wrote {name}"))
}
