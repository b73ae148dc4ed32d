//! What tests of the player share.
#![expect(dead_code, reason = "each test binary uses a part of it")]

pub mod player;
pub mod pty;
