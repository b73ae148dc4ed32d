//! `tokio::runtime`, observed.

mod builder;
mod handle;
mod local_runtime;
#[expect(clippy::module_inception, reason = "tokio names it so")]
mod runtime;

pub use builder::Builder;
pub use handle::Handle;
pub use local_runtime::LocalRuntime;
pub use runtime::Runtime;
pub use tokio::runtime::*;
