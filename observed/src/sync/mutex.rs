//! `Mutex` and its guards.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::{self as real, TryLockError};

use super::owned;
use crate::hold::Hold;
use crate::observe::{self, Op};
use crate::wait::Res;

/// A lock that a task may hold while it awaits: see [`tokio::sync::Mutex`].
pub struct Mutex<T: ?Sized> {
    res: Res,
    inner: real::Mutex<T>,
}

/// See [`tokio::sync::MutexGuard`].
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    hold: Hold,
    inner: real::MutexGuard<'a, T>,
    lock: &'a Mutex<T>,
}

/// See [`tokio::sync::MappedMutexGuard`].
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    hold: Hold,
    inner: real::MappedMutexGuard<'a, T>,
}

/// See [`tokio::sync::OwnedMutexGuard`].
#[clippy::has_significant_drop]
pub struct OwnedMutexGuard<T: ?Sized + 'static> {
    hold: Hold,
    inner: real::MutexGuard<'static, T>,
    lock: Arc<Mutex<T>>,
}

/// See [`tokio::sync::OwnedMappedMutexGuard`].
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMappedMutexGuard<T: ?Sized + 'static, U: ?Sized + 'static = T> {
    hold: Hold,
    inner: real::MappedMutexGuard<'static, U>,
    lock: Arc<Mutex<T>>,
    // Shared between threads it would share the whole value.
    value: PhantomData<T>,
}

impl<T: ?Sized> Mutex<T> {
    /// See [`tokio::sync::Mutex::new`].
    #[track_caller]
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        let res = Res::new("mutex", Location::caller());
        Self {
            res,
            inner: real::Mutex::new(value),
        }
    }

    /// See [`tokio::sync::Mutex::const_new`].
    #[track_caller]
    pub const fn const_new(value: T) -> Self
    where
        T: Sized,
    {
        let res = Res::new("mutex", Location::caller());
        Self {
            res,
            inner: real::Mutex::const_new(value),
        }
    }

    fn guard<'a>(&'a self, inner: real::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard {
            hold: self.res.hold(1),
            inner,
            lock: self,
        }
    }

    /// See [`tokio::sync::Mutex::lock`].
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        self.res
            .wait(Op::Lock, Location::caller(), self.inner.lock())
            .map(|guard| self.guard(guard))
    }

    /// See [`tokio::sync::Mutex::blocking_lock`].
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        if observe::takes_turns() {
            return observe::block_on(self.lock());
        }
        let wait = self.res.blocks(Op::Lock, Location::caller());
        let guard = self.inner.blocking_lock();
        drop(wait);
        self.guard(guard)
    }

    /// See [`tokio::sync::Mutex::try_lock`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.inner.try_lock().map(|guard| self.guard(guard))
    }

    /// See [`tokio::sync::Mutex::get_mut`].
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    /// See [`tokio::sync::Mutex::into_inner`].
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.inner.into_inner()
    }
}

impl<T: ?Sized + 'static> Mutex<T> {
    fn owned(self: &Arc<Self>, inner: real::MutexGuard<'static, T>) -> OwnedMutexGuard<T> {
        OwnedMutexGuard {
            hold: self.res.hold(1),
            inner,
            lock: Arc::clone(self),
        }
    }

    /// See [`tokio::sync::Mutex::lock_owned`].
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>> {
        let lock = owned::borrow(&self).inner.lock();
        self.res
            .wait(Op::Lock, Location::caller(), lock)
            .map(move |guard| self.owned(guard))
    }

    /// See [`tokio::sync::Mutex::blocking_lock_owned`].
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        if observe::takes_turns() {
            return observe::block_on(self.lock_owned());
        }
        let wait = self.res.blocks(Op::Lock, Location::caller());
        let guard = owned::borrow(&self).inner.blocking_lock();
        drop(wait);
        self.owned(guard)
    }

    /// See [`tokio::sync::Mutex::try_lock_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        let guard = owned::borrow(&self).inner.try_lock()?;
        Ok(self.owned(guard))
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// See [`tokio::sync::MutexGuard::map`].
    pub fn map<U: ?Sized, F: FnOnce(&mut T) -> &mut U>(
        this: Self,
        f: F,
    ) -> MappedMutexGuard<'a, U> {
        MappedMutexGuard {
            hold: this.hold,
            inner: real::MutexGuard::map(this.inner, f),
        }
    }

    /// See [`tokio::sync::MutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<U: ?Sized, F: FnOnce(&mut T) -> Option<&mut U>>(
        this: Self,
        f: F,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        let Self { hold, inner, lock } = this;
        match real::MutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(MappedMutexGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }

    /// See [`tokio::sync::MutexGuard::mutex`].
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.lock
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// See [`tokio::sync::MappedMutexGuard::map`].
    pub fn map<U, F: FnOnce(&mut T) -> &mut U>(this: Self, f: F) -> MappedMutexGuard<'a, U> {
        MappedMutexGuard {
            hold: this.hold,
            inner: real::MappedMutexGuard::map(this.inner, f),
        }
    }

    /// See [`tokio::sync::MappedMutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<U, F: FnOnce(&mut T) -> Option<&mut U>>(
        this: Self,
        f: F,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        let Self { hold, inner } = this;
        match real::MappedMutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(MappedMutexGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner }),
        }
    }
}

impl<T: ?Sized + 'static> OwnedMutexGuard<T> {
    /// See [`tokio::sync::OwnedMutexGuard::map`].
    pub fn map<U: ?Sized + 'static, F: FnOnce(&mut T) -> &mut U>(
        this: Self,
        f: F,
    ) -> OwnedMappedMutexGuard<T, U> {
        let Self { hold, inner, lock } = this;
        OwnedMappedMutexGuard {
            hold,
            inner: real::MutexGuard::map(inner, f),
            lock,
            value: PhantomData,
        }
    }

    /// See [`tokio::sync::OwnedMutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<U: ?Sized + 'static, F: FnOnce(&mut T) -> Option<&mut U>>(
        this: Self,
        f: F,
    ) -> Result<OwnedMappedMutexGuard<T, U>, Self> {
        let Self { hold, inner, lock } = this;
        match real::MutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(OwnedMappedMutexGuard {
                hold,
                inner,
                lock,
                value: PhantomData,
            }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }

    /// See [`tokio::sync::OwnedMutexGuard::mutex`].
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.lock
    }
}

impl<T: ?Sized + 'static, U: ?Sized + 'static> OwnedMappedMutexGuard<T, U> {
    /// See [`tokio::sync::OwnedMappedMutexGuard::map`].
    pub fn map<S: 'static, F: FnOnce(&mut U) -> &mut S>(
        this: Self,
        f: F,
    ) -> OwnedMappedMutexGuard<T, S> {
        let Self {
            hold, inner, lock, ..
        } = this;
        OwnedMappedMutexGuard {
            hold,
            inner: real::MappedMutexGuard::map(inner, f),
            lock,
            value: PhantomData,
        }
    }

    /// See [`tokio::sync::OwnedMappedMutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<S: 'static, F: FnOnce(&mut U) -> Option<&mut S>>(
        this: Self,
        f: F,
    ) -> Result<OwnedMappedMutexGuard<T, S>, Self> {
        let Self {
            hold,
            inner,
            lock,
            value,
        } = this;
        match real::MappedMutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(OwnedMappedMutexGuard {
                hold,
                inner,
                lock,
                value: PhantomData,
            }),
            Err(inner) => Err(Self {
                hold,
                inner,
                lock,
                value,
            }),
        }
    }
}

/// What every guard of a value can do.
macro_rules! guards {
    ($([$($generics:tt)*] $guard:ty, $target:ty;)*) => {$(
        impl<$($generics)*> Deref for $guard {
            type Target = $target;

            fn deref(&self) -> &Self::Target {
                &self.inner
            }
        }

        impl<$($generics)*> DerefMut for $guard {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.inner
            }
        }

        impl<$($generics)*> fmt::Debug for $guard
        where
            $target: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($generics)*> fmt::Display for $guard
        where
            $target: fmt::Display,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

guards! {
    [T: ?Sized] MutexGuard<'_, T>, T;
    [T: ?Sized] MappedMutexGuard<'_, T>, T;
    [T: ?Sized + 'static] OwnedMutexGuard<T>, T;
    [T: ?Sized + 'static, U: ?Sized + 'static] OwnedMappedMutexGuard<T, U>, U;
}
