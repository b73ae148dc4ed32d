//! Two wrappers report polls that take long, and what is never awaited or joined.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

const NEVER_AWAITED: &str = "was never awaited";

// One thread, so that the task that blocks stops the heartbeat.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let mut heart = JoinSet::new();
    heart.spawn(beat());
    sleep(Duration::from_millis(125)).await;
    let report = tokio::spawn(watched("Report", report(), NEVER_AWAITED)); // this line is named
    report.await?;
    sleep(Duration::from_millis(125)).await;
    drop(watched("Request", request(), NEVER_AWAITED));
    drop(watched(
        "Backup",
        tokio::spawn(backup()),
        "was never joined",
    ));
    heart.shutdown().await;
    Ok(())
}

async fn beat() {
    loop {
        sleep(Duration::from_millis(50)).await;
        println!("Heartbeat");
    }
}

async fn report() {
    println!("Report: Computing...");
    thread::sleep(Duration::from_millis(200)); // no `.await`: the heart cannot beat
    sleep(Duration::from_millis(10)).await;
    println!("Report: Done");
}

async fn request() {
    println!("Request: Answered"); // never printed: nothing polls it
}

async fn backup() {
    println!("Backup: Saving..."); // it runs, although nobody awaits its handle
    sleep(Duration::from_millis(10)).await;
    println!("Backup: Saved"); // never printed: the program ends first
}

/// A future, or a task's handle, that reports what is wrong with it.
struct Watched<F>(Pin<Box<F>>, String, Option<&'static str>);

#[track_caller] // the caller's line, not this one
fn watched<F>(name: &str, future: F, fault: &'static str) -> Watched<F> {
    let at = Location::caller();
    let file = at.file().rsplit('/').next().unwrap_or_default();
    let origin = format!("{name} ({file}:{})", at.line());
    Watched(Box::pin(future), origin, Some(fault))
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.2 = None;
        let began = Instant::now();
        let polled = self.0.as_mut().poll(context);
        let took = began.elapsed();
        if took >= Duration::from_millis(100) {
            let (origin, seconds) = (&self.1, took.as_secs_f64());
            println!("{origin} took {seconds:.3} seconds without awaiting");
        }
        polled
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if let Some(fault) = self.2 {
            println!("{} {fault}", self.1); // dropped before its first poll
        }
    }
}
