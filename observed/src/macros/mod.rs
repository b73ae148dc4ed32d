//! The macros that are not tokio's own.

pub mod branches;
mod select;

pub use tokio::macros::*;
