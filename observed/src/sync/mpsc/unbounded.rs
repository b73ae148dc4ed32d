//! Channels with room for any number of messages.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc as real;
use tokio::sync::mpsc::error::{SendError, TryRecvError};

use super::Channel;
use crate::observe::{self, Op};

/// Sends messages: see [`tokio::sync::mpsc::UnboundedSender`].
pub struct UnboundedSender<T> {
    inner: real::UnboundedSender<T>,
    channel: Arc<Channel>,
}

/// See [`tokio::sync::mpsc::WeakUnboundedSender`].
pub struct WeakUnboundedSender<T> {
    inner: real::WeakUnboundedSender<T>,
    channel: Arc<Channel>,
}

/// Receives messages: see [`tokio::sync::mpsc::UnboundedReceiver`].
pub struct UnboundedReceiver<T> {
    inner: real::UnboundedReceiver<T>,
    channel: Arc<Channel>,
}

/// A channel without a limit: see [`tokio::sync::mpsc::unbounded_channel`].
#[track_caller]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let channel = Channel::new(Location::caller());
    let (sender, receiver) = real::unbounded_channel();
    let sender = UnboundedSender {
        inner: sender,
        channel: Arc::clone(&channel),
    };
    (
        sender,
        UnboundedReceiver {
            inner: receiver,
            channel,
        },
    )
}

impl<T> UnboundedSender<T> {
    /// See [`tokio::sync::mpsc::UnboundedSender::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.inner.send(message)?;
        self.channel.sent();
        Ok(())
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::closed`].
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.channel
            .res
            .wait(Op::Closed, Location::caller(), self.inner.closed())
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::downgrade`].
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender {
            inner: self.inner.downgrade(),
            channel: Arc::clone(&self.channel),
        }
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::mpsc::UnboundedSender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> WeakUnboundedSender<T> {
    /// See [`tokio::sync::mpsc::WeakUnboundedSender::upgrade`].
    #[must_use]
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        let inner = self.inner.upgrade()?;
        Some(UnboundedSender {
            inner,
            channel: Arc::clone(&self.channel),
        })
    }

    /// See [`tokio::sync::mpsc::WeakUnboundedSender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::mpsc::WeakUnboundedSender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> UnboundedReceiver<T> {
    /// See [`tokio::sync::mpsc::UnboundedReceiver::recv`].
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let Self { inner, channel } = self;
        let recv = poll_fn(|cx| inner.poll_recv(cx));
        channel
            .res
            .wait(Op::Receive, Location::caller(), recv)
            .map(|message| message.inspect(|_| channel.received(1)))
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::recv_many`].
    #[track_caller]
    pub fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> impl Future<Output = usize> {
        let Self { inner, channel } = self;
        let recv = poll_fn(move |cx| inner.poll_recv_many(cx, buffer, limit));
        channel
            .res
            .wait(Op::Receive, Location::caller(), recv)
            .map(|messages| {
                channel.received(messages);
                messages
            })
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::try_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let message = self.inner.try_recv()?;
        self.channel.received(1);
        Ok(message)
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::blocking_recv`].
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        if observe::takes_turns() {
            return observe::block_on(self.recv());
        }
        let wait = self.channel.res.blocks(Op::Receive, Location::caller());
        let message = self.inner.blocking_recv();
        drop(wait);
        self.channel.received(usize::from(message.is_some()));
        message
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::blocking_recv_many`].
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        if observe::takes_turns() {
            return observe::block_on(self.recv_many(buffer, limit));
        }
        let wait = self.channel.res.blocks(Op::Receive, Location::caller());
        let messages = self.inner.blocking_recv_many(buffer, limit);
        drop(wait);
        self.channel.received(messages);
        messages
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::close`].
    pub fn close(&mut self) {
        self.inner.close();
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::poll_recv`].
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let message = ready!(self.inner.poll_recv(cx));
        self.channel.received(usize::from(message.is_some()));
        Poll::Ready(message)
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::poll_recv_many`].
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        let messages = ready!(self.inner.poll_recv_many(cx, buffer, limit));
        self.channel.received(messages);
        Poll::Ready(messages)
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::sender_strong_count`].
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_strong_count()
    }

    /// See [`tokio::sync::mpsc::UnboundedReceiver::sender_weak_count`].
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.inner.sender_weak_count()
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            channel: Arc::clone(&self.channel),
        }
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            channel: Arc::clone(&self.channel),
        }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
