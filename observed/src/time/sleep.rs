//! `Sleep`: a wait for the clock.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::{self as real, Duration, Instant};

use crate::observe::{self, Op, Recorder, Target};
use crate::wait::{Slim, Watch};

pin_project! {
    /// What [`sleep`] returns: see [`tokio::time::Sleep`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        inner: Slim<real::Sleep>,
    }
}

/// Sleeps for this long: see [`tokio::time::sleep`].
#[track_caller]
pub fn sleep(time: Duration) -> Sleep {
    Sleep::of(real::sleep(time), Location::caller())
}

/// Sleeps until then: see [`tokio::time::sleep_until`].
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::of(real::sleep_until(deadline), Location::caller())
}

impl Sleep {
    fn of(inner: real::Sleep, at: &'static Location<'static>) -> Self {
        // On tokio's paused clock a sleep of no time is ready immediately; on the
        // real one it lets the other tasks run first, as this makes it do.
        let yields = observe::with(Recorder::is_virtual).unwrap_or(false)
            && inner.deadline() <= Instant::now();
        let target = observe::observing(|_| Target::CLOCK);
        let watched = yields || target.is_some();
        let watch = watched.then(|| Watch::new(target, Op::Sleep, yields, at));
        Self {
            inner: Slim::new(watch, inner),
        }
    }

    /// See [`tokio::time::Sleep::deadline`].
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.inner.get_ref().deadline()
    }

    /// See [`tokio::time::Sleep::is_elapsed`].
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        self.inner.get_ref().is_elapsed()
    }

    /// See [`tokio::time::Sleep::reset`].
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().inner.get_pin_mut().reset(deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.project().inner;
        if inner.as_mut().yields() && inner.get_ref().deadline() <= Instant::now() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        inner.poll(cx)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
