//! Five requests are sent, at most two per second on average.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

// One thread, so that the requests ask the limiter in the order of their numbers.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Rate Limiting (2 requests/second):");
    let limiter = Arc::new(Bucket::new(2, Duration::from_secs(1)));
    let mut requests = JoinSet::new();
    for number in 0..5 {
        requests.spawn(request(number, Arc::clone(&limiter)));
    }
    requests.join_all().await;
}

async fn request(number: usize, limiter: Arc<Bucket>) {
    limiter.acquire().await;
    println!("Request-{number}: Sending...");
    sleep(Duration::from_millis(100)).await;
    println!("Request-{number}: Done");
}

/// A token bucket that saves up the time in which tokens are earned.
struct Bucket {
    token: Duration,
    full: Duration,
    saved: Mutex<(Duration, Instant)>, // the saved time, and until when it is credited
}

impl Bucket {
    fn new(rate: u32, per: Duration) -> Self {
        let saved = Mutex::new((per, Instant::now()));
        Self {
            token: per / rate,
            full: per,
            saved,
        }
    }

    async fn acquire(&self) {
        let mut saved = self.saved.lock().await; // the others queue here, in FIFO order
        loop {
            let now = Instant::now();
            *saved = (self.full.min(saved.0 + (now - saved.1)), now); // also after the sleep
            if let Some(rest) = saved.0.checked_sub(self.token) {
                saved.0 = rest;
                return;
            }
            let missing = self.token.saturating_sub(saved.0);
            println!("Rate limit: Sleeping for {:.2}s", missing.as_secs_f64());
            sleep(missing).await;
        }
    }
}
