//! Runs a program under a recorder, to its end or to the point where it cannot
//! go on.

use std::future::Future;
use std::io;
use std::panic::Location;

use super::recording::TaskKind;
use super::{Deadlock, Recorder};
use crate::runtime::Builder;
use crate::task::Observed;

/// How a run ended.
#[derive(Debug)]
pub enum Ending<T> {
    /// The program returned.
    Done(T),
    /// The program panicked.
    Panicked,
    /// No task could go on.
    Deadlock(Deadlock),
    /// A line could not be delivered; [`Recorder::finish`] says why.
    Failed,
    /// `interrupt` was ready.
    Interrupted,
}

/// Runs `program` on a runtime of `builder`. The program is a task among its
/// tasks, so that it takes turns with them. When this returns, none of them is
/// left.
///
/// # Errors
///
/// When the system refuses the runtime its resources.
#[track_caller]
pub fn run<T: Send + 'static>(
    recorder: &Recorder,
    builder: &mut Builder,
    program: impl Future<Output = T> + Send + 'static,
    interrupt: impl Future<Output = ()>,
) -> io::Result<Ending<T>> {
    let at = Location::caller();
    let _entered = recorder.enter();
    let runtime = builder.build()?.into_real();
    let ending = runtime.block_on(async {
        recorder.start_now();
        let mut program = if recorder.observes_tasks() {
            let id = recorder.spawned::<()>(TaskKind::Main, at);
            tokio::spawn(Observed::new(recorder.clone(), id, program))
        } else {
            tokio::spawn(program)
        };
        tokio::select! {
            biased; // A program that has ended is not interrupted any more.
            result = &mut program => result.map_or(Ending::Panicked, Ending::Done),
            () = recorder.failed() => Ending::Failed,
            () = interrupt => Ending::Interrupted,
            deadlock = recorder.deadlock() => Ending::Deadlock(deadlock),
        }
    });
    match ending {
        Ending::Deadlock(_) => recorder.over_without_ends(),
        _ => recorder.over(),
    }
    // Blocked threads of the real clock end with the process.
    runtime.shutdown_background();
    Ok(ending)
}
