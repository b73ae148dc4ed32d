//! One run of one recipe, and how it ended.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::kit::Clock;
use crate::observer;
use crate::recipe::{Needs, Program};
use crate::recording::{Failure, Recording};

/// How a run came to its end.
#[derive(Debug)]
pub enum Ending {
    /// The recipe's last line.
    Done,
    /// No task could go on; the report says which task waits for what.
    Deadlock(String),
    /// The recipe or its sink failed.
    Failed(anyhow::Error),
    /// The run was interrupted.
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
pub use observer::run;

/// Runs a program and keeps all that happens: on the virtual clock, but where
/// part of it keeps real time.
///
/// ```
/// use std::{future::pending, sync::Arc};
/// use asyncdemo::{recipe::Needs, run::{Ending, record}};
/// use tokio::sync::Notify;
///
/// let program: asyncdemo::recipe::Program = Arc::new(|| {
///     Box::pin(async {
///         let waiter = Notify::new();
///         waiter.notified().await;
///         Ok(())
///     })
/// });
/// let (_, ending) = record(&program, Needs::NOTHING, 5);
///
/// let Ending::Deadlock(report) = ending else { panic!("nothing notifies it") };
/// assert!(report.ends_with("; likely cause: notify was never notified"));
/// ```
pub fn record(program: &Program, needs: Needs, seed: u64) -> (Recording, Ending) {
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
    program: &Program,
    setup: Setup,
    interrupt: &mut oneshot::Receiver<()>,
) -> (Recording, Ending) {
    let (ending, _) = run(program, setup, Box::new(Arc::clone(kept)), interrupt);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let mut recording = std::mem::take(&mut *kept);
    recording.ending = ending.failure();
    (recording, ending)
}
