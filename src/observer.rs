//! Runs a plain tokio program, and passes what is observed on as events.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::observe::{
    self, Deadlock, Level, Line, Op, Options, Recorder, Recording, TaskId, WaitId, WaitsFor, What,
};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::demos::RECIPES;
use crate::output::icon;
use crate::recipe::Interrupted;
use crate::recording::{Event, Kind, LaneRef, Phase, Place, Sink, Span};
use crate::run::{Ending, Setup};
use crate::stage::{Clock, keep_clock, room_for_io, seeded};

/// As many threads as a recipe may ask for; the system sets its own limit.
const MOST_THREADS: usize = 100_000;

/// Runs the program until it ends, cannot go on, or `interrupt` is sent.
pub fn run(
    program: impl FnOnce() -> crate::recipe::Running + Send + 'static,
    setup: Setup,
    sink: Box<dyn Sink>,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Ending, Duration) {
    let options = Options {
        level: if sink.wants_bars() {
            Level::Everything
        } else {
            Level::Waits
        },
        virtual_clock: setup.clock == Clock::Virtual,
        schedule: 0,
        seed: setup.seed,
        most_events: 0,
        source,
    };
    let recorder = Recorder::new(options, Events::new(sink));
    let mut builder = Builder::new_current_thread();
    builder.enable_time().max_blocking_threads(MOST_THREADS);
    if setup.needs.io {
        if let Err(error) = room_for_io() {
            let error = anyhow::Error::new(error).context("cannot start tokio's runtime");
            return (Ending::Failed(error), Duration::ZERO);
        }
        builder.enable_all();
    }
    let listening = setup.on_listening.filter(|_| setup.needs.signals);
    let program = then_tell(seeded(setup.seed, program), listening);
    let interrupted = async {
        if interrupt.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    keep_clock(setup.clock);
    let ended = observe::run(&recorder, &mut builder, program, interrupted);
    let ending = match ended.context("cannot start tokio's runtime") {
        Err(error) => Ending::Failed(error),
        Ok(observe::Ending::Done(Ok(()))) => Ending::Done,
        Ok(observe::Ending::Done(Err(error))) if error.is::<Interrupted>() => Ending::Interrupted,
        Ok(observe::Ending::Done(Err(error))) => Ending::Failed(error),
        Ok(observe::Ending::Panicked) => {
            Ending::Failed(anyhow!("the recipe panicked; this is a fault of asyncdemo"))
        }
        Ok(observe::Ending::Deadlock(deadlock)) => Ending::Deadlock(report(&deadlock)),
        Ok(observe::Ending::Interrupted) => Ending::Interrupted,
        Ok(observe::Ending::Failed) => Ending::Done, // What failed is said below.
    };
    let took = recorder.now();
    match recorder.finish() {
        Err(error) => (
            Ending::Failed(anyhow::Error::new(error).context("cannot write the log")),
            took,
        ),
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

/// Who waits for what at which line, who holds it, and the circle if there is
/// one.
fn report(deadlock: &Deadlock) -> String {
    let sentences = deadlock.stuck.iter().map(|stuck| {
        let (file, line) = (repository_path(&stuck.at.file), stuck.at.line);
        let file = file.rsplit('/').next().unwrap_or(file);
        let held = match &*stuck.held_by.join(", ") {
            holders if !holders.is_empty() && stuck.op != Op::Join => {
                format!(", held by {holders}")
            }
            _ => String::new(),
        };
        format!(
            "{} waits at {file}:{line} to {} {}{held}",
            stuck.task, stuck.op, stuck.what
        )
    });
    let mut report = sentences.collect::<Vec<_>>();
    if let Some(first) = deadlock.cycle.first() {
        report.push(format!("cycle: {} → {first}", deadlock.cycle.join(" → ")));
    }
    report.join("; ")
}

/// The text of a recipe's file.
fn source(file: &str) -> Option<Cow<'static, str>> {
    let file = repository_path(file);
    let recipe = RECIPES.iter().find(|recipe| recipe.file == file)?;
    Some(Cow::Borrowed(recipe.source))
}

/// The compiler names a recipe's file by way of `src/../demos`, and by an
/// absolute path where cargo installs from a registry.
fn repository_path(file: &str) -> &str {
    file.strip_prefix("src/../")
        .or_else(|| file.rsplit_once("/../").map(|(_, path)| path))
        .unwrap_or(file)
}

/// Passes what is observed on to a sink.
struct Events {
    sink: Box<dyn Sink>,
    waits: BTreeMap<WaitId, (TaskId, Span, String)>,
    begun: u32,
}

impl Events {
    fn new(sink: Box<dyn Sink>) -> Self {
        Self {
            sink,
            waits: BTreeMap::new(),
            begun: 0,
        }
    }

    fn bar(
        &mut self,
        t: Duration,
        (task, span, what): (TaskId, Span, &str),
        phase: Phase,
        recording: &Recording,
        place: Place<'_>,
    ) -> io::Result<()> {
        let name = recording.name(task);
        let kind = Kind::Bar { span, phase, what };
        self.sink.event(&Event {
            t,
            lane: lane(task, &name),
            at: place,
            kind,
        })
    }
}

/// The first task is the narrator, and so is code outside every task.
fn lane(task: TaskId, name: &str) -> Option<LaneRef<'_>> {
    let id = task.0.checked_sub(2)?;
    Some(LaneRef { id, name })
}

impl observe::Sink for Events {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let name = (line.name)();
        let at = Place {
            file: repository_path(line.file),
            line: line.line,
        };
        let (icon, text) = icon::split(line.text);
        self.sink.event(&Event {
            t: line.t,
            lane: lane(line.task, &name),
            at,
            kind: Kind::Line { icon, text },
        })
    }

    fn event(&mut self, event: &observe::Event, recording: &Recording) -> io::Result<()> {
        match event.what {
            What::Spawned(task) => {
                if let Some(lane) = lane(task, &recording.name(task)) {
                    self.sink.lane(lane);
                }
                Ok(())
            }
            What::Waits {
                task,
                target,
                op,
                place,
            } => {
                let number = WaitId(self.begun);
                self.begun += 1;
                let (span, what) = match (target.get(), op) {
                    (WaitsFor::Clock, Op::Block) => (Span::Work, "blocking the loop".to_owned()),
                    (WaitsFor::Clock, _) => (Span::Work, "sleeping".to_owned()),
                    (WaitsFor::Task(task), _) => (Span::Wait, recording.name(task).into_owned()),
                    (WaitsFor::Resource(id), _) => (Span::Wait, recording.short_name(id)),
                };
                let place = &recording.places[place.0 as usize];
                let at = Place {
                    file: repository_path(&place.file),
                    line: place.line,
                };
                self.bar(event.t(), (task, span, &what), Phase::Begin, recording, at)?;
                self.waits.insert(number, (task, span, what));
                Ok(())
            }
            What::Waited { wait, .. } => match self.waits.remove(&wait) {
                Some((task, span, what)) => {
                    let at = Place { file: "", line: 0 };
                    self.bar(event.t(), (task, span, &what), Phase::End, recording, at)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
