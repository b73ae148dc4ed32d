//! What a user sees, from outside.

#![expect(
    clippy::disallowed_methods,
    reason = "tests hold the program against the real clock, from threads of their own"
)]

mod check;
mod cli;
mod condition;
mod descendants;
mod determinism;
mod endings;
mod examples;
mod exports;
mod faults;
mod foreign;
mod fuzz;
mod hostile;
mod house;
mod invariants;
mod network;
mod options;
mod player_keys;
mod player_screens;
mod player_terminal;
mod processes;
mod published;
mod python;
mod random_runs;
mod reading;
mod run;
mod running;
mod schedules;
mod screen;
mod shell;
mod threads;
mod transcripts;
