//! The player as a fold: a state, a command, the next state. Whatever touches
//! the world is an [`Effect`] that the loop carries out.

use std::sync::Arc;
use std::time::Duration;

use super::confirm::Confirm;
use super::keys::{self, Binding, Command};
use super::menu::{Library, Menu};
use super::piece::{Origin, Piece};
use super::prompt::{Edit, Prompt};
use super::run::Run;
use super::tape::Live;
use crate::recording::Recording;
use crate::timeline::Timeline;

/// All that the player knows.
pub struct State {
    /// The recipes that it can play.
    pub library: Library,
    /// The catalogue, which is on the screen while there is no run.
    pub menu: Menu,
    /// The run on the screen.
    pub run: Option<Run>,
    /// What is being recorded.
    pub waiting: Option<Waiting>,
    /// What is in front of it.
    pub front: Option<Front>,
    /// One sentence, until the next key.
    pub notice: Option<String>,
    /// Whether leaving a run leads to the menu.
    pub(super) has_menu: bool,
    pub(super) seed: u64,
}

/// What is in front of the menu or the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Front {
    /// The keys, scrolled by some rows.
    Help(u16),
    /// A line to type.
    Prompt(Prompt),
    /// The switches that break the recipe, to choose from.
    Breaks(Breaks),
    /// A command that comes from a file, and whether to run it.
    Confirm(Confirm),
}

/// A choice among the switches that break a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaks {
    /// Each switch, and what it does.
    pub switches: Vec<(String, String)>,
    /// The marked one.
    pub selected: usize,
    /// Whether the broken run is to stand beside the other.
    pub beside: bool,
}

/// A run that is being recorded.
pub struct Waiting {
    /// What it is.
    pub piece: Piece,
    /// Whether it is to stand beside the run on the screen.
    pub beside: bool,
    /// What has happened in it so far.
    pub live: Arc<Live>,
}

/// What the loop has to do in the world.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Record what the state is waiting for.
    Record,
    /// Write the run to a file of this name.
    Write(String),
    /// Stop the process until a shell continues it.
    Suspend,
    /// Leave.
    Quit {
        /// By Ctrl-C, not by the player's own key.
        interrupted: bool,
    },
}

impl State {
    /// The menu.
    pub fn new(library: Library, seed: u64) -> Self {
        Self {
            menu: Menu::new(&library),
            library,
            run: None,
            waiting: None,
            front: None,
            notice: None,
            has_menu: true,
            seed,
        }
    }

    /// Opens a recipe, which is left for good.
    pub fn open(&mut self, name: &str, options: Vec<String>) -> Option<Effect> {
        self.has_menu = false;
        let number = self.library.iter().position(|it| it.name == name)?;
        let piece = Piece {
            options,
            ..Piece::of_recipe(number, self.seed)
        };
        self.record(piece, false)
    }

    /// Shows a recording that was made elsewhere, which is left for good. It
    /// runs nothing, and no key does so with the options that it names until
    /// they are shown and confirmed.
    pub fn show(&mut self, recording: Recording) {
        self.has_menu = false;
        let spec = &recording.spec;
        let number = self.library.iter().position(|it| it.name == spec.recipe);
        let Some(number) = number else { return };
        self.seed = spec.seed;
        self.menu.choose(&self.library, number);
        let piece = Piece {
            options: spec.options.clone(),
            schedule: spec.schedule,
            origin: Origin::File,
            ..Piece::of_recipe(number, spec.seed)
        };
        let timeline = Arc::new(Timeline::new(recording));
        self.run = Some(Run::new(self.library[number], piece, timeline));
    }

    /// The keys that count now.
    pub fn keys(&self) -> &'static [Binding] {
        match (&self.front, &self.run) {
            _ if self.waiting.is_some() => &keys::RECORDING,
            (Some(Front::Help(_)), _) => &keys::HELP,
            (Some(Front::Prompt(_)), _) => &keys::PROMPT,
            (Some(Front::Breaks(_)), _) => &keys::CHOOSE,
            (Some(Front::Confirm(_)), _) => &keys::CONFIRM,
            (None, None) => &keys::MENU,
            (None, Some(run)) if run.predict.is_some() => &keys::PREDICT,
            (None, Some(_)) => &keys::RUN,
        }
    }

    /// Whether something moves by itself.
    pub fn is_moving(&self) -> bool {
        let playing = self
            .run
            .as_ref()
            .is_some_and(|run| run.playing && run.predict.is_none());
        self.waiting.is_some() || playing && !matches!(self.front, Some(Front::Help(_)))
    }

    /// Real time passes.
    pub fn tick(&mut self, real: Duration) {
        if self.waiting.is_none()
            && self.is_moving()
            && let Some(run) = &mut self.run
        {
            run.tick(real);
        }
    }

    /// Text is typed.
    pub fn insert(&mut self, text: &str) -> Option<Effect> {
        self.notice = None;
        if self.waiting.is_some() {
            return None;
        }
        match &mut self.front {
            Some(Front::Prompt(prompt)) => prompt.insert(text),
            None if self.run.is_none() => {
                if (self.menu.search(), text) == ("q", "q") {
                    return Some(Effect::Quit { interrupted: false });
                }
                let text: String = text.chars().filter(|c| !c.is_control()).collect();
                let search = self.menu.search().to_owned() + &text;
                self.menu.look_for(&self.library, &search);
            }
            _ => {}
        }
        None
    }

    /// A command is given.
    pub fn apply(&mut self, command: Command) -> Option<Effect> {
        self.notice = None;
        match command {
            Command::Quit => return Some(Effect::Quit { interrupted: true }),
            Command::Suspend => return Some(Effect::Suspend),
            _ => {}
        }
        if let Some(waiting) = &self.waiting {
            if command == Command::Leave {
                waiting.live.stop();
                self.waiting = None;
                if self.run.is_none() && !self.has_menu {
                    return Some(Effect::Quit { interrupted: false });
                }
            }
            return None;
        }
        match (&self.front, &self.run) {
            (Some(_), _) => self.apply_in_front(command),
            (None, None) => self.apply_in_menu(command),
            (None, Some(run)) if run.predict.is_some() => self.apply_in_predict(command),
            (None, Some(_)) => self.apply_in_run(command),
        }
    }

    /// Runs a piece; one whose options come from a file only after it has been
    /// shown and confirmed. Whatever runs a recipe passes through here.
    pub(super) fn record(&mut self, piece: Piece, beside: bool) -> Option<Effect> {
        if piece.origin == Origin::File {
            let recipe = self.library[piece.number];
            self.front = Some(Front::Confirm(Confirm::new(recipe, piece, beside)));
            return None;
        }
        self.waiting = Some(Waiting {
            piece,
            beside,
            live: Arc::default(),
        });
        Some(Effect::Record)
    }

    fn apply_in_menu(&mut self, command: Command) -> Option<Effect> {
        match command {
            Command::Rows(by) => self.menu.go(by.into()),
            Command::Screen(by) => self.menu.go(isize::from(by) * 10),
            Command::ToStart => self.menu.go(isize::MIN),
            Command::ToEnd => self.menu.go(isize::MAX),
            Command::Edit(Edit::Backspace) => {
                let mut search = self.menu.search().to_owned();
                search.pop();
                self.menu.look_for(&self.library, &search);
            }
            Command::Accept => {
                let number = self.menu.chosen()?;
                return self.open_number(number);
            }
            Command::Help => self.front = Some(Front::Help(0)),
            Command::Leave if self.menu.search().is_empty() => {
                return Some(Effect::Quit { interrupted: false });
            }
            Command::Leave => self.menu.look_for(&self.library, ""),
            _ => {}
        }
        None
    }

    pub(super) fn open_number(&mut self, number: usize) -> Option<Effect> {
        self.record(Piece::of_recipe(number, self.seed), false)
    }

    fn apply_in_predict(&mut self, command: Command) -> Option<Effect> {
        let run = self.run.as_mut()?;
        let predict = run.predict.as_mut()?;
        match command {
            Command::Rows(by) => predict.go(by.into()),
            Command::Answer(chosen) => run.answer(chosen.into()),
            Command::Accept if predict.answer.is_some() => run.ask(),
            Command::Accept => {
                let selected = predict.selected;
                run.answer(selected);
            }
            Command::Lanes(by) => run.lanes += i32::from(by),
            Command::Help => self.front = Some(Front::Help(0)),
            Command::Leave => run.predict = None,
            _ => {}
        }
        None
    }
}
