//! Tasks that stay on one thread.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime::Id;
use tokio::task::{self as real, LocalEnterGuard};

use super::{JoinHandle, spawned};
use crate::runtime::Runtime;

/// Spawns a task that stays on this thread: see [`tokio::task::spawn_local`].
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let at = Location::caller();
    let (handle, id) = spawned!(future, at, |task| real::spawn_local(task));
    JoinHandle::new(handle, id, at)
}

pin_project! {
    /// Tasks of one thread: see [`tokio::task::LocalSet`].
    #[derive(Default)]
    pub struct LocalSet {
        #[pin]
        inner: real::LocalSet,
    }
}

impl LocalSet {
    /// See [`tokio::task::LocalSet::new`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn real(&self) -> &real::LocalSet {
        &self.inner
    }

    /// See [`tokio::task::LocalSet::enter`].
    pub fn enter(&self) -> LocalEnterGuard {
        self.inner.enter()
    }

    /// See [`tokio::task::LocalSet::spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let at = Location::caller();
        let (handle, id) = spawned!(future, at, |task| self.inner.spawn_local(task));
        JoinHandle::new(handle, id, at)
    }

    /// See [`tokio::task::LocalSet::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.inner.run_until(future))
    }

    /// See [`tokio::task::LocalSet::run_until`].
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        self.inner.run_until(future).await
    }

    /// See [`tokio::task::LocalSet::id`].
    pub fn id(&self) -> Id {
        self.inner.id()
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().inner.poll(cx)
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
