//! Debugging: who blocks the loop, what nobody awaited, whom nobody joined.
//!
//! A heart beats on the loop every 50 ms. Then a task computes for 200 ms
//! without a single `.await`: the beats stop, and the watch names the task and
//! the line that spawned it. Afterwards a future is made and forgotten, and a
//! task is started whose handle is thrown away.
//!
//! # Key insight
//!
//! A future is polled, and each poll should be short. Whatever wraps a future
//! can measure its polls, and whatever owns a handle sees when it is dropped:
//! two small wrappers find all three faults in the running program.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.run(main(), debug=True)` | a wrapper around each future, or tokio-console |
//! | `loop.slow_callback_duration = 0.1` | the time of one `poll` |
//! | `name=` and "created at" of a task | a name and `#[track_caller]` |
//! | "coroutine … was never awaited" | dropped before its first poll; `#[must_use]` tells earlier |
//! | "Task was destroyed but it is pending!" | a handle dropped before it was awaited |
//!
//! asyncio's debug mode finds the same faults; the places that this program
//! prints are the recipe's own.
//!
//! ```python
//! import asyncio
//! import logging
//! import re
//! import time
//! import warnings
//!
//! PLACES = {"Report": "debug.rs:159", "Request": "debug.rs:163", "Backup": "debug.rs:167"}
//!
//!
//! def warn(name, text):
//!     print(f"{name} ({PLACES[name]}) {text}")
//!
//!
//! class Slow(logging.Handler):  # "Executing <Task … name='Report' …> took 0.200 seconds"
//!     def emit(self, record):
//!         handle, seconds = record.args
//!         name = re.search(r"name='(\w+)'", handle)[1]
//!         warn(name, f"took {round(seconds, 1):.3f} seconds without awaiting")
//!
//!
//! def never_awaited(message, *_):  # "coroutine 'request' was never awaited"
//!     name = re.search(r"'(\w+)'", str(message))[1].capitalize()
//!     warn(name, "was never awaited")
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
//!     await asyncio.create_task(report(), name="Report")
//!     await asyncio.sleep(0.125)
//!     request()
//!     task = asyncio.create_task(backup(), name="Backup")
//!     for left in asyncio.all_tasks() - {asyncio.current_task(), heart}:
//!         warn(left.get_name(), "was never joined")
//!     heart.cancel()
//!     await asyncio.wait([heart])
//!
//!
//! logging.getLogger("asyncio").addHandler(Slow())
//! warnings.showwarning = never_awaited
//! asyncio.run(main(), debug=True)
//! ```
//!
//! # When to use
//!
//! When everything is slow at times and no task looks guilty. Wrap all tasks
//! with a threshold that is high enough to be silent on good days.
//!
//! # Pitfalls
//!
//! - The task that suffers is not the one to blame: the heart was late, the
//!   report blocked.
//! - In Rust a future that is not awaited does nothing at all, not even its
//!   first line. The compiler warns, unless the future is bound to a variable.
//! - A task runs on when its handle is dropped, until the program ends: then it
//!   is cut off wherever it is, and nobody ever sees its error.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo debug --block 50ms
//! $ asyncdemo debug --block 300ms --threshold 250ms
//! ```

use std::fmt::Display;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Lane, Stage, duration};

/// How often the heart beats.
const BEAT: Duration = Duration::from_millis(50);

/// How long all is well before a fault, and after it: two beats and a half.
const WHILE: Duration = Duration::from_millis(125);

/// How long it takes to send something or to save it.
const MOMENT: Duration = Duration::from_millis(10);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Debug {
    /// How long a task blocks the loop
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "200ms")]
    block: Duration,

    /// How long a step of a task may take without a warning
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    threshold: Duration,
}

impl Demo for Debug {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let watch = Watch {
            stage: stage.clone(),
            threshold: self.threshold,
        };
        let heart = watch.spawn("Heart", beat(stage.lane("Heart")));
        stage.works_on("running well", sleep(WHILE)).await;

        let report = report(stage.clone(), stage.lane("Report"), self.block);
        watch.spawn("Report", report).await?; // the line that the warning names
        stage.works_on("running well", sleep(WHILE)).await;

        // Made and forgotten. Without the variable the compiler would warn.
        let request = watch.future("Request", request(stage.lane("Request")));
        drop(request);

        // Started and let go.
        let backup = watch.spawn("Backup", backup(stage.lane("Backup")));
        drop(backup);

        heart.task.abort();
        // It was cancelled, and that is all that there is to know.
        drop(heart.await);
        Ok(())
    }
}

async fn beat(lane: Lane) {
    loop {
        lane.works_on("resting", sleep(BEAT)).await;
        lane.log("💓", "Heartbeat");
    }
}

async fn report(stage: Stage, lane: Lane, time: Duration) {
    lane.say("🧮", "Computing...");
    stage.block(time); // no `.await`: the heart cannot beat
    lane.works_on("sending it", sleep(MOMENT)).await;
    lane.say("✅", "Done");
}

async fn request(lane: Lane) {
    lane.works_on("asking", sleep(MOMENT)).await;
    lane.say("📨", "Answered"); // never said: nobody polls it
}

async fn backup(lane: Lane) {
    lane.say("💾", "Saving..."); // it runs, though nobody waits for it
    lane.works_on("saving", sleep(MOMENT)).await;
    lane.say("✅", "Saved"); // never said: the program ends first
}

/// Wraps futures and tasks, to see what becomes of them.
struct Watch {
    stage: Stage,
    threshold: Duration,
}

impl Watch {
    #[track_caller]
    fn future<F: Future>(&self, name: &'static str, future: F) -> Watched<F> {
        Watched {
            future: Box::pin(future),
            is_polled: false,
            threshold: self.threshold,
            origin: self.origin(name),
        }
    }

    #[track_caller]
    fn spawn<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Task {
            task: tokio::spawn(self.future(name, future)),
            is_joined: false,
            origin: self.origin(name),
        }
    }

    #[track_caller]
    fn origin(&self, name: &'static str) -> Origin {
        Origin {
            stage: self.stage.clone(),
            name,
            at: Location::caller(),
        }
    }
}

/// Who it is, and the line that made it.
struct Origin {
    stage: Stage,
    name: &'static str,
    at: &'static Location<'static>,
}

impl Origin {
    #[track_caller]
    fn warn(&self, text: impl Display) {
        let file = self.at.file().rsplit('/').next().unwrap_or_default();
        let (name, line) = (self.name, self.at.line());
        self.stage
            .say("⚠️", format_args!("{name} ({file}:{line}) {text}"));
    }
}

/// A future whose polls are measured.
struct Watched<F> {
    future: Pin<Box<F>>,
    is_polled: bool,
    threshold: Duration,
    origin: Origin,
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.is_polled = true;
        let began = self.origin.stage.elapsed();
        let polled = self.future.as_mut().poll(context);
        let took = self.origin.stage.elapsed().saturating_sub(began);
        if took >= self.threshold {
            let seconds = took.as_secs_f64();
            let text = format!("took {seconds:.3} seconds without awaiting");
            self.origin.warn(text); // from one await to the next, nobody else had a turn
        }
        polled
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if !self.is_polled {
            self.origin.warn("was never awaited"); // so not a line of it has run
        }
    }
}

/// A task's handle that notices whether anybody awaits it.
struct Task<T> {
    task: JoinHandle<T>,
    is_joined: bool,
    origin: Origin,
}

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = Pin::new(&mut self.task).poll(context);
        self.is_joined = joined.is_ready();
        joined
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if !self.is_joined {
            self.origin.warn("was never joined"); // its result, and its error, are for nobody
        }
    }
}
