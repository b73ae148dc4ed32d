//! Runs a plain tokio program, and passes what is observed on as events.

mod events;

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::observe::{self, Level, Options, Recorder};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::demos::RECIPES;
use crate::kit::{Clock, keep_clock, room_for_io, seeded, works_for};
use crate::recipe::{Interrupted, Needs, Program};
use crate::recording::{Detail, Event, Sink};
use crate::run::{Ending, Setup};
use events::Events;

/// How late a task may begin in another schedule: longer than the steps of work in
/// most recipes, shorter than what their lines are about.
const LATE: Duration = Duration::from_millis(40);

/// As many threads as a recipe may ask for; the system sets its own limit.
const MOST_THREADS: usize = 100_000;

/// Runs a program until it ends, cannot go on, or `interrupt` is sent, and tells
/// how and when on its clock that was. No task of it survives.
pub fn run(
    program: &Program,
    setup: Setup,
    sink: Box<dyn Sink>,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Ending, Duration) {
    // On the virtual clock, and without the world outside, a run can be repeated.
    let repeatable = setup.clock == Clock::Virtual && setup.needs == Needs::NOTHING;
    let level = match sink.detail() {
        Detail::Lines if repeatable => Level::Lines,
        Detail::Lines | Detail::Names => Level::Waits,
        Detail::Everything => Level::Everything,
    };
    match observe(Arc::clone(program), setup, sink, level, interrupt) {
        // Observing waits costs more than most runs do: only the run that needs
        // it is repeated for it.
        (Ending::Deadlock(_), took) if level == Level::Lines => {
            let silent = Box::new(Silent);
            let (ending, _) = observe(Arc::clone(program), setup, silent, Level::Waits, interrupt);
            (ending, took)
        }
        ended => ended,
    }
}

/// Takes what was printed before.
struct Silent;

impl Sink for Silent {
    fn event(&mut self, _event: &Event<'_>) -> io::Result<()> {
        Ok(())
    }
}

fn observe(
    program: Program,
    setup: Setup,
    sink: Box<dyn Sink>,
    level: Level,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Ending, Duration) {
    let options = Options {
        level,
        virtual_clock: setup.clock == Clock::Virtual,
        schedule: setup.schedule,
        late: LATE,
        seed: setup.seed,
        memory: 0,
        source,
        file_name: repository_path,
    };
    let recorder = Recorder::new(options, Events::new(sink));
    let mut builder = Builder::new_current_thread();
    builder.enable_time().max_blocking_threads(MOST_THREADS);
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    builder.on_thread_start(move || works_for(&is_over));
    if setup.needs.io {
        if let Err(error) = room_for_io() {
            let error = anyhow::Error::new(error).context("cannot start tokio's runtime");
            return (Ending::Failed(error), Duration::ZERO);
        }
        builder.enable_all();
    }
    let listening = setup.on_listening.filter(|_| setup.needs.signals);
    let program = then_tell(seeded(setup.seed, move || program()), listening);
    let is_over = Arc::clone(&over);
    let program = async move {
        let ended = program.await;
        is_over.store(true, Relaxed);
        ended
    };
    let interrupted = async {
        if interrupt.await.is_err() {
            std::future::pending::<()>().await;
        }
        over.store(true, Relaxed);
    };
    keep_clock(setup.clock);
    let ended = observe::run(&recorder, &mut builder, program, interrupted);
    let ending = match ended.context("cannot start tokio's runtime") {
        Err(error) => Ending::Failed(error),
        // What has failed is said below.
        Ok(observe::Ending::Done(Ok(())) | observe::Ending::Failed) => Ending::Done,
        Ok(observe::Ending::Done(Err(error))) if !error.is::<Interrupted>() => {
            Ending::Failed(error)
        }
        Ok(observe::Ending::Panicked) => {
            Ending::Failed(anyhow!("the recipe panicked; this is a fault of asyncdemo"))
        }
        Ok(observe::Ending::Deadlock(deadlock)) => Ending::Deadlock(deadlock.to_string()),
        Ok(observe::Ending::Interrupted | observe::Ending::Done(Err(_))) => Ending::Interrupted,
    };
    let took = recorder.now();
    match recorder.finish() {
        Err(error) => (Ending::Failed(anyhow::Error::new(error)), took),
        Ok(_) => (ending, took),
    }
}

/// The program; when it has taken its first turn, it listens to signals.
async fn then_tell<F: Future>(program: F, mut tell: Option<fn()>) -> F::Output {
    let mut program = pin!(program);
    poll_fn(|context| {
        let polled = program.as_mut().poll(context);
        if let Some(tell) = tell.take() {
            tell();
        }
        polled
    })
    .await
}

/// Prints a line of the program that runs on this thread.
#[track_caller]
pub fn print(text: fmt::Arguments<'_>) {
    if let Some(recorder) = Recorder::current() {
        recorder.print(text, Location::caller());
    }
}

/// The text of a recipe's file.
fn source(file: &str) -> Option<Cow<'static, str>> {
    let recipe = RECIPES.iter().find(|recipe| recipe.file == file)?;
    Some(Cow::Borrowed(recipe.source))
}

/// The compiler names a recipe's file by way of `src/../demos`, and by an
/// absolute path where cargo installs from a registry. A place in the standard
/// library, whose functions such as `collect` do not tell their caller, is none.
fn repository_path(file: &str) -> &str {
    if file.starts_with("/rustc/") {
        return "";
    }
    file.strip_prefix("src/../")
        .or_else(|| file.rsplit_once("/../").map(|(_, path)| path))
        .unwrap_or(file)
}
