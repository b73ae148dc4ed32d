//! A run that goes on while the test reads it, line by line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{BINARY, without_panic};

/// Such a run.
pub struct Running {
    pub child: Child,
    log: BufReader<ChildStdout>,
}

/// How it ended, and what it had still to say.
pub struct Ended {
    pub status: ExitStatus,
    pub log: String,
    pub stderr: String,
}

impl Running {
    pub fn of<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut command = Command::new(BINARY);
        command.args(arguments).args(["--emoji", "never"]);
        Self::start(&mut command)
    }

    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("asyncdemo");
        let log = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, log }
    }

    /// The next line, without its time.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).expect("a line");
        let text = line.split_once("] ").map_or("", |(_, text)| text);
        text.trim_end().to_owned()
    }

    /// Reads as far as a line that contains `text`.
    pub fn reads(&mut self, text: &str) {
        while !self.line().contains(text) {}
    }

    pub fn sends(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is alive");
    }

    /// Reads to its end.
    pub fn ends(mut self) -> Ended {
        let mut log = String::new();
        self.log.read_to_string(&mut log).expect("UTF-8");
        self.ends_unread(log)
    }

    /// Whoever reads it goes away.
    pub fn ends_with_its_output_closed(self) -> Ended {
        let Self { child, log } = self;
        drop(log);
        ended(child, String::new())
    }

    pub fn ends_unread(self, log: String) -> Ended {
        let Self { child, log: _open } = self;
        ended(child, log)
    }
}

fn ended(child: Child, log: String) -> Ended {
    let output = without_panic(child.wait_with_output().expect("an exit status"));
    Ended {
        status: output.status,
        log,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The texts of a log.
pub fn texts(log: &str) -> Vec<&str> {
    log.lines()
        .map(|line| line.split_once("] ").map_or(line, |(_, text)| text))
        .collect()
}
