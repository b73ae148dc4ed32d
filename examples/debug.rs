//! A wrapper reports polls that take long, and what is never awaited or joined.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

#[tokio::main]
async fn main() -> Result<(), tokio::task::JoinError> {
    tokio::spawn(watched(report())).await?; // the warning names this line
    drop(watched(request())); // created, never awaited
    drop(watched(tokio::spawn(backup()))); // spawned, never joined
    Ok(())
}

async fn report() {
    thread::sleep(Duration::from_millis(200)); // no `.await`: no other task has a turn
    println!("Report: Done");
}

async fn request() {
    println!("Request: Answered"); // never printed: nothing polls it
}

async fn backup() {
    tokio::time::sleep(Duration::from_millis(10)).await;
    println!("Backup: Saved"); // never printed: the program ends first
}

/// A future, or a task's handle, and the line that made it.
struct Watched<F>(Pin<Box<F>>, &'static Location<'static>, bool);

#[track_caller] // the caller's line, not this one
fn watched<F>(future: F) -> Watched<F> {
    Watched(Box::pin(future), Location::caller(), false)
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.2 = true;
        let began = Instant::now();
        let polled = self.0.as_mut().poll(context);
        let (at, took) = (self.1, began.elapsed().as_secs_f64());
        if took >= 0.1 {
            println!("{at} took {took:.3} seconds without awaiting");
        }
        polled
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if !self.2 {
            println!("{} was never awaited or joined", self.1); // dropped before its first poll
        }
    }
}
