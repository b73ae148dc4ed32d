//! `Timeout`.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::error::Elapsed;
use tokio::time::{self as real, Duration, Instant};

use crate::observe::{self, ChoiceKey, Op, Target};
use crate::wait::Waiting;

pin_project! {
    /// What [`timeout`] returns: see [`tokio::time::Timeout`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Timeout<F> {
        #[pin]
        inner: Waiting<real::Timeout<F>>,
        choice: ChoiceKey,
    }
}

/// Bounds the time that a future may take: see [`tokio::time::timeout`].
#[track_caller]
pub fn timeout<F: IntoFuture>(time: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::of(real::timeout(time, future), Location::caller())
}

/// The same with a deadline: see [`tokio::time::timeout_at`].
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout::of(real::timeout_at(deadline, future), Location::caller())
}

impl<F> Timeout<F> {
    fn of(inner: real::Timeout<F>, at: &'static Location<'static>) -> Self {
        // The task waits for the clock as well as for what is inside.
        let target = observe::observing(|_| Target::CLOCK);
        Self {
            inner: Waiting::new(target, Op::Sleep, at, inner),
            choice: ChoiceKey::default(),
        }
    }

    /// See [`tokio::time::Timeout::get_ref`].
    pub fn get_ref(&self) -> &F {
        self.inner.get_ref().get_ref()
    }

    /// See [`tokio::time::Timeout::get_mut`].
    pub fn get_mut(&mut self) -> &mut F {
        self.inner.get_mut().get_mut()
    }

    /// See [`tokio::time::Timeout::into_inner`].
    pub fn into_inner(self) -> F {
        self.inner.into_inner().into_inner()
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.choice.poll(|| this.inner.poll(cx))
    }
}
