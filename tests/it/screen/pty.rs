//! The real program on a pseudo-terminal: keys go in, a screen comes out.
//! Whatever is waited for comes within [`PATIENCE`], or the test fails.

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::run::BINARY;

/// More than anything takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than between two parts of a frame.
const QUIET: Duration = Duration::from_millis(60);

pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    modes_before: String,
}

impl Pty {
    /// Our program with these arguments, on a screen of that size.
    pub fn of(arguments: &[&str], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(BINARY);
        command.args(arguments);
        Self::running(command, size)
    }

    /// Any command.
    pub fn running(mut command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        command.env("TERM", "xterm-256color");
        command.env_remove("RUST_BACKTRACE");
        if command.get_env("NO_COLOR").is_none() {
            command.env_remove("NO_COLOR");
        }
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            output,
            screen: vt100::Parser::new(rows, cols, 0),
            modes_before,
        }
    }

    /// Types, be it text or escape sequences.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).expect("it reads");
        self
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        rows(self.screen.screen())
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("waiting for {what}: {error}\n{}", self.text()),
            }
        }
        self
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| rows(screen).contains(text))
    }

    /// Waits until a text is on the screen no more.
    #[track_caller]
    pub fn hides(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| !rows(screen).contains(text))
    }

    /// Has everything drawn anew, and demands that nothing looks different:
    /// no cell was left over from an earlier frame.
    #[track_caller]
    pub fn has_no_glitch(&mut self) -> &mut Self {
        let before = self.settles().text();
        self.signal(Signal::CONT);
        let output = self.output.recv_timeout(PATIENCE).expect("a frame");
        self.screen.process(&output);
        let after = self.settles().text();
        assert_eq!(before, after, "\n{before}\nbecame\n{after}");
        self
    }

    /// Makes the terminal larger or smaller.
    pub fn resize(&mut self, (cols, rows): (u16, u16)) -> &mut Self {
        self.screen.screen_mut().set_size(rows, cols);
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        self.master.resize(size).expect("a terminal");
        self
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().and_then(|id| id.try_into().ok());
        id.and_then(Pid::from_raw).expect("it runs")
    }

    /// Whether it writes nothing for a while.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        let output = self.output.recv_timeout(time);
        if let Ok(bytes) = &output {
            self.screen.process(bytes);
        }
        output.is_err()
    }

    /// Waits until whole frames are on the screen, and no new ones come.
    pub fn settles(&mut self) -> &mut Self {
        while !self.is_silent_for(QUIET) {}
        self
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end\n{}", self.text()),
            }
        }
        self.child.wait().expect("it has ended")
    }

    /// Demands that the terminal is as it was found.
    #[track_caller]
    pub fn has_its_terminal_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen");
        assert!(!screen.hide_cursor(), "a hidden cursor");
        assert!(!screen.bracketed_paste(), "bracketed paste");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(modes(&*self.master), self.modes_before);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait();
    }
}

/// A screen's rows, without the spaces at their ends.
pub fn rows(screen: &vt100::Screen) -> String {
    let (_, width) = screen.size();
    let rows = screen.rows(0, width).map(|row| row.trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n")
}

/// Echo, line editing and the like.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
