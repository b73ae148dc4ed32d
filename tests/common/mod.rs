//! What tests of the player share.

pub mod player;
