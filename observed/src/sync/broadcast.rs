//! `tokio::sync::broadcast`, observed.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::broadcast as real;
pub use tokio::sync::broadcast::error;

use crate::observe::{self, Op};
use crate::wait::Res;
use error::{RecvError, SendError, TryRecvError};

/// Sends every message to every receiver: see
/// [`tokio::sync::broadcast::Sender`].
pub struct Sender<T> {
    inner: real::Sender<T>,
    res: Arc<Res>,
}

/// See [`tokio::sync::broadcast::WeakSender`].
pub struct WeakSender<T> {
    inner: real::WeakSender<T>,
    res: Arc<Res>,
}

/// Receives messages: see [`tokio::sync::broadcast::Receiver`].
pub struct Receiver<T> {
    inner: real::Receiver<T>,
    res: Arc<Res>,
}

/// A channel for every receiver: see [`tokio::sync::broadcast::channel`].
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let res = Arc::new(Res::new("broadcast channel", Location::caller()));
    let (sender, receiver) = real::channel(capacity);
    let sender = Sender {
        inner: sender,
        res: Arc::clone(&res),
    };
    (
        sender,
        Receiver {
            inner: receiver,
            res,
        },
    )
}

impl<T> Sender<T> {
    /// See [`tokio::sync::broadcast::Sender::new`].
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        let res = Arc::new(Res::new("broadcast channel", Location::caller()));
        Self {
            inner: real::Sender::new(capacity),
            res,
        }
    }

    /// See [`tokio::sync::broadcast::Sender::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let receivers = self.inner.send(value)?;
        self.note();
        Ok(receivers)
    }

    /// How many messages the slowest receiver has not received.
    fn note(&self) {
        self.res.value(|| self.inner.len());
    }

    /// See [`tokio::sync::broadcast::Sender::subscribe`].
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver {
            inner: self.inner.subscribe(),
            res: Arc::clone(&self.res),
        }
    }

    /// See [`tokio::sync::broadcast::Sender::downgrade`].
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            inner: self.inner.downgrade(),
            res: Arc::clone(&self.res),
        }
    }

    /// See [`tokio::sync::broadcast::Sender::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// See [`tokio::sync::broadcast::Sender::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// See [`tokio::sync::broadcast::Sender::receiver_count`].
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.inner.receiver_count()
    }

    /// See [`tokio::sync::broadcast::Sender::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// See [`tokio::sync::broadcast::Sender::closed`].
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.res
            .wait(Op::Closed, Location::caller(), self.inner.closed())
    }

    /// See [`tokio::sync::broadcast::Sender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::broadcast::Sender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> WeakSender<T> {
    /// See [`tokio::sync::broadcast::WeakSender::upgrade`].
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        Some(Sender {
            inner: self.inner.upgrade()?,
            res: Arc::clone(&self.res),
        })
    }

    /// See [`tokio::sync::broadcast::WeakSender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::broadcast::WeakSender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> Receiver<T> {
    /// See [`tokio::sync::broadcast::Receiver::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// See [`tokio::sync::broadcast::Receiver::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// See [`tokio::sync::broadcast::Receiver::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// See [`tokio::sync::broadcast::Receiver::sender_strong_count`].
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_strong_count()
    }

    /// See [`tokio::sync::broadcast::Receiver::sender_weak_count`].
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.inner.sender_weak_count()
    }

    /// See [`tokio::sync::broadcast::Receiver::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl<T: Clone> Receiver<T> {
    /// See [`tokio::sync::broadcast::Receiver::resubscribe`].
    #[must_use]
    pub fn resubscribe(&self) -> Self {
        Self {
            inner: self.inner.resubscribe(),
            res: Arc::clone(&self.res),
        }
    }

    /// See [`tokio::sync::broadcast::Receiver::recv`].
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        self.res
            .wait(Op::Receive, Location::caller(), self.inner.recv())
    }

    /// See [`tokio::sync::broadcast::Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.inner.try_recv()
    }

    /// See [`tokio::sync::broadcast::Receiver::blocking_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        if observe::takes_turns() {
            return observe::block_on(self.recv());
        }
        let _wait = self.res.blocks(Op::Receive, Location::caller());
        self.inner.blocking_recv()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            res: Arc::clone(&self.res),
        }
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            res: Arc::clone(&self.res),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
