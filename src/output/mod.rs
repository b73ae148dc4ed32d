//! Views of a run's events, one file for each format. What they know is
//! [`recording`](crate::recording) and [`book`](crate::book).

mod json;
mod look;
mod markdown;
mod page;
mod stdout;
mod text;

pub use json::{Header, Json};
pub use look::{Line, Look, Piece, ansi};
pub use page::{Layout, page};
pub use stdout::{Stdout, stdout};
pub use text::{Style, Text};
