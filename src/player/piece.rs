//! What a run is made from, and who chose that.

use std::time::Duration;

use crate::recipe::Recipe;
use crate::recording::RunSpec;

/// What runs: a recipe, its options and its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The recipe's number in the library.
    pub number: usize,
    /// Its options as they are typed, without the switch that breaks it.
    pub options: Vec<String>,
    /// That switch, where it is broken.
    pub broken: Option<String>,
    /// What its draws start from.
    pub seed: u64,
    /// Which legal order its tasks run in.
    pub schedule: u64,
    /// Who chose the options.
    pub origin: Origin,
}

/// Who chose a run's options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user, here or on the command line, or the recipe itself.
    Session,
    /// A file, which may come from anyone: nothing runs with them unasked.
    File,
}

impl Piece {
    /// A recipe with its own default options.
    pub fn of_recipe(number: usize, seed: u64) -> Self {
        Self {
            number,
            options: Vec::new(),
            broken: None,
            seed,
            schedule: 0,
            origin: Origin::Session,
        }
    }

    /// What a recorder is asked for.
    pub fn spec(&self, recipe: &Recipe) -> RunSpec {
        RunSpec {
            recipe: recipe.name.clone(),
            options: self.words(),
            seed: self.seed,
            clock: recipe.needs.clock().name().to_owned(),
            schedule: self.schedule,
            start: Duration::ZERO,
        }
    }

    /// All that is typed after the recipe's name.
    pub fn words(&self) -> Vec<String> {
        self.options.iter().chain(&self.broken).cloned().collect()
    }
}
