//! Other legal schedules: which tasks put off their turn, and which branch of
//! an unbiased `select!` is polled first.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A task puts off at most this many turns in a row.
const MOST_IN_A_ROW: u8 = 3;

/// Chooses among what tokio allows. The same number makes the same choices in
/// the same order.
pub(super) struct Schedule {
    number: u64,
    seed: u64,
    choices: AtomicU64,
}

impl Schedule {
    /// Schedule 0 is tokio's own; only the branches of a `select!` are drawn.
    pub(super) fn new(number: u64, seed: u64) -> Self {
        Self {
            number,
            seed,
            choices: AtomicU64::new(0),
        }
    }

    /// Whether it is another one than tokio's.
    pub(super) fn is_other(&self) -> bool {
        self.number != 0
    }

    /// Whether to put off a turn. `row` counts how many were put off in a row.
    pub(super) fn puts_off(&self, row: &mut u8) -> bool {
        let puts_off =
            self.is_other() && *row < MOST_IN_A_ROW && self.draw(self.number).is_multiple_of(3);
        *row = if puts_off { *row + 1 } else { 0 };
        puts_off
    }

    /// Whole milliseconds, up to `most`, for every other task.
    pub(super) fn late(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        if !self.is_other() || most == 0 {
            return Duration::ZERO;
        }
        let draw = self.draw(self.number);
        if draw.is_multiple_of(2) {
            return Duration::ZERO;
        }
        Duration::from_millis(1 + (draw >> 1) % most)
    }

    /// A number below `below`.
    pub(super) fn choose(&self, below: u32) -> u32 {
        let draw = self.draw(self.number ^ self.seed.rotate_left(32));
        u32::try_from(draw % u64::from(below.max(1))).unwrap_or(0)
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014) of the start and a counter.
    fn draw(&self, start: u64) -> u64 {
        let count = self.choices.fetch_add(1, Relaxed);
        let z = start
            .wrapping_mul(0xd1b5_4a32_d192_ed03)
            .wrapping_add(count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
