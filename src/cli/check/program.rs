//! The program to check, and what it says.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustix::io::Errno;
use tokio::io::AsyncReadExt as _;
use tokio::process::{ChildStdout, Command};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::misused;
use crate::check::{Due, Said};
use crate::kit::{ProcessGroup, room_for_io};

/// How much of a program's output is kept, besides twice what is expected: it
/// may print for ever.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What a line costs besides its letters.
const LINE_BYTES: usize = size_of::<Said>();

/// How much is kept of a program that should say this.
pub fn most_of(expected: &[Due]) -> usize {
    let lines = expected.iter().map(|line| line.text.len() + LINE_BYTES);
    MOST_BYTES + 2 * lines.sum::<usize>()
}

/// What a program said, and how it came to its end.
pub struct Heard {
    pub lines: Vec<Said>,
    pub ended: Ended,
    /// Whether it said more than was kept.
    pub more: bool,
}

pub enum Ended {
    Itself(ExitStatus),
    /// The program ended, but these processes, which it had started, kept its
    /// output open until the time limit.
    Held(Vec<String>),
    TimeLimit,
    /// It could not go on without the terminal.
    Stopped(io::Error),
    Interrupted,
}

/// Runs a program and reads its standard output until that ends. When this
/// returns, the program and all that it started have ended.
pub fn listen(
    command: &[OsString],
    limit: Duration,
    most: usize,
    mut interrupt: oneshot::Receiver<()>,
) -> anyhow::Result<Heard> {
    let runtime = room_for_io()
        .and_then(|()| Builder::new_current_thread().enable_all().build())
        .context("cannot start tokio's runtime")?;
    runtime.block_on(async {
        let mut lines = Lines::new(most);
        let started = Instant::now();
        let mut program = start(command)?;
        let stdout = program.child.stdout.take();
        let mut stdout = stdout.context("the program has no output")?;
        let (mut read, mut status) = (false, None);
        let mut limit = pin!(sleep(limit));
        let ended = loop {
            tokio::select! {
                biased; // However much it says, it ends when it must.
                Ok(()) = &mut interrupt => break Ended::Interrupted,
                () = &mut limit => break match status {
                    None => Ended::TimeLimit,
                    Some(_) => Ended::Held(program.holders(&stdout)),
                },
                ended = program.wait(), if status.is_none() => match ended {
                    Ok(ended) => status = Some(ended),
                    Err(why) => break Ended::Stopped(why),
                },
                all = lines.read(&mut stdout, started), if !read => {
                    all.context("cannot read the program's output")?;
                    read = true;
                }
            }
            if let (true, Some(status)) = (read, status) {
                break Ended::Itself(status);
            }
        };
        Ok(lines.end(ended, started.elapsed()))
    })
}

fn start(command: &[OsString]) -> anyhow::Result<ProcessGroup> {
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
    ProcessGroup::start(&mut command).map_err(|error| {
        let why = format!("cannot start '{}': {error}", program.display());
        // If the system lacks resources, the command line is right.
        match Errno::from_io_error(&error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::AGAIN | Errno::NOMEM) => anyhow!(why),
            _ => misused(why),
        }
    })
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

    async fn read(&mut self, stdout: &mut ChildStdout, started: Instant) -> io::Result<()> {
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
