//! Views of a run's events, one file for each format. What they know is
//! [`recording`](crate::recording) and [`book`](crate::book).

mod json;
mod stdout;
mod text;

pub use crate::recording::Header;
pub use json::Json;
pub use stdout::{Stdout, stdout};
pub use text::{Style, Text};
