//! Retry: try again, and wait longer each time.
//!
//! An operation fails. It is tried three times, with a pause of one second, then
//! of two. Watch how the pauses double: a server that is down is not helped by
//! clients that hammer at it.
//!
//! # Key insight
//!
//! Exponential backoff gives the other side time to recover, and jitter keeps a
//! thousand clients from coming back at the same instant.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `for attempt in range(n): try: … except:` | a `for` loop and a `match` |
//! | `await asyncio.sleep(base * 2 ** attempt)` | `sleep(base * 2u32.pow(attempt)).await` |
//! | `random.uniform(0, 0.1)` | a seeded generator |
//!
//! ```python
//! import asyncio
//!
//!
//! async def operate(name, tries, base):
//!     for attempt in range(tries):
//!         print(f"{name}: Attempt {attempt + 1}/{tries}")
//!         if attempt + 1 < tries:
//!             wait = base * 2**attempt
//!             print(f"{name}: Failed, retrying in {wait}s...")
//!             await asyncio.sleep(wait)
//!     print(f"{name}: All retries failed")
//!
//!
//! async def main():
//!     print("Retry with Exponential Backoff:")
//!     await operate("Operation-1", tries=3, base=1)
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! For failures that pass by themselves, and operations that may be done twice:
//! a read, a write with a key of its own.
//!
//! # Pitfalls
//!
//! - Announced backoff and real wait differ when jitter is added silently; here
//!   the announced one is the base, `--jitter` adds up to 10 %.
//! - Doubling has no end of its own: set `--max-delay`.
//! - Retries multiply: three layers of three tries are 27 calls.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo retry --succeed-on 2
//! $ asyncdemo retry --max-retries 6 --max-delay 5s --jitter
//! $ asyncdemo retry --no-backoff
//! ```

use std::time::Duration;

use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Rng, Stage, count, duration, probability, seconds};

/// No wait is longer, however often it is doubled.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Retry {
    /// How often an operation is tried
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    max_retries: usize,

    /// The first wait; each further one is twice as long
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    base_delay: Duration,

    /// How many operations there are, one after the other
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    operations: usize,

    /// The attempt that succeeds [default: none]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    succeed_on: Option<usize>,

    /// The share of attempts that fail, drawn from the seed (a number from 0 to 1)
    #[arg(long, value_name = "SHARE", value_parser = probability, conflicts_with = "succeed_on")]
    fail_rate: Option<f64>,

    /// Adds up to 10 % to each wait
    #[arg(long)]
    jitter: bool,

    /// The longest wait [default: 365 days]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_delay: Option<Duration>,

    /// Tries again at once: the server gets no rest
    #[arg(long, help_heading = BREAK_IT)]
    no_backoff: bool,
}

impl Demo for Retry {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/retry.log"),
        start: "08:49:22.220",
        options: &[],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        stage.say("🔁", "Retry with Exponential Backoff:");
        let mut calls = 0;
        for number in 1..=self.operations {
            let lane = stage.lane(format_args!("Operation-{number}"));
            calls += self.operate(&lane).await;
        }
        if self.no_backoff {
            let rate = calls as u64 / stage.elapsed().as_secs().max(1);
            stage.say("💥", format_args!("The server saw {rate} calls per second")); // a thousand such clients, and it never comes back
        }
        Ok(())
    }
}

impl Retry {
    /// Tries until it succeeds or the tries are used up; tells how often it tried.
    async fn operate(&self, lane: &Lane) -> usize {
        let mut rng = lane.rng();
        let mut wait = self.base_delay;
        for attempt in 1..=self.max_retries {
            lane.say("🔄", format_args!("Attempt {attempt}/{}", self.max_retries));
            if self.succeeds(attempt, &mut rng) {
                lane.say("✅", "Success");
                return attempt;
            }
            if attempt == self.max_retries {
                break;
            }
            if self.no_backoff {
                lane.say("⚠️", "Failed, retrying at once...");
                continue;
            }
            let announced = wait.min(self.max_delay.unwrap_or(LONGEST_WAIT));
            lane.say(
                "⚠️",
                format_args!("Failed, retrying in {}...", seconds(announced)),
            ); // the jitter is not announced
            let jitter = if self.jitter {
                rng.up_to(announced / 10)
            } else {
                Duration::ZERO
            };
            lane.pauses_for("the next attempt", sleep(announced + jitter))
                .await;
            wait = wait.saturating_mul(2);
        }
        lane.say("❌", "All retries failed"); // the caller has to know: an error, not a silence
        self.max_retries
    }

    fn succeeds(&self, attempt: usize, rng: &mut Rng) -> bool {
        match self.fail_rate {
            Some(rate) => !rng.chance(rate),
            None => self.succeed_on == Some(attempt),
        }
    }
}
