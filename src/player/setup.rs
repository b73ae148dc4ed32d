//! What a player is started with, and how it is left.

use super::menu::Library;
use super::theme::Theme;
use crate::recording::Recording;

/// What the player opens on.
pub enum Open {
    /// The menu.
    Menu,
    /// A recipe of that name, which is run with these options.
    Recipe(String, Vec<String>),
    /// A recording from a file, of a recipe that is in the library.
    Recording(Box<Recording>),
}

/// What the player is started with.
pub struct Setup {
    /// The recipes of the menu.
    pub library: Library,
    /// What it opens on.
    pub open: Open,
    /// What draws start from.
    pub seed: u64,
    /// What the terminal allows.
    pub theme: Theme,
    /// Panics at the first key, to see that the terminal is given back.
    pub panics: bool,
}

/// How the player was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// By its own key.
    Quit,
    /// By Ctrl-C or a signal.
    Interrupted,
}
