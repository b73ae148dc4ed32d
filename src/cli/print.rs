//! What is printed on standard output at the end of a command.

use std::io::{self, Write};

use anyhow::Context as _;

use super::is_closed_pipe;
use crate::output::{Stdout, stdout};

/// Writes text to standard output, all of it.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// The same with what `content` writes, piece by piece.
pub fn print_with(
    content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> anyhow::Result<()> {
    let out = stdout().context("cannot write to standard output")?;
    let mut lines = Lines {
        out,
        begun: Vec::new(),
    };
    content(&mut lines)
        .and_then(|()| lines.flush())
        .context("cannot write to standard output")
}

/// Passes whole lines on, of which standard output tears none.
struct Lines {
    out: Stdout,
    /// The line that has not ended yet.
    begun: Vec<u8>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        if bytes.contains(&b'\n')
            && let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n')
        {
            let rest = self.begun.split_off(end + 1);
            self.out.write_all(&self.begun)?;
            self.begun = rest;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&std::mem::take(&mut self.begun))?;
        self.out.flush()
    }
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
