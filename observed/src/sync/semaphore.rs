//! `Semaphore`.

use std::future::Future;
use std::mem;
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::{self as real, AcquireError, TryAcquireError};

use super::owned;
use crate::hold::Hold;
use crate::observe::{self, Op};
use crate::wait::Res;

/// Permits that tasks acquire: see [`tokio::sync::Semaphore`].
#[derive(Debug)]
pub struct Semaphore {
    res: Res,
    inner: real::Semaphore,
}

/// Declares a permit, and what it can do.
macro_rules! permits {
    ($name:ident $(<$life:lifetime>)?, $semaphore:ty, $($borrow:tt)*) => {
        #[doc = concat!("See [`tokio::sync::", stringify!($name), "`].")]
        #[must_use]
        #[clippy::has_significant_drop]
        #[derive(Debug)]
        pub struct $name $(<$life>)? {
            hold: Hold,
            semaphore: $semaphore,
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// Of permits that were acquired.
            fn new(semaphore: $semaphore, permits: usize) -> Self {
                let hold = semaphore.res.hold(permits);
                semaphore.note();
                Self { hold, semaphore }
            }

            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::forget`].")]
            pub fn forget(mut self) {
                self.hold.take();
            }

            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::merge`].")]
            #[track_caller]
            pub fn merge(&mut self, mut other: Self) {
                let (own, others): (&Semaphore, &Semaphore) = (&self.semaphore, &other.semaphore);
                assert!(
                    std::ptr::eq(own, others),
                    "merging permits from different semaphore instances"
                );
                self.hold.merge(mem::take(&mut other.hold));
            }

            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::split`].")]
            pub fn split(&mut self, n: usize) -> Option<Self> {
                Some(Self {
                    hold: self.hold.split(n)?,
                    semaphore: self.semaphore.clone(),
                })
            }

            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::semaphore`].")]
            #[must_use]
            pub fn semaphore(&self) -> $($borrow)* $semaphore {
                $($borrow)* self.semaphore
            }

            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::num_permits`].")]
            #[must_use]
            pub fn num_permits(&self) -> usize {
                self.hold.amount()
            }
        }

        impl $(<$life>)? Drop for $name $(<$life>)? {
            fn drop(&mut self) {
                let permits = self.hold.take();
                if permits > 0 {
                    self.semaphore.add_permits(permits);
                }
            }
        }
    };
}

permits!(SemaphorePermit<'a>, &'a Semaphore,);
permits!(OwnedSemaphorePermit, Arc<Semaphore>, &);

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

    /// Takes over the permits of one of tokio's: they are added again when
    /// ours is dropped.
    fn permit(&self, permit: real::SemaphorePermit<'_>) -> SemaphorePermit<'_> {
        SemaphorePermit::new(self, taken(permit))
    }

    fn owned(self: &Arc<Self>, permit: real::SemaphorePermit<'_>) -> OwnedSemaphorePermit {
        OwnedSemaphorePermit::new(Arc::clone(self), taken(permit))
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
        self.res
            .wait(Op::Acquire, Location::caller(), self.inner.acquire())
            .map(|permit| Ok(self.permit(permit?)))
    }

    /// See [`tokio::sync::Semaphore::acquire_many`].
    #[track_caller]
    pub fn acquire_many(
        &self,
        n: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        self.res
            .wait(Op::Acquire, Location::caller(), self.inner.acquire_many(n))
            .map(|permit| Ok(self.permit(permit?)))
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
        let acquire = owned::borrow(&self).inner.acquire_many(n);
        owned::borrow(&self)
            .res
            .wait(Op::Acquire, Location::caller(), acquire)
            .map(move |permit| Ok(self.owned(permit?)))
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
        Ok(self.owned(self.inner.try_acquire_many(n)?))
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
        let permit = self.inner.blocking_acquire_many(n)?;
        drop(wait);
        Ok(self.owned(permit))
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

/// The number of a permit's permits, which are not given back.
fn taken(permit: real::SemaphorePermit<'_>) -> usize {
    let permits = permit.num_permits();
    permit.forget();
    permits
}
