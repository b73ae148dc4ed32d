//! The terminal while the player has it, and how it is given back: by every
//! way out, and before any message of a panic.

use std::io::{self, BufWriter, Stdout, Write as _, stdout};
use std::mem::ManuallyDrop;
use std::panic;
use std::thread;

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::{Print, force_color_output};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

/// Buttons, the wheel and dragging (ECMA-48 private modes 1000, 1002, 1006),
/// but not every movement: a mouse that passes by wakes nothing.
const MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// The whole screen, until it is dropped.
pub struct Screen {
    /// Never dropped: where the terminal has gone, it would complain on a
    /// stderr that has gone as well, and panic.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// When it is no terminal, or one that has gone.
    pub fn open(color: bool) -> io::Result<Self> {
        force_color_output(color);
        restore_before_panics();
        let backend = CrosstermBackend::new(BufWriter::new(stdout()));
        let viewport = Viewport::Fixed(area()?);
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })?;
        let screen = Self {
            terminal: ManuallyDrop::new(terminal),
        };
        enter()?;
        Ok(screen)
    }

    /// Draws a frame.
    ///
    /// # Errors
    ///
    /// When the terminal has gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let area = area()?;
        if area != self.terminal.get_frame().area() {
            self.terminal.resize(area)?;
        }
        self.terminal.draw(draw).map(|_| ())
    }

    /// Gives the terminal back and stops the process until it is continued.
    ///
    /// # Errors
    ///
    /// When the terminal has gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        emulate_default_handler(SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal anew: another program may have changed it meanwhile.
    ///
    /// # Errors
    ///
    /// When the terminal has gone.
    pub fn resume(&mut self) -> io::Result<()> {
        // Raw mode would be taken for granted otherwise.
        disable_raw_mode()?;
        enter()?;
        // Forgets what was on the screen, so that all of it is drawn again.
        self.terminal.resize(area()?)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// What is used of the terminal. One may say that it has 65,535 columns and
/// rows, for which no memory suffices.
///
/// # Errors
///
/// When the terminal has gone.
pub fn area() -> io::Result<Rect> {
    const MOST: (u16, u16) = (1000, 500);
    let (columns, rows) = size()?;
    Ok(Rect::new(0, 0, columns.min(MOST.0), rows.min(MOST.1)))
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        Print(MOUSE),
        EnableBracketedPaste,
        Hide
    )
}

/// Does what can be done: a terminal that has gone needs nothing.
fn leave() {
    let _ = execute!(
        stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

/// A panic of this thread is told on the terminal as it was. Those of other
/// threads are told by what they leave undone; their text would be scattered
/// over the screen.
fn restore_before_panics() {
    let player = thread::current().id();
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == player {
            leave();
            tell(info);
        }
    }));
}
