//! What comes in: keys and the mouse, signals, recordings.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ratatui::crossterm::event::{self, Event};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};

use super::tape::Live;
use crate::recording::Recording;

/// One thing that came in.
pub enum Input {
    /// A key, the mouse, a new size; or there is no terminal any more.
    Terminal(io::Result<Event>),
    /// A signal that stops or continues the process.
    Signal(i32),
    /// The player is to end.
    Interrupted,
    /// A recording, be it still wanted or not.
    Recorded(Arc<Live>, Box<Result<Recording, String>>),
}

/// Where all of it goes.
pub struct Inputs {
    pub(super) sender: Sender<Input>,
    pub(super) receiver: Receiver<Input>,
}

impl Default for Inputs {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }
}

impl Inputs {
    /// Asks the player to end, from any thread.
    pub fn interrupt(&self) -> impl FnOnce() + Send + 'static {
        let sender = self.sender.clone();
        move || {
            let _ = sender.send(Input::Interrupted); // It may just have ended.
        }
    }
}

/// Those that say who has the terminal.
const TERMINAL: [i32; 2] = [SIGTSTP, SIGCONT];

/// Listens to signals until it is dropped.
pub struct Listener(Handle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts to listen to signals.
///
/// # Errors
///
/// When the system refuses a thread or a signal handler.
pub fn to_signals(sender: Sender<Input>) -> io::Result<Listener> {
    let mut signals = Signals::new(TERMINAL)?;
    let listener = Listener(signals.handle());
    thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            if sender.send(Input::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(listener)
}

/// Starts to listen to the terminal.
///
/// # Errors
///
/// When the system refuses a thread.
pub fn to_terminal(sender: Sender<Input>) -> io::Result<()> {
    thread::Builder::new().spawn(move || {
        loop {
            let event = event::read();
            let gone = event.is_err();
            if sender.send(Input::Terminal(event)).is_err() || gone {
                return;
            }
        }
    })?;
    Ok(())
}
