//! Channels with room for so many messages.

use std::fmt;
use std::future::{Future, poll_fn};
use std::iter::FusedIterator;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::mpsc as real;
use tokio::sync::mpsc::error::{SendError, SendTimeoutError, TryRecvError, TrySendError};

use super::Channel;
use crate::observe::{self, Op};

/// Sends messages: see [`tokio::sync::mpsc::Sender`].
pub struct Sender<T> {
    inner: real::Sender<T>,
    channel: Arc<Channel>,
}

/// See [`tokio::sync::mpsc::WeakSender`].
pub struct WeakSender<T> {
    inner: real::WeakSender<T>,
    channel: Arc<Channel>,
}

/// Receives messages: see [`tokio::sync::mpsc::Receiver`].
pub struct Receiver<T> {
    inner: real::Receiver<T>,
    channel: Arc<Channel>,
}

/// Room for one message: see [`tokio::sync::mpsc::Permit`].
pub struct Permit<'a, T> {
    inner: real::Permit<'a, T>,
    channel: &'a Channel,
}

/// Room for several: see [`tokio::sync::mpsc::PermitIterator`].
pub struct PermitIterator<'a, T> {
    inner: real::PermitIterator<'a, T>,
    channel: &'a Channel,
}

/// Room that owns its sender: see [`tokio::sync::mpsc::OwnedPermit`].
pub struct OwnedPermit<T> {
    inner: real::OwnedPermit<T>,
    channel: Arc<Channel>,
}

/// A channel with room for so many messages: see
/// [`tokio::sync::mpsc::channel`].
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Channel::new(Location::caller());
    let (sender, receiver) = real::channel(buffer);
    let sender = Sender {
        inner: sender,
        channel: Arc::clone(&channel),
    };
    (
        sender,
        Receiver {
            inner: receiver,
            channel,
        },
    )
}

impl<T> Sender<T> {
    /// See [`tokio::sync::mpsc::Sender::send`].
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        self.channel
            .res
            .wait(Op::Send, Location::caller(), self.inner.send(value))
            .map(|sent| sent.inspect(|()| self.channel.sent()))
    }

    /// See [`tokio::sync::mpsc::Sender::try_send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.inner.try_send(message)?;
        self.channel.sent();
        Ok(())
    }

    /// See [`tokio::sync::mpsc::Sender::send_timeout`].
    #[track_caller]
    pub fn send_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), SendTimeoutError<T>>> {
        let send = self.inner.send_timeout(value, timeout);
        self.channel
            .res
            .wait(Op::Send, Location::caller(), send)
            .map(|sent| sent.inspect(|()| self.channel.sent()))
    }

    /// See [`tokio::sync::mpsc::Sender::blocking_send`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        if observe::takes_turns() {
            return observe::block_on(self.send(value));
        }
        let wait = self.channel.res.blocks(Op::Send, Location::caller());
        self.inner.blocking_send(value)?;
        drop(wait);
        self.channel.sent();
        Ok(())
    }

    /// See [`tokio::sync::mpsc::Sender::reserve`].
    #[track_caller]
    pub fn reserve(&self) -> impl Future<Output = Result<Permit<'_, T>, SendError<()>>> {
        self.channel
            .res
            .wait(Op::Send, Location::caller(), self.inner.reserve())
            .map(|permit| {
                Ok(Permit {
                    inner: permit?,
                    channel: &self.channel,
                })
            })
    }

    /// See [`tokio::sync::mpsc::Sender::reserve_many`].
    #[track_caller]
    pub fn reserve_many(
        &self,
        n: usize,
    ) -> impl Future<Output = Result<PermitIterator<'_, T>, SendError<()>>> {
        self.channel
            .res
            .wait(Op::Send, Location::caller(), self.inner.reserve_many(n))
            .map(|permits| {
                Ok(PermitIterator {
                    inner: permits?,
                    channel: &self.channel,
                })
            })
    }

    /// See [`tokio::sync::mpsc::Sender::reserve_owned`].
    #[track_caller]
    pub fn reserve_owned(self) -> impl Future<Output = Result<OwnedPermit<T>, SendError<()>>> {
        let Self { inner, channel } = self;
        channel
            .res
            .wait(Op::Send, Location::caller(), inner.reserve_owned())
            .map(move |permit| {
                Ok(OwnedPermit {
                    inner: permit?,
                    channel: Arc::clone(&channel),
                })
            })
    }

    /// See [`tokio::sync::mpsc::Sender::try_reserve`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        Ok(Permit {
            inner: self.inner.try_reserve()?,
            channel: &self.channel,
        })
    }

    /// See [`tokio::sync::mpsc::Sender::try_reserve_many`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        Ok(PermitIterator {
            inner: self.inner.try_reserve_many(n)?,
            channel: &self.channel,
        })
    }

    /// See [`tokio::sync::mpsc::Sender::try_reserve_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        let Self { inner, channel } = self;
        match inner.try_reserve_owned() {
            Ok(inner) => Ok(OwnedPermit { inner, channel }),
            Err(TrySendError::Full(inner)) => Err(TrySendError::Full(Self { inner, channel })),
            Err(TrySendError::Closed(inner)) => Err(TrySendError::Closed(Self { inner, channel })),
        }
    }

    /// See [`tokio::sync::mpsc::Sender::capacity`].
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.inner.capacity()
    }

    /// See [`tokio::sync::mpsc::Sender::max_capacity`].
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }

    /// See [`tokio::sync::mpsc::Sender::closed`].
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.channel
            .res
            .wait(Op::Closed, Location::caller(), self.inner.closed())
    }

    /// See [`tokio::sync::mpsc::Sender::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::mpsc::Sender::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// See [`tokio::sync::mpsc::Sender::downgrade`].
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            inner: self.inner.downgrade(),
            channel: Arc::clone(&self.channel),
        }
    }

    /// See [`tokio::sync::mpsc::Sender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::mpsc::Sender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> WeakSender<T> {
    /// See [`tokio::sync::mpsc::WeakSender::upgrade`].
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let inner = self.inner.upgrade()?;
        Some(Sender {
            inner,
            channel: Arc::clone(&self.channel),
        })
    }

    /// See [`tokio::sync::mpsc::WeakSender::strong_count`].
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// See [`tokio::sync::mpsc::WeakSender::weak_count`].
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> Receiver<T> {
    /// See [`tokio::sync::mpsc::Receiver::recv`].
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let Self { inner, channel } = self;
        let recv = poll_fn(|cx| inner.poll_recv(cx));
        channel
            .res
            .wait(Op::Receive, Location::caller(), recv)
            .map(|message| message.inspect(|_| channel.received(1)))
    }

    /// See [`tokio::sync::mpsc::Receiver::recv_many`].
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

    /// See [`tokio::sync::mpsc::Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let message = self.inner.try_recv()?;
        self.channel.received(1);
        Ok(message)
    }

    /// See [`tokio::sync::mpsc::Receiver::blocking_recv`].
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

    /// See [`tokio::sync::mpsc::Receiver::blocking_recv_many`].
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

    /// See [`tokio::sync::mpsc::Receiver::close`].
    pub fn close(&mut self) {
        self.inner.close();
    }

    /// See [`tokio::sync::mpsc::Receiver::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// See [`tokio::sync::mpsc::Receiver::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// See [`tokio::sync::mpsc::Receiver::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// See [`tokio::sync::mpsc::Receiver::capacity`].
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.inner.capacity()
    }

    /// See [`tokio::sync::mpsc::Receiver::max_capacity`].
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }

    /// See [`tokio::sync::mpsc::Receiver::poll_recv`].
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let message = ready!(self.inner.poll_recv(cx));
        self.channel.received(usize::from(message.is_some()));
        Poll::Ready(message)
    }

    /// See [`tokio::sync::mpsc::Receiver::poll_recv_many`].
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

    /// See [`tokio::sync::mpsc::Receiver::sender_strong_count`].
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_strong_count()
    }

    /// See [`tokio::sync::mpsc::Receiver::sender_weak_count`].
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.inner.sender_weak_count()
    }
}

impl<T> Permit<'_, T> {
    /// See [`tokio::sync::mpsc::Permit::send`].
    pub fn send(self, value: T) {
        self.inner.send(value);
        self.channel.sent();
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        let channel = self.channel;
        self.inner.next().map(|inner| Permit { inner, channel })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> OwnedPermit<T> {
    /// See [`tokio::sync::mpsc::OwnedPermit::send`].
    pub fn send(self, value: T) -> Sender<T> {
        let Self { inner, channel } = self;
        let inner = inner.send(value);
        channel.sent();
        Sender { inner, channel }
    }

    /// See [`tokio::sync::mpsc::OwnedPermit::release`].
    #[must_use]
    pub fn release(self) -> Sender<T> {
        let Self { inner, channel } = self;
        Sender {
            inner: inner.release(),
            channel,
        }
    }

    /// See [`tokio::sync::mpsc::OwnedPermit::same_channel`].
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// See [`tokio::sync::mpsc::OwnedPermit::same_channel_as_sender`].
    #[must_use]
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.inner.same_channel_as_sender(&sender.inner)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            channel: Arc::clone(&self.channel),
        }
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            channel: Arc::clone(&self.channel),
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

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
