//! Views of a run's events, one file for each format. What they know is
//! [`recording`](crate::recording) and [`book`](crate::book).

#[cfg(feature = "export")]
pub mod cast;
#[cfg(feature = "export")]
mod chart;
pub mod ending;
#[cfg(any(feature = "export", feature = "player", feature = "shell"))]
mod file;
mod harmless;
#[cfg(feature = "export")]
pub mod html;
pub mod icon;
mod json;
mod look;
mod markdown;
mod page;
mod stdout;
#[cfg(feature = "export")]
pub mod svg;
#[cfg(any(feature = "export", feature = "player", feature = "shell"))]
mod temporary;
mod text;
#[cfg(feature = "export")]
pub mod timeline;
#[cfg(feature = "export")]
pub mod trace;
pub mod width;
#[cfg(feature = "export")]
mod xml;

#[cfg(any(feature = "export", feature = "player", feature = "shell"))]
pub use file::{Existing, Target};
pub use harmless::Harmless;
pub use json::Json;
pub use look::{Line, Look, Piece, ansi};
pub use page::{Layout, page};
pub use stdout::{Stdout, stdout};
#[cfg(any(feature = "export", feature = "player", feature = "shell"))]
pub use temporary::remove_temporary_files;
pub use text::{Style, Text};
