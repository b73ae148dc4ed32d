//! `LocalRuntime`.

use std::future::Future;
use std::io;
use std::panic::Location;
use std::time::Duration;

use tokio::runtime::{self as real, EnterGuard, RuntimeMetrics};

use super::{Builder, Handle, LocalOptions, handle};
use crate::task::{self, JoinHandle};

/// A runtime for tasks of one thread: see [`tokio::runtime::LocalRuntime`].
#[derive(Debug)]
pub struct LocalRuntime {
    inner: real::LocalRuntime,
    handle: Handle,
}

impl LocalRuntime {
    pub(super) fn of(inner: real::LocalRuntime) -> Self {
        let handle = Handle::of(inner.handle().clone());
        Self { inner, handle }
    }

    /// See [`tokio::runtime::LocalRuntime::new`].
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
    }

    /// See [`tokio::runtime::LocalRuntime::handle`].
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// See [`tokio::runtime::LocalRuntime::spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let at = Location::caller();
        let (handle, id) = task::spawned!(future, at, |task| self.inner.spawn_local(task));
        JoinHandle::new(handle, id, at)
    }

    /// See [`tokio::runtime::LocalRuntime::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(f)
    }

    /// See [`tokio::runtime::LocalRuntime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match handle::main(Location::caller(), future) {
            Ok(future) => self.inner.block_on(future),
            Err(future) => self.inner.block_on(future),
        }
    }

    /// See [`tokio::runtime::LocalRuntime::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.inner.enter()
    }

    /// See [`tokio::runtime::LocalRuntime::shutdown_timeout`].
    pub fn shutdown_timeout(self, time: Duration) {
        self.inner.shutdown_timeout(time);
    }

    /// See [`tokio::runtime::LocalRuntime::shutdown_background`].
    pub fn shutdown_background(self) {
        self.inner.shutdown_background();
    }

    /// See [`tokio::runtime::LocalRuntime::metrics`].
    pub fn metrics(&self) -> RuntimeMetrics {
        self.inner.metrics()
    }
}
