//! `JoinSet`: awaiting its next task is a wait for the set.

use std::convert::identity;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::task::{Context, Poll};

use tokio::task::{self as real, AbortHandle, Id, JoinError};

use super::blocking::{Blocking, blocking};
use super::{LocalSet, spawned};
use crate::observe::{Op, TaskId};
use crate::runtime::Handle;
use crate::wait::Res;

/// Tasks that are joined in the order in which they end: see
/// [`tokio::task::JoinSet`].
pub struct JoinSet<T> {
    inner: real::JoinSet<T>,
    res: Res,
}

impl<T> JoinSet<T> {
    /// See [`tokio::task::JoinSet::new`].
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            inner: real::JoinSet::new(),
            res: Res::new("join set", Location::caller()),
        }
    }

    /// See [`tokio::task::JoinSet::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// See [`tokio::task::JoinSet::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    fn member(&self, task: Option<TaskId>) {
        if let Some(task) = task {
            self.res.member(task);
        }
    }

    /// See [`tokio::task::JoinSet::spawn`].
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let (handle, id) = spawned!(task, Location::caller(), |task| self.inner.spawn(task));
        self.member(id);
        handle
    }

    /// See [`tokio::task::JoinSet::spawn_on`].
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let (handle, id) = spawned!(task, Location::caller(), |task| self
            .inner
            .spawn_on(task, handle.real()));
        self.member(id);
        handle
    }

    /// See [`tokio::task::JoinSet::spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let (handle, id) = spawned!(task, Location::caller(), |task| self
            .inner
            .spawn_local(task));
        self.member(id);
        handle
    }

    /// See [`tokio::task::JoinSet::spawn_local_on`].
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let (handle, id) = spawned!(task, Location::caller(), |task| self
            .inner
            .spawn_local_on(task, local_set.real()));
        self.member(id);
        handle
    }

    /// See [`tokio::task::JoinSet::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let blocking = blocking(f, Location::caller());
        self.member(blocking.id());
        match blocking {
            Blocking::Plain(f) => self.inner.spawn_blocking(f),
            Blocking::Thread(f, _) => self.inner.spawn_blocking(f),
            Blocking::Turns(relay, _) => self.inner.spawn(relay),
        }
    }

    /// See [`tokio::task::JoinSet::spawn_blocking_on`].
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let blocking = blocking(f, Location::caller());
        self.member(blocking.id());
        match blocking {
            Blocking::Plain(f) => self.inner.spawn_blocking_on(f, handle.real()),
            Blocking::Thread(f, _) => self.inner.spawn_blocking_on(f, handle.real()),
            Blocking::Turns(relay, _) => self.inner.spawn_on(relay, handle.real()),
        }
    }

    /// See [`tokio::task::JoinSet::join_next`].
    #[track_caller]
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        let inner = &mut self.inner;
        self.res
            .wait(
                Op::Join,
                Location::caller(),
                poll_fn(|cx| inner.poll_join_next(cx)),
            )
            .map(identity)
    }

    /// See [`tokio::task::JoinSet::join_next_with_id`].
    #[track_caller]
    pub fn join_next_with_id(
        &mut self,
    ) -> impl Future<Output = Option<Result<(Id, T), JoinError>>> {
        let inner = &mut self.inner;
        self.res
            .wait(
                Op::Join,
                Location::caller(),
                poll_fn(|cx| inner.poll_join_next_with_id(cx)),
            )
            .map(identity)
    }

    /// See [`tokio::task::JoinSet::try_join_next`].
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.inner.try_join_next()
    }

    /// See [`tokio::task::JoinSet::try_join_next_with_id`].
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.inner.try_join_next_with_id()
    }

    /// See [`tokio::task::JoinSet::shutdown`].
    #[track_caller]
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        self.res
            .wait(Op::Join, Location::caller(), self.inner.shutdown())
    }

    /// See [`tokio::task::JoinSet::join_all`].
    #[track_caller]
    pub fn join_all(self) -> impl Future<Output = Vec<T>> {
        self.res
            .wait(Op::Join, Location::caller(), self.inner.join_all())
    }

    /// See [`tokio::task::JoinSet::abort_all`].
    pub fn abort_all(&mut self) {
        self.inner.abort_all();
    }

    /// See [`tokio::task::JoinSet::detach_all`].
    pub fn detach_all(&mut self) {
        self.inner.detach_all();
    }

    /// See [`tokio::task::JoinSet::poll_join_next`].
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.inner.poll_join_next(cx)
    }

    /// See [`tokio::task::JoinSet::poll_join_next_with_id`].
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.inner.poll_join_next_with_id(cx)
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> Default for JoinSet<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(tasks: I) -> Self {
        let mut set = Self::new();
        set.extend(tasks);
        set
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, tasks: I) {
        for task in tasks {
            self.spawn(task);
        }
    }
}
