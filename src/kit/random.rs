//! Reproducible draws: one generator a lane, seeded from the run's seed and
//! the lane's name, so that a draw never depends on how tasks interleave.

use std::cell::Cell;
use std::future::Future;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// A lane's own generator. xoshiro256++ is documented to give the same stream
/// in every release and on every machine.
pub struct Rng(Xoshiro256PlusPlus);

/// The generator of the lane called `name` ("" for the narrator).
pub(super) fn rng(seed: u64, name: &str) -> Rng {
    // FNV-1a (Fowler, Noll, Vo), 64 bits: stable, unlike the std hasher.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // `seed_from_u64` spreads the bits, so that near seeds are far apart.
    Rng(Xoshiro256PlusPlus::seed_from_u64(seed ^ hash))
}

thread_local! {
    /// What the draws of the run on this thread start from.
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// A program whose draws start from this seed.
pub(crate) async fn seeded<F: Future>(seed: u64, program: impl FnOnce() -> F) -> F::Output {
    SEED.set(seed);
    program().await
}

/// Draws that depend on the run's seed and this name alone.
pub fn draws(name: &str) -> Rng {
    rng(SEED.get(), name)
}

impl Rng {
    /// A time of so many whole milliseconds, each as likely as the others.
    pub fn millis(&mut self, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.0.random_range(range))
    }

    /// A time of whole milliseconds, from none to `longest`.
    pub fn up_to(&mut self, longest: Duration) -> Duration {
        self.millis(0..=u64::try_from(longest.as_millis()).unwrap_or(u64::MAX))
    }

    /// True with the given probability, from 0 to 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream is part of what the program promises: the same seed gives
    /// the same log in every release.
    #[test]
    fn the_first_draws_stay_as_they_are() {
        let draw = |name| rng(1, name).millis(500..=1000).as_millis();
        assert_eq!([draw("file-0"), draw("file-1"), draw("")], [630, 949, 529]);
    }
}
