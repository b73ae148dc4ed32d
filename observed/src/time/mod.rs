//! `tokio::time`, observed.

mod interval;
mod sleep;
mod timeout;

pub use interval::{Interval, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Timeout, timeout, timeout_at};
pub use tokio::time::*;

/// Moves the paused clock: see [`tokio::time::advance`].
#[cfg(feature = "test-util")]
pub async fn advance(duration: Duration) {
    tokio::time::advance(duration).await;
    crate::observe::with(crate::observe::Recorder::look_at_clock);
}
