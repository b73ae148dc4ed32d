//! `Runtime`.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use tokio::runtime::{self as real, EnterGuard, RuntimeMetrics};

use super::{Handle, handle};
use crate::task::JoinHandle;

/// A runtime: see [`tokio::runtime::Runtime`].
#[derive(Debug)]
pub struct Runtime {
    inner: real::Runtime,
    handle: Handle,
}

impl Runtime {
    pub(super) fn of(inner: real::Runtime) -> Self {
        let handle = Handle::of(inner.handle().clone());
        Self { inner, handle }
    }

    pub(crate) fn into_real(self) -> real::Runtime {
        self.inner
    }

    /// See [`tokio::runtime::Runtime::new`].
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new() -> std::io::Result<Self> {
        super::Builder::new_multi_thread().enable_all().build()
    }

    /// See [`tokio::runtime::Runtime::handle`].
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// See [`tokio::runtime::Runtime::spawn`].
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// See [`tokio::runtime::Runtime::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(f)
    }

    /// See [`tokio::runtime::Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match handle::main(Location::caller(), future) {
            Ok(future) => self.inner.block_on(future),
            Err(future) => self.inner.block_on(future),
        }
    }

    /// See [`tokio::runtime::Runtime::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.inner.enter()
    }

    /// See [`tokio::runtime::Runtime::shutdown_timeout`].
    pub fn shutdown_timeout(self, time: Duration) {
        self.inner.shutdown_timeout(time);
    }

    /// See [`tokio::runtime::Runtime::shutdown_background`].
    pub fn shutdown_background(self) {
        self.inner.shutdown_background();
    }

    /// See [`tokio::runtime::Runtime::metrics`].
    pub fn metrics(&self) -> RuntimeMetrics {
        self.inner.metrics()
    }
}
