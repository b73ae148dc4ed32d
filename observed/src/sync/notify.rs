//! `Notify`.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::sync::{self as real, futures as real_futures};

use super::owned;
use crate::observe::Op;
use crate::wait::{Res, Slim};

/// Wakes tasks: see [`tokio::sync::Notify`].
pub struct Notify {
    res: Res,
    inner: real::Notify,
}

pin_project! {
    /// What [`Notify::notified`] returns: see [`tokio::sync::futures::Notified`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Notified<'a> {
        #[pin]
        inner: Slim<real_futures::Notified<'a>>,
    }
}

pin_project! {
    /// What [`Notify::notified_owned`] returns: see
    /// [`tokio::sync::futures::OwnedNotified`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct OwnedNotified {
        #[pin]
        inner: Slim<real_futures::Notified<'static>>,
        notify: Arc<Notify>,
    }
}

impl Notify {
    /// See [`tokio::sync::Notify::new`].
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            res: Res::new("notify", Location::caller()),
            inner: real::Notify::new(),
        }
    }

    /// See [`tokio::sync::Notify::const_new`].
    #[must_use]
    #[track_caller]
    pub const fn const_new() -> Self {
        Self {
            res: Res::new("notify", Location::caller()),
            inner: real::Notify::const_new(),
        }
    }

    /// See [`tokio::sync::Notify::notified`].
    #[track_caller]
    pub fn notified(&self) -> Notified<'_> {
        let inner = self.inner.notified();
        Notified {
            inner: self.res.slim(Op::Notified, Location::caller(), inner),
        }
    }

    /// See [`tokio::sync::Notify::notified_owned`].
    #[track_caller]
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        let inner = owned::borrow(&self).inner.notified();
        OwnedNotified {
            inner: self.res.slim(Op::Notified, Location::caller(), inner),
            notify: self,
        }
    }

    /// See [`tokio::sync::Notify::notify_one`].
    #[track_caller]
    pub fn notify_one(&self) {
        self.res.notified(Location::caller());
        self.inner.notify_one();
    }

    /// See [`tokio::sync::Notify::notify_last`].
    #[track_caller]
    pub fn notify_last(&self) {
        self.res.notified(Location::caller());
        self.inner.notify_last();
    }

    /// See [`tokio::sync::Notify::notify_waiters`].
    #[track_caller]
    pub fn notify_waiters(&self) {
        self.res.notified(Location::caller());
        self.inner.notify_waiters();
    }
}

impl Default for Notify {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Notified<'_> {
    /// See [`tokio::sync::futures::Notified::enable`].
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().inner.get_pin_mut().enable()
    }
}

impl OwnedNotified {
    /// See [`tokio::sync::futures::OwnedNotified::enable`].
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().inner.get_pin_mut().enable()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().inner.poll(cx)
    }
}

impl Future for OwnedNotified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().inner.poll(cx)
    }
}
