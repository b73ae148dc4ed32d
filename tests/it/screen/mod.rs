//! The player without a terminal, and on one of our own.

pub mod player;
pub mod pty;
