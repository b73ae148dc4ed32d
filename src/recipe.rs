//! What a recipe is to the rest of the house: a page, a command line, and a
//! plain tokio program.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgMatches, Args, Command};

use crate::book::{self, Page};
use crate::kit::{BREAK_IT, Clock};

/// The options of a plain program, and the program.
pub trait Main: Clone + Send + Sync + 'static {
    /// The module's `main`.
    fn main(self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What a recipe needs of the world outside its runtime. A recipe that needs nothing
/// runs on both clocks, ends at Ctrl-C, and has the cheapest runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Sockets, child processes or signals: the runtime's I/O driver.
    pub io: bool,
    /// It handles SIGINT and SIGTERM itself.
    pub signals: bool,
    /// Part of it, such as a child process, keeps real time.
    pub real_clock: bool,
    /// Its options are commands that it executes, or paths that it opens: those
    /// of a file from elsewhere are never run.
    pub runs_commands: bool,
}

impl Needs {
    /// What most recipes need.
    pub const NOTHING: Self = Self {
        io: false,
        signals: false,
        real_clock: false,
        runs_commands: false,
    };

    /// The clock of a run that is to be alike each time, as far as it can be.
    pub fn clock(self) -> Clock {
        if self.real_clock {
            Clock::Real
        } else {
            Clock::Virtual
        }
    }
}

/// The error of a recipe that handles signals itself and was told to end at
/// once: its run was interrupted, it has not failed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// A published log, and what it takes to run it again.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// The log, timestamps included. A line `...` stands for lines left out.
    pub log: &'static str,
    /// The time of day at the run's first moment.
    pub start: &'static str,
    /// The options of that run.
    pub options: &'static [&'static str],
    /// How far the gap between two lines may be from the published one, whose
    /// machine had a timer that ticked every 15.6 ms.
    pub tolerance: Duration,
    /// Whether the log ends before the run does.
    pub cut_short: bool,
}

/// What a program returns in the end.
pub type Running = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// A recipe's program, its options read. Each call is another run of it.
pub type Program = Arc<dyn Fn() -> Running + Send + Sync>;

/// An entry of the catalogue.
pub struct Recipe {
    /// What people type.
    pub name: String,
    /// The chapter that it stands in.
    pub chapter: &'static str,
    /// Its file, from the repository's root.
    pub file: &'static str,
    /// That file's text.
    pub source: &'static str,
    /// The published run that it meets.
    pub published: Option<Published>,
    /// What it needs of the world outside its runtime.
    pub needs: Needs,
    options: fn(Command) -> Command,
    program: fn(&ArgMatches) -> Result<Program, clap::Error>,
}

impl Recipe {
    /// A program with the options `O`.
    pub fn of<O: Args + Main>(
        module: &'static str,
        chapter: &'static str,
        file: &'static str,
        source: &'static str,
        (needs, published): (Needs, Option<Published>),
    ) -> Self {
        Self {
            name: module.replace('_', "-"),
            chapter,
            file,
            source,
            published,
            needs,
            options: O::augment_args,
            program: |matches| {
                let options = O::from_arg_matches(matches)?;
                Ok(Arc::new(move || Box::pin(options.clone().main())))
            },
        }
    }

    /// What it is about, in a line.
    pub fn title(&self) -> &'static str {
        book::title(self.source)
    }

    /// Its page.
    pub fn page(&self) -> Page {
        Page::of(self.source)
    }

    /// The command line of its own options.
    pub fn command(&self) -> Command {
        self.with_options(Command::new(self.name.clone()))
    }

    /// Adds its own options to a command line.
    pub fn with_options(&self, command: Command) -> Command {
        (self.options)(command)
    }

    /// The switches that show what goes wrong without its pattern: as they are
    /// typed, and what they do.
    pub fn breaks(&self) -> Vec<(String, String)> {
        let command = self.command();
        let switches = command
            .get_arguments()
            .filter(|arg| arg.get_help_heading() == Some(BREAK_IT));
        switches
            .filter_map(|arg| {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                Some((format!("--{}", arg.get_long()?), help))
            })
            .collect()
    }

    /// Its program, with the options in `matches`.
    ///
    /// # Errors
    ///
    /// When `matches` is not of [`Recipe::command`].
    pub fn program(&self, matches: &ArgMatches) -> Result<Program, clap::Error> {
        (self.program)(matches)
    }
}

/// Writes the catalogue: a line for each recipe, below its chapter. From `lock`
/// follow the module, its file `demos/lock.rs`, its `Options` and its `main`; an
/// underscore in the module is a hyphen in the name. A `#[cfg]` before it leaves
/// the recipe out.
macro_rules! recipes {
    ($($chapter:literal { $($(#[$when:meta])? $module:ident,)* })*) => {
        $($($(#[$when])? pub mod $module;)*)*

        $($(
            $(#[$when])?
            impl $crate::recipe::Main for $module::Options {
                fn main(self) -> impl std::future::Future<Output = anyhow::Result<()>> + Send {
                    $module::main(self)
                }
            }
        )*)*

        /// All recipes, in the order of the book.
        pub static RECIPES: std::sync::LazyLock<Vec<$crate::recipe::Recipe>> =
            std::sync::LazyLock::new(|| Vec::from([$($(
                $(#[$when])?
                $crate::recipe::Recipe::of::<$module::Options>(
                    stringify!($module),
                    $chapter,
                    concat!("demos/", stringify!($module), ".rs"),
                    include_str!(concat!(stringify!($module), ".rs")),
                    about(stringify!($module)),
                ),
            )*)*]));
    };
}
pub(crate) use recipes;
