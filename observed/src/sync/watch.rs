//! `tokio::sync::watch`, observed.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::watch as real;
pub use tokio::sync::watch::{Ref, error};

use crate::observe::Op;
use crate::wait::Res;
use error::{RecvError, SendError};

/// Sends a value that receivers see the latest of: see
/// [`tokio::sync::watch::Sender`].
pub struct Sender<T> {
    inner: real::Sender<T>,
    res: Arc<Res>,
}

/// Sees the latest value: see [`tokio::sync::watch::Receiver`].
pub struct Receiver<T> {
    inner: real::Receiver<T>,
    res: Arc<Res>,
}

/// A channel for the latest value: see [`tokio::sync::watch::channel`].
#[track_caller]
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let res = Arc::new(Res::new("watch channel", Location::caller()));
    let (sender, receiver) = real::channel(init);
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

impl<T> Receiver<T> {
    /// See [`tokio::sync::watch::Receiver::borrow`].
    pub fn borrow(&self) -> Ref<'_, T> {
        self.inner.borrow()
    }

    /// See [`tokio::sync::watch::Receiver::borrow_and_update`].
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.inner.borrow_and_update()
    }

    /// See [`tokio::sync::watch::Receiver::has_changed`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.inner.has_changed()
    }

    /// See [`tokio::sync::watch::Receiver::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::watch::Receiver::mark_changed`].
    pub fn mark_changed(&mut self) {
        self.inner.mark_changed();
    }

    /// See [`tokio::sync::watch::Receiver::mark_unchanged`].
    pub fn mark_unchanged(&mut self) {
        self.inner.mark_unchanged();
    }

    /// See [`tokio::sync::watch::Receiver::changed`].
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), RecvError>> {
        self.res
            .wait(Op::Changed, Location::caller(), self.inner.changed())
    }

    /// See [`tokio::sync::watch::Receiver::wait_for`].
    #[track_caller]
    pub fn wait_for(
        &mut self,
        f: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Ref<'_, T>, RecvError>> {
        self.res
            .wait(Op::Changed, Location::caller(), self.inner.wait_for(f))
    }

    /// See [`tokio::sync::watch::Receiver::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }
}

impl<T> Sender<T> {
    /// See [`tokio::sync::watch::Sender::new`].
    #[must_use]
    #[track_caller]
    pub fn new(init: T) -> Self {
        let res = Arc::new(Res::new("watch channel", Location::caller()));
        Self {
            inner: real::Sender::new(init),
            res,
        }
    }

    /// See [`tokio::sync::watch::Sender::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.inner.send(value)
    }

    /// See [`tokio::sync::watch::Sender::send_modify`].
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.inner.send_modify(modify);
    }

    /// See [`tokio::sync::watch::Sender::send_if_modified`].
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        self.inner.send_if_modified(modify)
    }

    /// See [`tokio::sync::watch::Sender::send_replace`].
    pub fn send_replace(&self, value: T) -> T {
        self.inner.send_replace(value)
    }

    /// See [`tokio::sync::watch::Sender::borrow`].
    pub fn borrow(&self) -> Ref<'_, T> {
        self.inner.borrow()
    }

    /// See [`tokio::sync::watch::Sender::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::watch::Sender::closed`].
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.res
            .wait(Op::Closed, Location::caller(), self.inner.closed())
    }

    /// See [`tokio::sync::watch::Sender::subscribe`].
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver {
            inner: self.inner.subscribe(),
            res: Arc::clone(&self.res),
        }
    }

    /// See [`tokio::sync::watch::Sender::receiver_count`].
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.inner.receiver_count()
    }

    /// See [`tokio::sync::watch::Sender::sender_count`].
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.inner.sender_count()
    }

    /// See [`tokio::sync::watch::Sender::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
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

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            res: Arc::clone(&self.res),
        }
    }
}

impl<T: Default> Default for Sender<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
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
