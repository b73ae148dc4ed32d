//! The house that asyncdemo is built as; events flow through it one way.
//!
//! | room | what is in it |
//! |---|---|
//! | [`demos`] | the recipes, one file each, and their catalogue |
//! | [`recipe`] | what a recipe is to the rest of the house |
//! | [`stage`] | all that a recipe may import: lanes, clocks, threads, draws |
//! | [`run`] | one run: the runtime, the stage and the sink, and how it ended |
//! | [`recording`] | what happened, as plain data |
//! | [`output`] | views of events: text, JSON, timelines, exports |
//! | [`book`] | what the recipes' files say about themselves |
//! | [`highlight`] | Rust source as lines of looks |
//! | [`verify`] | published logs against recordings |
//! | [`check`] | somebody's output against an expected log |
//! | [`player`] | the full-screen player |
//! | [`cli`] | the command line |
//!
//! `demos → stage → recording → output`: what comes after the recording knows
//! no tokio, what comes before it knows no terminal.

pub mod book;
pub mod check;
pub mod cli;
#[path = "../demos/mod.rs"]
pub mod demos;
pub mod highlight;
pub mod output;
#[cfg(feature = "player")]
pub mod player;
pub mod recipe;
pub mod recording;
pub mod run;
pub mod stage;
pub mod verify;
