//! Debug: find what blocks the event loop, what is never awaited or joined.
//!
//! A heartbeat prints every 50 ms. Then a task computes for 200 ms without an
//! `.await`: the heartbeat stops, and a warning names the task and the source
//! line that spawned it. After that a future is created and never awaited, and a
//! task is spawned whose handle is dropped. Each is reported. With `--silent`
//! the same faults happen, and nothing reports them.
//!
//! # Key insight
//!
//! Every future is polled, and each poll should be short. A wrapper around a
//! future can time its polls, and a wrapper around a handle notices when it is
//! dropped: two small types find all three faults in the running program.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.run(main(), debug=True)` | a wrapper around each future, or tokio-console |
//! | `loop.slow_callback_duration = 0.1` | the duration of one `poll` |
//! | `create_task(coro, name="Report")` | a name of your own, and `#[track_caller]` |
//! | "coroutine … was never awaited" | dropped before its first poll; `#[must_use]` warns earlier |
//! | nothing, or "Task was destroyed but it is pending!" | a handle dropped before it was awaited |
//!
//! asyncio's debug mode reports slow callbacks and coroutines that are never
//! awaited. It does not report a task that nobody joins; the program looks for
//! those itself, and `spawn` notes the line that it is called from.
//!
//! ```python
//! import asyncio
//! import logging
//! import re
//! import sys
//! import time
//! import warnings
//!
//! lines = {}
//!
//!
//! def spawn(coro, name):
//!     lines[name] = sys._getframe(1).f_lineno
//!     return asyncio.create_task(coro, name=name)
//!
//!
//! def warn(name, line, text):
//!     print(f"{name} (main.py:{line}) {text}")
//!
//!
//! class Slow(logging.Handler):  # "Executing <Task … name='Report' …> took 0.200 seconds"
//!     def emit(self, record):
//!         handle, seconds = record.args
//!         if found := re.search(r"name='(Report|Backup)'", handle):
//!             text = f"took {round(seconds, 1):.3f} seconds without awaiting"
//!             warn(found[1], lines[found[1]], text)
//!
//!
//! def never_awaited(message, *_):  # "coroutine 'request' was never awaited", and where it began
//!     name = re.search(r"'(\w+)'", str(message))[1].capitalize()
//!     warn(name, re.findall(r"line (\d+), in main", str(message))[-1], "was never awaited")
//!
//!
//! async def beat():
//!     while True:
//!         await asyncio.sleep(0.05)
//!         print("Heartbeat")
//!
//!
//! async def report():
//!     print("Report: Computing...")
//!     time.sleep(0.2)
//!     await asyncio.sleep(0.01)
//!     print("Report: Done")
//!
//!
//! async def request():
//!     await asyncio.sleep(0.01)
//!     print("Request: Answered")
//!
//!
//! async def backup():
//!     print("Backup: Saving...")
//!     await asyncio.sleep(0.01)
//!     print("Backup: Saved")
//!
//!
//! async def main():
//!     heart = asyncio.create_task(beat())
//!     await asyncio.sleep(0.125)
//!     await spawn(report(), "Report")
//!     await asyncio.sleep(0.125)
//!     request()
//!     task = spawn(backup(), "Backup")
//!     for left in asyncio.all_tasks() - {asyncio.current_task(), heart}:
//!         warn(left.get_name(), lines[left.get_name()], "was never joined")
//!     heart.cancel()
//!     await asyncio.wait([heart])
//!
//!
//! logging.getLogger("asyncio").addHandler(Slow())
//! warnings.showwarning = never_awaited
//! asyncio.run(main(), debug=True)
//! ```
//!
//! # In tokio
//!
//! Stable tokio has no debug mode, but `Future` and `Drop` are all that it takes.
//! A path and a line name what is reported:
//!
//! ```rust,ignore
//! //! A wrapper reports polls that take long, and what is never awaited or joined.
//!
//! use std::panic::Location;
//! use std::pin::Pin;
//! use std::task::{Context, Poll};
//! use std::thread;
//! use std::time::{Duration, Instant};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), tokio::task::JoinError> {
//!     tokio::spawn(watched(report())).await?; // the warning names this line
//!     drop(watched(request())); // created, never awaited
//!     drop(watched(tokio::spawn(backup()))); // spawned, never joined
//!     Ok(())
//! }
//!
//! async fn report() {
//!     thread::sleep(Duration::from_millis(200)); // no `.await`: no other task has a turn
//!     println!("Report: Done");
//! }
//!
//! async fn request() {
//!     println!("Request: Answered"); // never printed: nothing polls it
//! }
//!
//! async fn backup() {
//!     tokio::time::sleep(Duration::from_millis(10)).await;
//!     println!("Backup: Saved"); // never printed: the program ends first
//! }
//!
//! /// A future, or a task's handle, and the line that made it.
//! struct Watched<F>(Pin<Box<F>>, &'static Location<'static>, bool);
//!
//! #[track_caller] // the caller's line, not this one
//! fn watched<F>(future: F) -> Watched<F> {
//!     Watched(Box::pin(future), Location::caller(), false)
//! }
//!
//! impl<F: Future> Future for Watched<F> {
//!     type Output = F::Output;
//!
//!     fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
//!         self.2 = true;
//!         let began = Instant::now();
//!         let polled = self.0.as_mut().poll(context);
//!         let (at, took) = (self.1, began.elapsed().as_secs_f64());
//!         if took >= 0.1 {
//!             println!("{at} took {took:.3} seconds without awaiting");
//!         }
//!         polled
//!     }
//! }
//!
//! impl<F> Drop for Watched<F> {
//!     fn drop(&mut self) {
//!         if !self.2 {
//!             println!("{} was never awaited or joined", self.1); // dropped before its first poll
//!         }
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! When the whole program is slow at times and no task looks guilty. Wrap all
//! tasks, with a threshold above what is usual. For a look at a running program
//! use tokio-console; for figures in production, the task monitor of
//! `tokio-metrics` or the runtime's own metrics.
//!
//! # Pitfalls
//!
//! - The task that suffers is not the one that is to blame: the heartbeat is
//!   late, the report blocks.
//! - On the multi-threaded runtime the heartbeat runs on, on another worker, and
//!   the block is harder to notice. The duration of the poll shows it there too.
//! - A future that is not awaited runs nothing, not even its first line. The
//!   compiler warns, unless the future is bound to a variable.
//! - A task whose handle is dropped runs on until the runtime ends; then it is
//!   stopped wherever it is. Nobody sees its error.
//! - Measure with `tokio::time::Instant` where tests pause tokio's clock.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo debug --block 50ms
//! $ asyncdemo debug --block 300ms --threshold 250ms
//! $ asyncdemo debug --silent
//! ```
//!
//! # Read on
//!
//! - [tokio-console](https://docs.rs/tokio-console/latest/tokio_console/)
//! - [`tokio::runtime::RuntimeMetrics`](https://docs.rs/tokio/latest/tokio/runtime/struct.RuntimeMetrics.html)
//! - [`tokio_metrics::TaskMonitor`](https://docs.rs/tokio-metrics/latest/tokio_metrics/struct.TaskMonitor.html)
//! - [asyncio's debug mode](https://docs.python.org/3/library/asyncio-dev.html#debug-mode)

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Result, duration};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time for which a task blocks the event loop
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    block: Duration,

    /// Time that one poll may take without a warning
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    threshold: Duration,

    /// Disable the wrappers: make the same faults, and report none
    #[arg(long, help_heading = BREAK_IT)]
    silent: bool,
}

/// Time without a fault: two heartbeats and a half.
const WHILE: Duration = Duration::from_millis(125);

/// Makes three faults, which the wrappers report.
pub async fn main(options: Options) -> Result {
    if options.silent {
        return main_unwatched(options.block).await;
    }
    let watch = Watch(options.threshold);
    let mut heart = JoinSet::new();
    heart.spawn(watch.future("Heart", beat()));
    sleep(WHILE).await;
    let report = watch.spawn("Report", report(options.block)); // the line that the warning names
    report.await?;
    sleep(WHILE).await;
    drop(watch.future("Request", request())); // created, never awaited
    drop(watch.spawn("Backup", backup())); // spawned, never joined
    heart.shutdown().await;
    Ok(())
}

/// The broken twin: nothing is wrapped.
async fn main_unwatched(block: Duration) -> Result {
    let mut heart = JoinSet::new();
    heart.spawn(beat());
    sleep(WHILE).await;
    tokio::spawn(report(block)).await?; // Missing: watch.spawn("Report", …)
    sleep(WHILE).await;
    drop(request()); // Missing: watch.future("Request", …)
    drop(tokio::spawn(backup())); // Missing: watch.spawn("Backup", …)
    heart.shutdown().await;
    Ok(())
}

async fn beat() {
    loop {
        sleep(Duration::from_millis(50)).await;
        println!("💓 Heartbeat");
    }
}

async fn report(block: Duration) {
    println!("🧮 Report: Computing...");
    thread::sleep(block); // no `.await`: the heart cannot beat
    sleep(Duration::from_millis(10)).await;
    println!("✅ Report: Done");
}

async fn request() {
    println!("📨 Request: Answered"); // never printed: nothing polls it
}

async fn backup() {
    println!("💾 Backup: Saving..."); // it runs, although nobody awaits its handle
    sleep(Duration::from_millis(10)).await;
    println!("✅ Backup: Saved"); // never printed: the program ends first
}

/// Wraps futures and tasks; a poll that takes this long is reported.
struct Watch(Duration);

impl Watch {
    #[track_caller]
    fn future<F: Future>(&self, name: &str, future: F) -> Watched<F> {
        Watched::new(name, future, self.0, "was never awaited")
    }

    #[track_caller]
    fn spawn<F>(&self, name: &str, future: F) -> Watched<JoinHandle<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = tokio::spawn(self.future(name, future));
        Watched::new(name, task, Duration::MAX, "was never joined")
    }
}

/// A future, or a task's handle, whose polls are timed.
struct Watched<F> {
    future: Pin<Box<F>>,
    origin: String, // a name, and the line that made it
    threshold: Duration,
    fault: Option<&'static str>, // until the first poll
}

impl<F> Watched<F> {
    #[track_caller] // the caller's line, not this one
    fn new(name: &str, future: F, threshold: Duration, fault: &'static str) -> Self {
        let at = Location::caller();
        let file = at.file().rsplit('/').next().unwrap_or_default();
        Self {
            future: Box::pin(future),
            origin: format!("{name} ({file}:{})", at.line()),
            threshold,
            fault: Some(fault),
        }
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.fault = None;
        let began = Instant::now();
        let polled = self.future.as_mut().poll(context);
        let took = began.elapsed();
        if took >= self.threshold {
            let (origin, seconds) = (&self.origin, took.as_secs_f64());
            println!("⚠️ {origin} took {seconds:.3} seconds without awaiting"); // no other task had a turn
        }
        polled
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if let Some(fault) = self.fault {
            println!("⚠️ {} {fault}", self.origin); // its result, or its error, is lost
        }
    }
}
