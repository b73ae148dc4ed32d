//! A rate limit: no more than so many in a second.
//!
//! Five requests, two a second. Count the requests that leave within the first
//! second: the published limiter lets four pass, and its log looks so orderly
//! that nobody has noticed.
//!
//! # Key insight
//!
//! A token bucket earns tokens while time passes. Time must be earned once: the
//! published one sleeps for a token, takes it, and leaves its time stamp where
//! it was before the sleep, so that the next request earns the same sleep again.
//! One line mends it (`--algorithm bucket`).
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop.time()` | `tokio::time::Instant::now()` |
//! | `async with self.lock:` around the bucket | `tokio::sync::Mutex` |
//! | `asyncio.sleep(missing / rate)` | `sleep(missing / rate).await` |
//! | the package `aiolimiter` | the crates `governor`, `leaky-bucket` |
//!
//! ```python
//! import asyncio
//!
//!
//! class RateLimiter:
//!     def __init__(self, rate):
//!         self.rate = self.tokens = rate
//!         self.earned = round(asyncio.get_running_loop().time(), 2)
//!         self.lock = asyncio.Lock()
//!
//!     async def acquire(self):
//!         async with self.lock:
//!             # To the hundredth: a sleep may end a hair early.
//!             now = round(asyncio.get_running_loop().time(), 2)
//!             self.tokens = min(self.rate, self.tokens + (now - self.earned) * self.rate)
//!             self.earned = now
//!             if self.tokens < 1:
//!                 missing = (1 - self.tokens) / self.rate
//!                 about = round(missing, 1)  # the sleep before woke up a little late
//!                 print(f"Rate limit: Sleeping for {about:.2f}s")
//!                 await asyncio.sleep(missing)
//!                 self.tokens = 1  # and self.earned stays where it was: the fault
//!             self.tokens -= 1
//!
//!
//! async def request(n, limiter):
//!     await limiter.acquire()
//!     print(f"Request-{n}: Sending...")
//!     await asyncio.sleep(0.1)
//!     print(f"Request-{n}: Done")
//!
//!
//! async def main():
//!     print("Rate Limiting (2 requests/second):")
//!     limiter = RateLimiter(2)
//!     await asyncio.gather(*(request(n, limiter) for n in range(5)))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Towards a server that counts your requests. A bucket allows a burst up to its
//! size and then the rate; a window (`--algorithm window`) never allows more
//! than the rate in any second, whichever second one looks at.
//!
//! # Pitfalls
//!
//! - A semaphore is no rate limit: it counts how many run, not how many start.
//! - A full bucket and the second after it let nearly twice the rate pass. Where
//!   the other side forbids that, use a window.
//! - Sleeps wake up late (`--timer-lag`); whoever computes with the planned time
//!   instead of the real one drifts.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo ratelimit --algorithm bucket
//! $ asyncdemo ratelimit --algorithm window --rate 3 --requests 9
//! $ asyncdemo ratelimit --no-limit
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Stage, count, duration, period, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct RateLimit {
    /// How many requests are allowed
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    rate: usize,

    /// In which time
    #[arg(long, value_name = "PERIOD", value_parser = period, default_value = "1s")]
    per: Duration,

    /// How many requests there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    requests: usize,

    /// How long each request takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    request_time: Duration,

    /// How late the limiter's sleep wakes up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    timer_lag: Duration,

    /// How the limiter decides
    #[arg(
        long,
        value_enum,
        value_name = "ALGORITHM",
        default_value = "published"
    )]
    algorithm: Algorithm,

    /// Takes the limiter away
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Algorithm {
    /// The token bucket of the published log, its mistake included
    Published,
    /// A token bucket that is right
    Bucket,
    /// Never more than the rate in any window of the time
    Window,
}

impl Demo for RateLimit {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/ratelimit.log"),
        start: "08:49:21.104",
        options: &["--timer-lag", "9ms"],
        tolerance: Duration::from_millis(20),
        cut_short: true,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let a_second = self.per == Duration::from_secs(1);
        let unit = if a_second {
            "second".to_owned()
        } else {
            seconds(self.per)
        };
        stage.say(
            "🚦",
            format_args!("Rate Limiting ({} requests/{unit}):", self.rate),
        );
        let limiter = (!self.no_limit).then(|| Arc::new(Limiter::new(&self, stage.clone())));
        let mut requests = JoinSet::new();
        for number in 0..self.requests {
            let lane = stage.lane(format_args!("Request-{number}"));
            requests.spawn(request(lane, limiter.clone(), self.request_time));
        }
        requests.join_all().await;
        if self.no_limit {
            let (requests, rate) = (self.requests, self.rate);
            stage.say(
                "💥",
                format_args!("All {requests} left at once; {rate} per {unit} were allowed"),
            );
        }
        Ok(())
    }
}

async fn request(lane: Lane, limiter: Option<Arc<Limiter>>, time: Duration) {
    if let Some(limiter) = limiter {
        limiter.acquire(&lane).await;
    }
    lane.say("🌐", "Sending..."); // count these within any one second
    lane.works_on("the request", sleep(time)).await;
    lane.say("✅", "Done");
}

/// The resolution of tokio's timers.
const TIMER: Duration = Duration::from_millis(1);

struct Limiter {
    stage: Stage,
    rate: u128,
    per: Duration,
    timer_lag: Duration,
    algorithm: Algorithm,
    /// tokio's mutex: whoever sleeps for a token holds it, so that the others
    /// wait in line behind.
    state: Mutex<State>,
}

/// Whole numbers, so that no rounding lets a request pass: a token is worth as
/// many units as `per` has nanoseconds, and each nanosecond earns `rate` units.
struct State {
    units: u128,
    /// Until when the units are earned.
    earned: Duration,
    /// When the last `rate` requests passed, for the window.
    passed: VecDeque<Duration>,
}

impl Limiter {
    fn new(options: &RateLimit, stage: Stage) -> Self {
        let rate = options.rate as u128;
        let (units, earned) = (rate * options.per.as_nanos(), stage.elapsed()); // the bucket is full at first
        let state = Mutex::new(State {
            units,
            earned,
            passed: VecDeque::new(),
        });
        let RateLimit {
            per,
            timer_lag,
            algorithm,
            ..
        } = *options;
        Self {
            stage,
            rate,
            per,
            timer_lag,
            algorithm,
            state,
        }
    }

    /// Waits until one more request is allowed.
    async fn acquire(&self, lane: &Lane) {
        let mut state = lane.waits_for("its turn", self.state.lock()).await;
        match self.algorithm {
            Algorithm::Published | Algorithm::Bucket => {
                self.earn(&mut state);
                let missing = self.missing(&state);
                if !missing.is_zero() {
                    self.sleep(lane, missing).await;
                    match self.algorithm {
                        Algorithm::Published => state.units = self.token(), // and `earned` stays: the fault
                        _ => self.earn(&mut state), // the line that mends it
                    }
                }
                state.units = state.units.saturating_sub(self.token());
            }
            Algorithm::Window => {
                if state.passed.len() as u128 == self.rate
                    && let Some(oldest) = state.passed.pop_front()
                {
                    let wait = (oldest + self.per).saturating_sub(self.stage.elapsed());
                    if !wait.is_zero() {
                        self.sleep(lane, wait).await;
                    }
                }
                state.passed.push_back(self.stage.elapsed());
            }
        }
    }

    /// Adds what the time since the last look has earned, up to a full bucket.
    fn earn(&self, state: &mut State) {
        let now = self.stage.elapsed();
        let earned = now.saturating_sub(state.earned).as_nanos() * self.rate;
        state.units = (state.units + earned).min(self.rate * self.token());
        state.earned = now;
    }

    /// How long it takes to earn what one token lacks. The published limiter
    /// takes a sleep for exact; tokio's are whole milliseconds, so that a token
    /// may lack a little after one.
    fn missing(&self, state: &State) -> Duration {
        let lacks = self.token().saturating_sub(state.units);
        let missing = lacks.div_ceil(self.rate);
        let is_rounding = missing < TIMER.as_nanos() && lacks < self.token() / 2;
        if matches!(self.algorithm, Algorithm::Published) && is_rounding {
            return Duration::ZERO;
        }
        Duration::from_nanos(u64::try_from(missing).unwrap_or(u64::MAX))
    }

    fn token(&self) -> u128 {
        self.per.as_nanos()
    }

    async fn sleep(&self, lane: &Lane, time: Duration) {
        lane.log(
            "⏸️",
            format_args!("Rate limit: Sleeping for {:.2}s", time.as_secs_f64()),
        );
        lane.pauses_for("a token", sleep(time + self.timer_lag))
            .await;
    }
}
