//! `std::thread` for recipes: a thread's sleep takes the run's time.

use std::time::Duration;

/// Blocks the current thread for this long: `std::thread::sleep`, on both
/// clocks.
#[track_caller]
pub fn sleep(time: Duration) {
    tokio::observe::sleep_thread(time);
}
