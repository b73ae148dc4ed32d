//! The full-screen player: a catalogue, and runs that can be played, stepped
//! back, broken, compared and predicted.
//!
//! A run is recorded first and played then. The player is a fold
//! ([`state::State`]: state, command, next state) with a loop round it, which
//! is here: keys, signals and recordings come in, frames go out. With nothing
//! to do it sleeps until something comes.

mod compare;
mod confirm;
mod control;
mod file;
mod front;
pub mod keys;
mod listen;
mod menu;
mod mouse;
pub mod piece;
pub mod playhead;
mod predict;
mod prompt;
pub mod run;
mod setup;
pub mod state;
mod tape;
mod terminal;
mod theme;
mod view;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use signal_hook::consts::{SIGCONT, SIGTSTP};

pub use compare::Compare;
pub use listen::Inputs;
pub use menu::Library;
pub use prompt::{Edit, Prompt, Purpose};
pub use setup::{Left, Open, Setup};
pub use tape::{Live, Order, Recorder};
pub use theme::Theme;
pub use view::{draw, settle};

use crate::recording::Recording;
use listen::Input;
use state::{Effect, State};
use terminal::Screen;

/// Between two frames while something moves.
const FRAME: Duration = Duration::from_millis(33);

/// A recording that is ready by then is not announced: most of them are, and
/// keys typed meanwhile are meant for the run.
const GRACE: Duration = Duration::from_millis(200);

/// How long a recording may take to wind up when the player is left.
const WIND_UP: Duration = Duration::from_millis(300);

/// Plays until the player is left.
///
/// # Errors
///
/// When the terminal does not do what a terminal does.
pub fn play(setup: Setup, inputs: Inputs, recorder: Recorder) -> anyhow::Result<Left> {
    let Inputs { sender, receiver } = inputs;
    let _listener = listen::to_signals(sender.clone()).context("cannot listen for signals")?;
    let screen = Screen::open(setup.theme.color).context("cannot use the terminal")?;
    listen::to_terminal(sender.clone()).context("cannot start a thread")?;
    let mut player = Player {
        state: State::new(setup.library, setup.seed),
        screen,
        theme: setup.theme,
        recorder,
        recording: 0,
        sender,
        inputs: receiver,
        held: VecDeque::new(),
        panics: setup.panics,
    };
    let left = player.run(setup.open).context("the terminal has gone");
    player.wind_up();
    left
}

struct Player {
    state: State,
    screen: Screen,
    theme: Theme,
    recorder: Recorder,
    /// How many recordings go on, be they still wanted or not.
    recording: usize,
    sender: Sender<Input>,
    inputs: Receiver<Input>,
    /// Came in while a recording was awaited.
    held: VecDeque<Input>,
    panics: bool,
}

impl Player {
    fn run(&mut self, open: Open) -> io::Result<Left> {
        let effect = match open {
            Open::Menu => None,
            Open::Recipe(name, options) => self.state.open(&name, options),
            Open::Recording(recording) => {
                self.state.show(*recording);
                None
            }
        };
        if let Some(left) = self.carry_out(effect)? {
            return Ok(left);
        }
        let mut drawn = now();
        loop {
            view::settle(terminal::area()?, &mut self.state);
            let (state, theme) = (&self.state, self.theme);
            self.screen.draw(|frame| view::draw(frame, state, theme))?;
            let input = self.next(drawn + FRAME);
            let passed = drawn.elapsed();
            drawn = now();
            self.state.tick(passed);
            // All that is there already belongs into one frame.
            let mut next = input;
            while let Some(input) = next {
                if let Some(left) = self.take(input)? {
                    return Ok(left);
                }
                next = self
                    .held
                    .pop_front()
                    .or_else(|| self.inputs.try_recv().ok());
            }
        }
    }

    /// What comes in; while something moves, not later than the next frame.
    fn next(&mut self, frame: Instant) -> Option<Input> {
        if let Some(input) = self.held.pop_front() {
            return Some(input);
        }
        if !self.state.is_moving() {
            return self.inputs.recv().ok();
        }
        self.inputs
            .recv_timeout(frame.saturating_duration_since(now()))
            .ok()
    }

    fn take(&mut self, input: Input) -> io::Result<Option<Left>> {
        let effect = match input {
            Input::Terminal(event) => self.take_event(&event?)?,
            Input::Signal(SIGTSTP) => Some(Effect::Suspend),
            Input::Signal(SIGCONT) => {
                self.screen.resume()?;
                None
            }
            Input::Signal(_) => None,
            Input::Interrupted => Some(Effect::Quit { interrupted: true }),
            Input::Recorded(live, result) => {
                self.recorded(&live, *result);
                None
            }
        };
        self.carry_out(effect)
    }

    fn take_event(&mut self, event: &Event) -> io::Result<Option<Effect>> {
        Ok(match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                assert!(!self.panics, "asked to panic at the first key");
                match (keys::command(self.state.keys(), *key), key.code) {
                    (Some(command), _) => self.state.apply(command),
                    (None, KeyCode::Char(c)) if is_text(key.modifiers) => {
                        self.state.insert(c.encode_utf8(&mut [0; 4]))
                    }
                    (None, _) => None,
                }
            }
            Event::Paste(text) => self.state.insert(text),
            Event::Mouse(mouse) => mouse::take(&mut self.state, terminal::area()?, *mouse),
            _ => None,
        })
    }

    fn carry_out(&mut self, effect: Option<Effect>) -> io::Result<Option<Left>> {
        match effect {
            None => {}
            Some(Effect::Quit { interrupted: true }) => return Ok(Some(Left::Interrupted)),
            Some(Effect::Quit { interrupted: false }) => return Ok(Some(Left::Quit)),
            Some(Effect::Suspend) => self.screen.suspend()?,
            Some(Effect::Write(name)) => {
                if let Some(run) = &self.state.run {
                    let result = file::write(run, &name);
                    self.state.written(result);
                }
            }
            Some(Effect::Record) => self.record(),
        }
        Ok(None)
    }

    /// Starts to record, and waits a moment for it.
    fn record(&mut self) {
        let Some(waiting) = &self.state.waiting else {
            return;
        };
        let piece = &waiting.piece;
        let recipe = self.state.library[piece.number];
        let order = Order {
            spec: piece.spec(recipe),
            live: Arc::clone(&waiting.live),
        };
        let (sender, live) = (self.sender.clone(), Arc::clone(&waiting.live));
        self.recording += 1;
        tape::start(&self.recorder, order, move |result| {
            // The player may have been left meanwhile.
            let _ = sender.send(Input::Recorded(live, Box::new(result)));
        });
        let patience = now() + GRACE;
        while self.state.waiting.is_some() {
            match self
                .inputs
                .recv_timeout(patience.saturating_duration_since(now()))
            {
                Ok(Input::Recorded(live, result)) => self.recorded(&live, *result),
                Ok(Input::Interrupted) => {
                    self.held.push_front(Input::Interrupted);
                    break;
                }
                Ok(input) => self.held.push_back(input),
                Err(_) => break,
            }
        }
    }

    /// Only the recording that is waited for counts.
    fn recorded(&mut self, live: &Arc<Live>, result: Result<Recording, String>) {
        self.recording -= 1;
        let awaited = self.state.waiting.as_ref();
        if awaited.is_some_and(|waiting| Arc::ptr_eq(&waiting.live, live)) {
            self.state.recorded(result);
        }
    }

    /// Gives the terminal back. Then what is being recorded winds up: no child
    /// process of it is left behind.
    fn wind_up(mut self) {
        drop(self.screen);
        if let Some(waiting) = &self.state.waiting {
            waiting.live.stop();
        }
        let patience = now() + WIND_UP;
        while self.recording > 0 {
            match self
                .inputs
                .recv_timeout(patience.saturating_duration_since(now()))
            {
                Ok(Input::Recorded(..)) => self.recording -= 1,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

fn is_text(modifiers: KeyModifiers) -> bool {
    !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

#[expect(
    clippy::disallowed_methods,
    reason = "who watches sits in real time, whatever clock the run has"
)]
fn now() -> Instant {
    Instant::now()
}
