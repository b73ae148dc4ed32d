//! Rate limit: limit how many requests start in a given time.
//!
//! Five requests are sent under a limit of two per second. Count the requests
//! that leave within the first second: the limiter of the published log lets
//! four pass, and its log looks so orderly that the fault is easy to miss.
//!
//! # Key insight
//!
//! A token bucket earns tokens as time passes, and each interval must be
//! credited only once. The published limiter sleeps until a token is earned,
//! takes that token, and leaves its time stamp where it was before the sleep.
//! The next request is credited for the same sleep again. Updating the time
//! stamp after the sleep fixes it: compare `--algorithm bucket`.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop.time()` | `tokio::time::Instant::now()` |
//! | `async with self.lock:` around the bucket | `tokio::sync::Mutex` around the state |
//! | `asyncio.sleep(missing)` | `sleep(missing).await` |
//! | the package `aiolimiter` | the crates `governor`, `leaky-bucket` |
//!
//! This is the published limiter, with its fault:
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
//!             # Rounded to 10 ms: a sleep may end slightly early.
//!             now = round(asyncio.get_running_loop().time(), 2)
//!             self.tokens = min(self.rate, self.tokens + (now - self.earned) * self.rate)
//!             self.earned = now
//!             if self.tokens < 1:
//!                 missing = (1 - self.tokens) / self.rate
//!                 about = round(missing, 1)  # the sleep before woke up slightly late
//!                 print(f"Rate limit: Sleeping for {about:.2f}s")
//!                 await asyncio.sleep(missing)
//!                 self.tokens = 1  # the fault: self.earned is not updated
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
//! # In tokio
//!
//! This is the correct bucket, `--algorithm bucket`: it saves up the time in
//! which tokens are earned.
//!
//! ```rust,no_run
//! //! Five requests are sent, at most two per second on average.
//!
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tokio::sync::Mutex;
//! use tokio::task::JoinSet;
//! use tokio::time::{Instant, sleep};
//!
//! // One thread, so that the requests ask the limiter in the order of their numbers.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     println!("Rate Limiting (2 requests/second):");
//!     let limiter = Arc::new(Bucket::new(2, Duration::from_secs(1)));
//!     let mut requests = JoinSet::new();
//!     for number in 0..5 {
//!         requests.spawn(request(number, Arc::clone(&limiter)));
//!     }
//!     requests.join_all().await;
//! }
//!
//! async fn request(number: usize, limiter: Arc<Bucket>) {
//!     limiter.acquire().await;
//!     println!("Request-{number}: Sending...");
//!     sleep(Duration::from_millis(100)).await;
//!     println!("Request-{number}: Done");
//! }
//!
//! /// A token bucket that saves up the time in which tokens are earned.
//! struct Bucket {
//!     token: Duration,
//!     full: Duration,
//!     saved: Mutex<(Duration, Instant)>, // the saved time, and until when it is credited
//! }
//!
//! impl Bucket {
//!     fn new(rate: u32, per: Duration) -> Self {
//!         let saved = Mutex::new((per, Instant::now()));
//!         Self {
//!             token: per / rate,
//!             full: per,
//!             saved,
//!         }
//!     }
//!
//!     async fn acquire(&self) {
//!         let mut saved = self.saved.lock().await; // the others queue here, in FIFO order
//!         loop {
//!             let now = Instant::now();
//!             *saved = (self.full.min(saved.0 + (now - saved.1)), now); // also after the sleep
//!             if let Some(rest) = saved.0.checked_sub(self.token) {
//!                 saved.0 = rest;
//!                 return;
//!             }
//!             let missing = self.token.saturating_sub(saved.0);
//!             println!("Rate limit: Sleeping for {:.2}s", missing.as_secs_f64());
//!             sleep(missing).await;
//!         }
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! When a server counts your requests, such as an API with a quota. A token
//! bucket allows a burst up to its size and then the rate. A sliding window
//! (`--algorithm window`) never lets more than the rate pass within any period,
//! wherever that period begins. To protect a resource that can serve only so
//! many requests concurrently, use a `semaphore` instead.
//!
//! # Pitfalls
//!
//! - A semaphore does not limit a rate. It counts how many requests run, not
//!   how many start.
//! - A full bucket and the second after it let almost twice the rate pass. If
//!   the server does not allow that, use a window.
//! - Take the token after the sleep, not before. A caller that times out while
//!   it sleeps must not use up a place in the window.
//! - Sleeps wake up late (`--timer-lag`). A limiter that calculates with the
//!   planned time instead of the current time drifts.
//! - tokio's timers have a resolution of one millisecond. At rates above a
//!   thousand per second, a sleep earns several tokens.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo ratelimit --algorithm bucket
//! $ asyncdemo ratelimit --algorithm window --rate 3 --requests 9
//! $ asyncdemo ratelimit --no-limit
//! ```
//!
//! # Read on
//!
//! - [`tokio::time::Instant`](https://docs.rs/tokio/latest/tokio/time/struct.Instant.html),
//!   [`sleep`](https://docs.rs/tokio/latest/tokio/time/fn.sleep.html) and the
//!   fair [`Mutex`](https://docs.rs/tokio/latest/tokio/sync/struct.Mutex.html);
//!   its [`Semaphore`](https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html)
//!   page shows a token bucket that a background task refills
//! - Python: [`loop.time()`](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.time),
//!   [`asyncio.Lock`](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock)

use std::collections::VecDeque;
use std::{sync::Arc, time::Duration};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, count, duration, period, rate, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of requests allowed per period
    #[arg(long, value_name = "COUNT", value_parser = rate, default_value = "2")]
    rate: u32,
    /// Length of the period
    #[arg(long, value_name = "PERIOD", value_parser = period, default_value = "1s")]
    per: Duration,
    /// Number of requests
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    requests: usize,
    /// Time that each request takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    request_time: Duration,
    /// Delay with which the limiter's sleep wakes up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    timer_lag: Duration,
    /// Algorithm of the limiter
    #[arg(long, value_enum, value_name = "NAME", default_value = "published")]
    algorithm: Algorithm,
    /// Disable the limiter: send all requests immediately
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Algorithm {
    /// Token bucket of the published log, including its fault
    Published,
    /// Correct token bucket
    Bucket,
    /// Sliding window: never more than the rate in any period
    Window,
}

/// Sends all requests through one limiter.
pub async fn main(options: Options) -> Result {
    let Options { rate, per, .. } = options;
    let unit = Some(seconds(per)).filter(|per| per != "1s");
    let unit = unit.as_deref().unwrap_or("second");
    println!("🚦 Rate Limiting ({rate} requests/{unit}):");
    let limiter = Arc::new(Limiter {
        saved: Mutex::new((per * rate, Instant::now())), // a full bucket
        passed: Mutex::default(),
        options: options.clone(),
    });
    let mut requests = JoinSet::new();
    for number in 0..options.requests {
        let (name, time) = (format!("Request-{number}"), options.request_time);
        if options.no_limit {
            requests.spawn(request_unlimited(name, time));
        } else {
            requests.spawn(request(name, time, Arc::clone(&limiter)));
        }
    }
    let sent = requests.join_all().await.len();
    if options.no_limit {
        println!("💥 All {sent} left at once; {rate} per {unit} were allowed");
    }
    Ok(())
}

async fn request(name: String, time: Duration, limiter: Arc<Limiter>) {
    limiter.acquire().await;
    println!("🌐 {name}: Sending..."); // count these within any one second
    sleep(time).await;
    println!("✅ {name}: Done");
}

async fn request_unlimited(name: String, time: Duration) {
    // Missing: limiter.acquire().await;
    println!("🌐 {name}: Sending...");
    sleep(time).await;
    println!("✅ {name}: Done");
}

/// tokio's mutex is fair: the others queue behind the task that sleeps for a token.
struct Limiter {
    options: Options,
    saved: Mutex<(Duration, Instant)>, // the saved time, and until when it is credited
    passed: Mutex<VecDeque<Instant>>,  // when the last `rate` requests passed
}

impl Limiter {
    /// Waits until one more request is allowed.
    async fn acquire(&self) {
        match self.options.algorithm {
            Algorithm::Bucket => self.take_token().await,
            Algorithm::Published => self.take_token_as_published().await,
            Algorithm::Window => self.enter_window().await,
        }
    }

    async fn take_token(&self) {
        let mut saved = self.saved.lock().await;
        while let Some(missing) = self.earn(&mut saved) {
            self.pause(missing).await; // then `earn` credits the sleep, and moves the time stamp past it
        }
        saved.0 -= self.options.per;
    }

    async fn take_token_as_published(&self) {
        let mut saved = self.saved.lock().await;
        let least = Duration::from_millis(1).min(self.options.per / self.options.rate / 2); // a timer's error
        if let Some(missing) = self.earn(&mut saved).filter(|missing| *missing >= least) {
            self.pause(missing).await;
            saved.0 = self.options.per;
            // Missing: self.earn(&mut saved), so the next request earns this sleep again
        }
        saved.0 = saved.0.saturating_sub(self.options.per);
    }

    /// Saves `rate` times the time that has passed: a token costs `per`, and nothing
    /// is rounded. Returns the time until there is a token, if there is none.
    fn earn(&self, saved: &mut (Duration, Instant)) -> Option<Duration> {
        let (rate, per, now) = (self.options.rate, self.options.per, Instant::now());
        let earned = (now - saved.1) * rate;
        *saved = ((saved.0 + earned).min(per * rate), now);
        let missing = per.saturating_sub(saved.0) + Duration::from_nanos(u64::from(rate) - 1);
        Some(missing / rate).filter(|missing| !missing.is_zero()) // rounded up
    }

    async fn enter_window(&self) {
        let mut passed = self.passed.lock().await;
        if passed.len() == self.options.rate as usize {
            let wait = (passed[0] + self.options.per).saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                self.pause(wait).await;
            }
            passed.pop_front(); // after the sleep: a caller that is cancelled takes no place
        }
        passed.push_back(Instant::now());
    }

    async fn pause(&self, time: Duration) {
        println!("⏸️  Rate limit: Sleeping for {:.2}s", time.as_secs_f64());
        sleep(time + self.options.timer_lag).await;
    }
}
