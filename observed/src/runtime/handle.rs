//! `Handle`, and what all kinds of `block_on` share.

use std::future::Future;
use std::panic::Location;

use tokio::runtime::{
    self as real, EnterGuard, Id, RuntimeFlavor, RuntimeMetrics, TryCurrentError,
};

use crate::observe::{self, Recorder, TaskKind};
use crate::task::{self, JoinHandle, Observed};

/// A handle of a runtime: see [`tokio::runtime::Handle`].
#[derive(Clone, Debug)]
pub struct Handle(real::Handle);

impl Handle {
    pub(super) fn of(handle: real::Handle) -> Self {
        Self(handle)
    }

    pub(crate) fn real(&self) -> &real::Handle {
        &self.0
    }

    /// See [`tokio::runtime::Handle::current`].
    #[must_use]
    #[track_caller]
    pub fn current() -> Self {
        Self(real::Handle::current())
    }

    /// See [`tokio::runtime::Handle::try_current`].
    ///
    /// # Errors
    ///
    /// Outside a runtime.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        real::Handle::try_current().map(Self)
    }

    /// See [`tokio::runtime::Handle::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.0.enter()
    }

    /// See [`tokio::runtime::Handle::spawn`].
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let at = Location::caller();
        let (handle, id) = task::spawned!(future, at, |task| self.0.spawn(task));
        JoinHandle::new(handle, id, at)
    }

    /// See [`tokio::runtime::Handle::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let _entered = self.0.enter();
        task::spawn_blocking(f)
    }

    /// See [`tokio::runtime::Handle::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if observe::takes_turns() {
            let _entered = self.0.enter();
            return observe::block_on(future);
        }
        match main(Location::caller(), future) {
            Ok(future) => self.0.block_on(future),
            Err(future) => self.0.block_on(future),
        }
    }

    /// See [`tokio::runtime::Handle::runtime_flavor`].
    #[must_use]
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        self.0.runtime_flavor()
    }

    /// See [`tokio::runtime::Handle::id`].
    #[must_use]
    pub fn id(&self) -> Id {
        self.0.id()
    }

    /// See [`tokio::runtime::Handle::name`].
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// See [`tokio::runtime::Handle::metrics`].
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.0.metrics()
    }
}

/// A future to block on: a task of its own while a recorder observes, else as it
/// was.
pub(super) fn main<F: Future>(at: &'static Location<'static>, future: F) -> Result<Observed<F>, F> {
    match observe::observing(Recorder::clone) {
        Some(recorder) => {
            recorder.start_now();
            let id = recorder.spawned::<F>(TaskKind::Main, at);
            Ok(Observed::new(recorder, id, future))
        }
        None => Err(future),
    }
}
