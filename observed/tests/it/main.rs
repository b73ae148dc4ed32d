//! What a program that uses this crate sees, from outside.

// As a program's `Cargo.toml` does; tokio itself is there to compare with.
extern crate observed_tokio as tokio;
extern crate tokio as real_tokio;

mod deadlocks;
mod limits;
mod order;
mod random;
mod schedules;
mod support;
mod tasks;
mod threads;
mod transparent;
mod waits;
