//! What comes in: keys and the mouse, signals, recordings.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use ratatui::crossterm::event::{self, Event};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};

use super::tape::{Live, Recorded};

/// One thing that came in.
pub enum Input {
    /// A key, the mouse, a new size; or there is no terminal any more.
    Terminal(io::Result<Event>),
    /// A signal.
    Signal(i32),
    /// A recording, be it still wanted or not.
    Recorded(Arc<Live>, Box<Result<Recorded, String>>),
}

/// Those that ask for the player's end.
pub const ENDING: [i32; 3] = [SIGINT, SIGQUIT, SIGTERM];

/// Those that tell what becomes of the terminal.
pub const TERMINAL: [i32; 3] = [SIGHUP, SIGTSTP, SIGCONT];

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
pub fn to_signals(signals: &[i32], sender: Sender<Input>) -> io::Result<Listener> {
    let mut signals = Signals::new(signals)?;
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
