//! `JoinHandle`: awaiting it is a wait for a task's end.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{self as real, AbortHandle, Id, JoinError};

use crate::observe::{Op, Target, TaskId};
use crate::wait::Waiting;

/// What [`spawn`](crate::spawn) returns: see [`tokio::task::JoinHandle`].
pub struct JoinHandle<T>(Waiting<real::JoinHandle<T>>);

impl<T> JoinHandle<T> {
    pub(crate) fn new(
        handle: real::JoinHandle<T>,
        task: Option<TaskId>,
        at: &'static Location<'static>,
    ) -> Self {
        Self(Waiting::new(task.map(Target::task), Op::Join, at, handle))
    }

    /// See [`tokio::task::JoinHandle::abort`].
    pub fn abort(&self) {
        self.0.get_ref().abort();
    }

    /// See [`tokio::task::JoinHandle::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.0.get_ref().is_finished()
    }

    /// See [`tokio::task::JoinHandle::abort_handle`].
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        self.0.get_ref().abort_handle()
    }

    /// See [`tokio::task::JoinHandle::id`].
    pub fn id(&self) -> Id {
        self.0.get_ref().id()
    }
}

impl<T> Unpin for JoinHandle<T> {}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
