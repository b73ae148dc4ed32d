//! `tokio::sync::oneshot`, observed.

use std::convert::identity;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::oneshot as real;
pub use tokio::sync::oneshot::error;

use crate::observe::{self, Op};
use crate::wait::{Res, Waiting};

/// Sends one value: see [`tokio::sync::oneshot::Sender`].
pub struct Sender<T> {
    inner: real::Sender<T>,
    res: Arc<Res>,
}

/// Receives it: see [`tokio::sync::oneshot::Receiver`].
pub struct Receiver<T> {
    inner: Waiting<real::Receiver<T>>,
    res: Arc<Res>,
}

/// A channel for one value: see [`tokio::sync::oneshot::channel`].
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let at = Location::caller();
    let (sender, receiver) = real::channel();
    let res = Arc::new(Res::new("oneshot channel", at));
    let inner = res.wait(Op::Receive, at, receiver);
    (
        Sender {
            inner: sender,
            res: Arc::clone(&res),
        },
        Receiver { inner, res },
    )
}

impl<T> Sender<T> {
    /// See [`tokio::sync::oneshot::Sender::send`].
    ///
    /// # Errors
    ///
    /// The value, where the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        self.inner.send(value)
    }

    /// See [`tokio::sync::oneshot::Sender::closed`].
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = ()> {
        let inner = &mut self.inner;
        self.res
            .wait(
                Op::Closed,
                Location::caller(),
                poll_fn(|cx| inner.poll_closed(cx)),
            )
            .map(identity)
    }

    /// See [`tokio::sync::oneshot::Sender::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::oneshot::Sender::poll_closed`].
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.inner.poll_closed(cx)
    }
}

impl<T> Receiver<T> {
    /// See [`tokio::sync::oneshot::Receiver::close`].
    pub fn close(&mut self) {
        self.inner.get_mut().close();
    }

    /// See [`tokio::sync::oneshot::Receiver::is_terminated`].
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.inner.get_ref().is_terminated()
    }

    /// See [`tokio::sync::oneshot::Receiver::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.get_ref().is_empty()
    }

    /// See [`tokio::sync::oneshot::Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_recv(&mut self) -> Result<T, error::TryRecvError> {
        self.inner.get_mut().try_recv()
    }

    /// See [`tokio::sync::oneshot::Receiver::blocking_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, error::RecvError> {
        if observe::takes_turns() {
            return observe::block_on(self);
        }
        let _wait = self.res.blocks(Op::Receive, Location::caller());
        self.inner.into_inner().blocking_recv()
    }
}

impl<T> Unpin for Receiver<T> {}

impl<T> Future for Receiver<T> {
    type Output = Result<T, error::RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
