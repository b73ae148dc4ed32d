//! Views of a run's events, one file for each format. What they know is
//! [`recording`](crate::recording) and [`book`](crate::book).

pub mod cast;
mod chart;
mod harmless;
pub mod html;
mod json;
mod look;
mod markdown;
mod page;
mod stdout;
pub mod svg;
mod text;
pub mod timeline;
pub mod trace;

pub use crate::recording::Header;
pub use harmless::Harmless;
pub use json::Json;
pub use look::{Line, Look, Piece, ansi};
pub use page::{Layout, page};
pub use stdout::{Stdout, stdout};
pub use text::{Style, Text};
