//! The macros that are not tokio's own, and what they are made of.

pub mod branches;
mod join;
mod select;

pub use tokio::macros::*;
pub use tokio::{join as real_join, try_join as real_try_join};
