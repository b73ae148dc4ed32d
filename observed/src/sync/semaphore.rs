//! `Semaphore`.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::{self as real, AcquireError, TryAcquireError};

use crate::observe::{self, Op};
use crate::wait::{Hold, Res};

/// Permits that tasks acquire: see [`tokio::sync::Semaphore`].
#[derive(Debug)]
pub struct Semaphore {
    res: Res,
    inner: real::Semaphore,
}

/// A permit of a semaphore: see [`tokio::sync::SemaphorePermit`].
#[must_use]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    hold: Hold,
    inner: Free<'a>,
    semaphore: &'a Semaphore,
}

/// A permit that owns its semaphore: see [`tokio::sync::OwnedSemaphorePermit`].
#[must_use]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct OwnedSemaphorePermit {
    hold: Hold,
    permits: usize,
    semaphore: Arc<Semaphore>,
}

/// Gives a permit back, and notes how many are free then.
#[derive(Debug)]
struct Free<'a> {
    permit: Option<real::SemaphorePermit<'a>>,
    semaphore: &'a Semaphore,
}

impl Drop for Free<'_> {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.semaphore.note();
    }
}

impl Semaphore {
    /// See [`tokio::sync::Semaphore::MAX_PERMITS`].
    pub const MAX_PERMITS: usize = real::Semaphore::MAX_PERMITS;

    /// See [`tokio::sync::Semaphore::new`].
    #[must_use]
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        let res = Res::new("semaphore", Location::caller());
        Self {
            res,
            inner: real::Semaphore::new(permits),
        }
    }

    /// See [`tokio::sync::Semaphore::const_new`].
    #[must_use]
    #[track_caller]
    pub const fn const_new(permits: usize) -> Self {
        let res = Res::new("semaphore", Location::caller());
        Self {
            res,
            inner: real::Semaphore::const_new(permits),
        }
    }

    /// How many are free.
    fn note(&self) {
        self.res.value(|| self.inner.available_permits());
    }

    fn permit<'a>(&'a self, permit: real::SemaphorePermit<'a>) -> SemaphorePermit<'a> {
        let hold = self.res.hold(permit.num_permits());
        self.note();
        let inner = Free {
            permit: Some(permit),
            semaphore: self,
        };
        SemaphorePermit {
            hold,
            inner,
            semaphore: self,
        }
    }

    fn owned(self: Arc<Self>, permits: usize) -> OwnedSemaphorePermit {
        let hold = self.res.hold(permits);
        self.note();
        OwnedSemaphorePermit {
            hold,
            permits,
            semaphore: self,
        }
    }

    /// See [`tokio::sync::Semaphore::available_permits`].
    pub fn available_permits(&self) -> usize {
        self.inner.available_permits()
    }

    /// See [`tokio::sync::Semaphore::add_permits`].
    pub fn add_permits(&self, n: usize) {
        self.inner.add_permits(n);
        self.note();
    }

    /// See [`tokio::sync::Semaphore::forget_permits`].
    pub fn forget_permits(&self, n: usize) -> usize {
        let forgotten = self.inner.forget_permits(n);
        self.note();
        forgotten
    }

    /// See [`tokio::sync::Semaphore::acquire`].
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let wait = self
            .res
            .wait(Op::Acquire, Location::caller(), self.inner.acquire());
        async move { wait.await.map(|permit| self.permit(permit)) }
    }

    /// See [`tokio::sync::Semaphore::acquire_many`].
    #[track_caller]
    pub fn acquire_many(
        &self,
        n: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let wait = self
            .res
            .wait(Op::Acquire, Location::caller(), self.inner.acquire_many(n));
        async move { wait.await.map(|permit| self.permit(permit)) }
    }

    /// See [`tokio::sync::Semaphore::try_acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.inner.try_acquire().map(|permit| self.permit(permit))
    }

    /// See [`tokio::sync::Semaphore::try_acquire_many`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.inner
            .try_acquire_many(n)
            .map(|permit| self.permit(permit))
    }

    /// See [`tokio::sync::Semaphore::blocking_acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    /// See [`tokio::sync::Semaphore::blocking_acquire_many`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        if observe::takes_turns() {
            return observe::block_on(self.acquire_many(n));
        }
        let _wait = self.res.blocks(Op::Acquire, Location::caller());
        self.inner
            .blocking_acquire_many(n)
            .map(|permit| self.permit(permit))
    }

    /// See [`tokio::sync::Semaphore::acquire_owned`].
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_many_owned(1)
    }

    /// See [`tokio::sync::Semaphore::acquire_many_owned`].
    #[track_caller]
    pub fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        let at = Location::caller();
        async move {
            self.res
                .wait(Op::Acquire, at, self.inner.acquire_many(n))
                .await?
                .forget();
            Ok(self.owned(n as usize))
        }
    }

    /// See [`tokio::sync::Semaphore::try_acquire_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// See [`tokio::sync::Semaphore::try_acquire_many_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.inner.try_acquire_many(n)?.forget();
        Ok(self.owned(n as usize))
    }

    /// See [`tokio::sync::Semaphore::blocking_acquire_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// See [`tokio::sync::Semaphore::blocking_acquire_many_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        if observe::takes_turns() {
            return observe::block_on(self.acquire_many_owned(n));
        }
        let wait = self.res.blocks(Op::Acquire, Location::caller());
        self.inner.blocking_acquire_many(n)?.forget();
        drop(wait);
        Ok(self.owned(n as usize))
    }

    /// See [`tokio::sync::Semaphore::close`].
    pub fn close(&self) {
        self.inner.close();
    }

    /// See [`tokio::sync::Semaphore::is_closed`].
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl<'a> SemaphorePermit<'a> {
    /// See [`tokio::sync::SemaphorePermit::forget`].
    pub fn forget(mut self) {
        self.hold.forget();
        if let Some(permit) = self.inner.permit.take() {
            permit.forget();
        }
    }

    /// See [`tokio::sync::SemaphorePermit::merge`].
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        if let (Some(permit), Some(more)) = (&mut self.inner.permit, other.inner.permit.take()) {
            permit.merge(more);
        }
        self.hold.merge(other.hold);
    }

    /// See [`tokio::sync::SemaphorePermit::split`].
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permit = self.inner.permit.as_mut()?.split(n)?;
        let inner = Free {
            permit: Some(permit),
            semaphore: self.semaphore,
        };
        Some(Self {
            hold: self.hold.split(n),
            inner,
            semaphore: self.semaphore,
        })
    }

    /// See [`tokio::sync::SemaphorePermit::semaphore`].
    #[must_use]
    pub fn semaphore(&self) -> &'a Semaphore {
        self.semaphore
    }

    /// See [`tokio::sync::SemaphorePermit::num_permits`].
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.inner
            .permit
            .as_ref()
            .map_or(0, real::SemaphorePermit::num_permits)
    }
}

impl OwnedSemaphorePermit {
    /// See [`tokio::sync::OwnedSemaphorePermit::forget`].
    pub fn forget(mut self) {
        self.hold.forget();
        self.permits = 0;
    }

    /// See [`tokio::sync::OwnedSemaphorePermit::merge`].
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            Arc::ptr_eq(&self.semaphore, &other.semaphore),
            "merging permits from different semaphore instances"
        );
        self.permits += std::mem::take(&mut other.permits);
        self.hold.merge(std::mem::take(&mut other.hold));
    }

    /// See [`tokio::sync::OwnedSemaphorePermit::split`].
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.permits = self.permits.checked_sub(n)?;
        let (hold, semaphore) = (self.hold.split(n), Arc::clone(&self.semaphore));
        Some(Self {
            hold,
            permits: n,
            semaphore,
        })
    }

    /// See [`tokio::sync::OwnedSemaphorePermit::semaphore`].
    #[must_use]
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }

    /// See [`tokio::sync::OwnedSemaphorePermit::num_permits`].
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.permits
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        drop(std::mem::take(&mut self.hold));
        if self.permits > 0 {
            self.semaphore.add_permits(self.permits);
        }
    }
}
