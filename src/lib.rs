//! The house that asyncdemo is built as; events flow through it one way.
//!
//! | room | what is in it |
//! |---|---|
//! | [`demos`] | the recipes, one file each, and their catalogue |
//! | [`recipe`] | what a recipe is to the rest of the house |
//! | [`kit`] | what a recipe may import: types of options, its result, draws |
//! | `observer` | runs a recipe's program, observed, and passes on what happens |
//! | [`thread`] | `std::thread` for recipes: a sleep that takes the run's time |
//! | [`run`] | one run, and how it ended |
//! | [`recording`] | what happened, as plain data |
//! | [`timeline`](mod@timeline) | a recording as rows of bars and lines |
//! | [`output`] | views of events: text, JSON, timelines, exports |
//! | [`book`] | what the recipes' files say about themselves |
//! | [`highlight`] | Rust source as lines of looks |
//! | [`verify`] | published logs against recordings |
//! | [`check`] | a program's output, compared with an expected log |
//! | [`player`] | the full-screen player |
//! | [`cli`] | the command line |
//!
//! `demos → observer → recording → output`: what comes after the recording knows
//! no tokio, what comes before it knows no terminal. So a run is data before it
//! is text, and says the same each time:
//!
//! ```
//! use asyncdemo::{demos::RECIPES, run::record};
//!
//! let hello = RECIPES.iter().find(|recipe| recipe.name == "hello").unwrap();
//! let options = hello.command().try_get_matches_from(["hello", "--pause", "2s"])?;
//! let (recording, _) = record(&hello.program(&options)?, hello.needs, 5);
//!
//! let lines = recording.lines().map(|(t, _, text)| (t.as_secs(), text));
//! assert!(lines.eq([(0, "Hello"), (2, "World")]));
//! # Ok::<_, clap::Error>(())
//! ```
//!
//! The features, all of them in the default: `player` is [`player`], `export`
//! are the pictures and files in [`output`], `http` is the recipe of that name,
//! `shell` are completions and manual pages.

pub mod book;
pub mod check;
pub mod cli;
#[path = "../demos/mod.rs"]
pub mod demos;
pub mod highlight;
pub mod kit;
mod observer;
pub mod output;
#[cfg(feature = "player")]
pub mod player;
pub mod recipe;
pub mod recording;
pub mod run;
pub mod thread;
pub mod timeline;
pub mod verify;
