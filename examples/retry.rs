//! A failing call is tried three times, with a longer wait each time.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

#[tokio::main]
async fn main() {
    println!("Retry with Exponential Backoff:");
    let policy = Policy {
        max_retries: 3,
        base_delay: Duration::from_secs(1),
        factor: 2,
        max_delay: Duration::from_secs(60),
    };
    match retry("Operation-1", call, &policy).await {
        Ok(response) => println!("Operation-1: {response}"),
        Err(_) => println!("Operation-1: All retries failed"), // the last error: decide what it means
    }
}

/// A server that refuses every connection.
async fn call() -> io::Result<&'static str> {
    Err(io::ErrorKind::ConnectionRefused.into())
}

/// How often to try, and how long to wait in between.
struct Policy {
    max_retries: u32,
    base_delay: Duration,
    factor: u32,
    max_delay: Duration,
}

/// Calls `operation` until it succeeds or its last attempt fails.
async fn retry<T, E, F: Future<Output = Result<T, E>>>(
    name: &str,
    mut operation: impl FnMut() -> F,
    policy: &Policy,
) -> Result<T, E> {
    let tries = policy.max_retries;
    let mut wait = policy.base_delay;
    let mut attempt = 1;
    loop {
        println!("{name}: Attempt {attempt}/{tries}");
        match operation().await {
            Err(_) if attempt < tries => attempt += 1,
            last => return last, // a value, or the last error
        }
        wait = wait.min(policy.max_delay);
        println!("{name}: Failed, retrying in {wait:?}...");
        sleep(wait).await;
        wait = wait.saturating_mul(policy.factor);
    }
}
