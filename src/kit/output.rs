//! Shell commands as child processes: how they start, what they print, how much of
//! that is kept, and how they ended.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::processes::{ProcessGroup, file_descriptors, search_path};

/// How many bytes are kept of each pipe, and of all pipes together.
const MOST_OUTPUT: u64 = 64 << 20;
const ALL_OUTPUT: u64 = 256 << 20;

/// A longer line comes in pieces.
const LONGEST_LINE: u64 = 64 << 10;

/// A command for the shell, which also finds this program. The keyboard stays with
/// this program, and what the command prints goes to pipes.
pub fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "--", command])
        .envs(search_path().map(|path| ("PATH", path)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    shell
}

/// How many of so many children may run concurrently. A child takes two pipes, and
/// a descriptor that tells when it ends.
pub fn most_children(wanted: usize) -> usize {
    (file_descriptors() / 3).clamp(1, 500).min(wanted)
}

/// How many bytes of each pipe may be kept if so many children run concurrently.
pub fn most_output(children: usize) -> u64 {
    MOST_OUTPUT.min(ALL_OUTPUT / (2 * children.max(1) as u64))
}

/// What came out of a pipe.
#[derive(Debug, Default)]
pub struct Captured {
    /// Without the line break at the end; what is not UTF-8 is `�`.
    pub text: String,
    /// Whether there was more.
    pub cut: bool,
}

/// Reads a pipe to its end, or until it has given `most` bytes. A child that writes
/// more finds its pipe closed.
///
/// # Errors
///
/// When the system cannot read it.
pub async fn capture(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Captured> {
    let (Some(pipe), mut bytes) = (pipe, Vec::new()) else {
        return Ok(Captured::default());
    };
    let one_more = most.saturating_add(1); // to know whether there is more
    pipe.take(one_more).read_to_end(&mut bytes).await?;
    let cut = bytes.len() as u64 > most;
    if cut {
        bytes.pop();
    }
    let text = text(&bytes);
    Ok(Captured { text, cut })
}

/// The lines of a pipe, as they come: what tokio's `lines` gives, which fails at
/// what is not UTF-8 and keeps a line of any length.
pub struct PipeLines<R>(Option<BufReader<R>>);

impl<R: AsyncRead + Unpin> PipeLines<R> {
    /// The lines of this pipe.
    pub fn of(pipe: Option<R>) -> Self {
        Self(pipe.map(BufReader::new))
    }

    /// The next line, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the system cannot read it.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let (Some(pipe), mut bytes) = (&mut self.0, Vec::new()) else {
            return Ok(None);
        };
        let mut piece = pipe.take(LONGEST_LINE);
        let read = piece.read_until(b'\n', &mut bytes).await?;
        Ok((read > 0).then(|| text(&bytes)))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

/// The exit code; of a child that signal 9 has killed it is -9, as in asyncio.
pub fn exit_code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|number| -number);
    status.code().or(signal).unwrap_or_default()
}

impl ProcessGroup {
    /// Ends the child with all that it has started. Returns the error that says why,
    /// and what the system did not let us end.
    pub fn kill(self, why: &io::Error) -> io::Error {
        io::Error::other(match self.end() {
            Ok(()) => format!("{why}, killed with all that it had started"),
            Err(left) => format!("{why}; {left}"),
        })
    }
}
