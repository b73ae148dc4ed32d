//! Closures on threads where they may block.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;

use tokio::task as real;

use super::JoinHandle;
use crate::observe::{self, Recorder, TaskId, TaskKind};

/// Runs a closure on a thread where it may block: see
/// [`tokio::task::spawn_blocking`].
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let at = Location::caller();
    match blocking(f, at) {
        Blocking::Plain(f) => JoinHandle::new(real::spawn_blocking(f), None, at),
        Blocking::Thread(f, id) => JoinHandle::new(real::spawn_blocking(f), id, at),
        Blocking::Turns(relay, id) => JoinHandle::new(real::spawn(relay), id, at),
    }
}

/// How a closure runs where it may block.
pub(super) enum Blocking<F, R> {
    /// As it is: nothing observes.
    Plain(F),
    /// On a thread of tokio's.
    Thread(Box<dyn FnOnce() -> R + Send>, Option<TaskId>),
    /// On a thread that takes turns with the runtime, whose part this is.
    Turns(Pin<Box<dyn Future<Output = R> + Send>>, Option<TaskId>),
}

impl<F, R> Blocking<F, R> {
    /// The task that it is, where one is observed.
    pub(super) fn id(&self) -> Option<TaskId> {
        match self {
            Self::Plain(_) => None,
            Self::Thread(_, id) | Self::Turns(_, id) => *id,
        }
    }
}

pub(super) fn blocking<F, R>(f: F, at: &'static Location<'static>) -> Blocking<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let Some(recorder) = observe::with(Recorder::clone) else {
        return Blocking::Plain(f);
    };
    if recorder.is_virtual() {
        let (relay, id) = observe::spawn_thread(&recorder, f, at);
        return Blocking::Turns(Box::pin(relay), id);
    }
    let id = recorder
        .observes_tasks()
        .then(|| recorder.spawned::<F>(TaskKind::Blocking, at));
    let body = move || {
        let _entered = recorder.enter();
        match id {
            Some(id) => observe::run_closure(&recorder, id, f),
            None => f(),
        }
    };
    Blocking::Thread(Box::new(body), id)
}

/// Blocks the current thread, and lets its tasks run on another one: see
/// [`tokio::task::block_in_place`]. On the virtual clock there is no other one.
#[cfg(feature = "rt-multi-thread")]
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    if observe::with(Recorder::is_virtual) == Some(true) {
        return f();
    }
    real::block_in_place(f)
}
