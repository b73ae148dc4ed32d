//! One run of one recipe: builds the runtime of its clock, puts the recipe on
//! a stage, and says how it ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::sync::oneshot;

use crate::observer;
use crate::recipe::{Interrupted, Needs, Program};
use crate::recording::{Failure, Recording, Sink};
use crate::stage::{Clock, Stage, State};

/// How a run came to its end.
#[derive(Debug)]
pub enum Ending {
    /// The recipe's last line.
    Done,
    /// Nobody could move any more; who waits for what.
    Deadlock(String),
    /// The recipe or its sink failed.
    Failed(anyhow::Error),
    /// Somebody asked for the end.
    Interrupted,
}

impl Ending {
    /// What a recording keeps of it.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Done => None,
            Self::Deadlock(report) => Some(Failure::Deadlock(report.clone())),
            Self::Failed(error) => Some(Failure::Error(format!("{error:#}"))),
            Self::Interrupted => Some(Failure::Interrupted),
        }
    }
}

/// What a run needs besides its program.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The clock that it keeps.
    pub clock: Clock,
    /// What its draws start from.
    pub seed: u64,
    /// Which legal order its tasks run in; 0 is tokio's own.
    pub schedule: u64,
    /// What the recipe needs of the world outside.
    pub needs: Needs,
    /// Called when a recipe that handles signals itself has begun to listen. A
    /// run that is recorded leaves them to the program.
    pub on_listening: Option<fn()>,
}

/// Runs a program until it ends, cannot go on, or `interrupt` is sent, and tells
/// how and when on its clock that was. No task of it survives.
pub fn run(
    program: Program,
    setup: Setup,
    sink: Box<dyn Sink>,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Ending, Duration) {
    let Needs { io, signals, .. } = setup.needs;
    let program = match program {
        Program::Staged(program) => program,
        Program::Plain(program) => return observer::run(program, setup, sink, interrupt),
    };
    let state = State::new(sink);
    let runtime = match setup
        .clock
        .runtime(io, &state)
        .context("cannot start tokio's runtime")
    {
        Ok(runtime) => runtime,
        Err(error) => return (Ending::Failed(error), Duration::ZERO),
    };
    let stage = {
        let _context = runtime.enter();
        Stage::new(setup.clock, setup.seed, state)
    };
    let ended = runtime.block_on(async {
        // As a task among tasks the recipe takes its turn like the others.
        let mut recipe = tokio::spawn(program(stage.clone()));
        if let Some(tell) = setup.on_listening.filter(|_| signals) {
            tokio::spawn(async move { tell() }); // Its turn comes after the recipe's first one.
        }
        let ending = tokio::select! {
            biased; // A recipe that has ended is not interrupted any more.
            result = &mut recipe => match result {
                Ok(Ok(())) => Ending::Done,
                Ok(Err(error)) if error.is::<Interrupted>() => Ending::Interrupted,
                Ok(Err(error)) => Ending::Failed(error),
                Err(_) => Ending::Failed(anyhow!("the recipe panicked; this is a fault of asyncdemo")),
            },
            error = stage.failure() => Ending::Failed(error),
            Ok(()) = &mut *interrupt => Ending::Interrupted,
            report = stage.deadlock() => Ending::Deadlock(report),
        };
        let ending = match (stage.close(), ending) {
            (Err(error), Ending::Done | Ending::Deadlock(_)) => Ending::Failed(error),
            (_, ending) => ending,
        };
        (ending, stage.elapsed())
    });
    // Blocked threads of the real clock end with the process.
    runtime.shutdown_background();
    ended
}

/// Runs a program and keeps all that happens: on the virtual clock, but where
/// part of it keeps real time.
///
/// ```
/// use std::future::pending;
/// use asyncdemo::{recipe::{Needs, Program}, run::{Ending, record}};
///
/// let program = Program::Staged(Box::new(|stage| Box::pin(async move {
///     let guest = stage.lane("guest");
///     guest.log("🪑", "takes a seat");
///     guest.waits_for("the waiter", pending::<()>()).await;
///     Ok(())
/// })));
/// let (recording, ending) = record(program, Needs::NOTHING, 5);
///
/// assert_eq!(recording.lines().count(), 1);
/// let Ending::Deadlock(report) = ending else { panic!("somebody came") };
/// assert_eq!(report, "guest waits for the waiter");
/// ```
pub fn record(program: Program, needs: Needs, seed: u64) -> (Recording, Ending) {
    let setup = Setup {
        clock: needs.clock(),
        seed,
        schedule: 0,
        needs,
        on_listening: None,
    };
    let (_keep, mut interrupt) = oneshot::channel();
    record_into(&Arc::default(), program, setup, &mut interrupt)
}

/// Runs a program until `interrupt` is sent and keeps all that happens in
/// `kept`, where it can be watched meanwhile.
pub fn record_into(
    kept: &Arc<Mutex<Recording>>,
    program: Program,
    setup: Setup,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Recording, Ending) {
    let (ending, _) = run(program, setup, Box::new(Arc::clone(kept)), interrupt);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let mut recording = std::mem::take(&mut *kept);
    recording.ending = ending.failure();
    (recording, ending)
}
