//! What is printed on standard output at the end of a command.

use std::io::{self, Write};

use anyhow::Context as _;

use super::is_closed_pipe;
use crate::output::stdout;

/// Writes text to standard output, all of it.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// The same with what `content` writes, piece by piece.
pub fn print_with(
    content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = stdout().context("cannot write to standard output")?;
    content(&mut out)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// The same for a verdict, which is told as an exit code, too: it counts though
/// nobody reads it to its end.
pub fn print_verdict(text: &str) -> anyhow::Result<()> {
    print(text).or_else(|error| {
        if is_closed_pipe(&error) {
            Ok(())
        } else {
            Err(error)
        }
    })
}
