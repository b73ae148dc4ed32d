//! `RwLock` and its guards.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use tokio::sync::{self as real, TryLockError};

use super::owned;
use crate::hold::Hold;
use crate::observe::{self, Op};
use crate::wait::Res;

/// A lock for one writer or many readers: see [`tokio::sync::RwLock`].
pub struct RwLock<T: ?Sized> {
    res: Res,
    inner: real::RwLock<T>,
}

/// A guard shows its value.
macro_rules! shows {
    ([$($generics:tt)*] $guard:ty, $target:ty) => {
        impl<$($generics)*> Deref for $guard {
            type Target = $target;

            fn deref(&self) -> &Self::Target {
                &self.inner
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
    };
}

/// Declares the guards, and what each of them can do.
macro_rules! guards {
    ($($name:ident, $real:ident;)*) => {$(
        #[doc = concat!("See [`tokio::sync::", stringify!($name), "`].")]
        #[clippy::has_significant_drop]
        #[must_use = "if unused the RwLock will immediately unlock"]
        pub struct $name<'a, T: ?Sized> {
            hold: Hold,
            inner: real::$real<'a, T>,
        }

        shows!([T: ?Sized] $name<'_, T>, T);
    )*};
}

/// The same for those that own their lock.
macro_rules! owned_guards {
    ($($name:ident, $real:ident;)*) => {$(
        #[doc = concat!("See [`tokio::sync::", stringify!($name), "`].")]
        #[clippy::has_significant_drop]
        pub struct $name<T: ?Sized + 'static, U: ?Sized + 'static = T> {
            hold: Hold,
            inner: real::$real<'static, U>,
            lock: Arc<RwLock<T>>,
        }

        shows!([T: ?Sized + 'static, U: ?Sized + 'static] $name<T, U>, U);

        impl<T: ?Sized + 'static, U: ?Sized + 'static> $name<T, U> {
            #[doc = concat!("See [`tokio::sync::", stringify!($name), "::rwlock`].")]
            pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
                &this.lock
            }
        }
    )*};
}

/// A writer's guard gives its value away to be changed.
macro_rules! changes {
    ($([$($generics:tt)*] $guard:ty;)*) => {$(
        impl<$($generics)*> DerefMut for $guard {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.inner
            }
        }
    )*};
}

guards! {
    RwLockReadGuard, RwLockReadGuard;
    RwLockWriteGuard, RwLockWriteGuard;
    RwLockMappedWriteGuard, RwLockMappedWriteGuard;
}

owned_guards! {
    OwnedRwLockReadGuard, RwLockReadGuard;
    OwnedRwLockMappedWriteGuard, RwLockMappedWriteGuard;
}

/// See [`tokio::sync::OwnedRwLockWriteGuard`].
#[clippy::has_significant_drop]
pub struct OwnedRwLockWriteGuard<T: ?Sized + 'static> {
    hold: Hold,
    inner: real::RwLockWriteGuard<'static, T>,
    lock: Arc<RwLock<T>>,
}

shows!([T: ?Sized + 'static] OwnedRwLockWriteGuard<T>, T);

changes! {
    [T: ?Sized] RwLockWriteGuard<'_, T>;
    [T: ?Sized] RwLockMappedWriteGuard<'_, T>;
    [T: ?Sized + 'static] OwnedRwLockWriteGuard<T>;
    [T: ?Sized + 'static, U: ?Sized + 'static] OwnedRwLockMappedWriteGuard<T, U>;
}

impl<T: ?Sized> RwLock<T> {
    /// See [`tokio::sync::RwLock::new`].
    #[track_caller]
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        let res = Res::new("rwlock", Location::caller());
        Self {
            res,
            inner: real::RwLock::new(value),
        }
    }

    /// See [`tokio::sync::RwLock::with_max_readers`].
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        let res = Res::new("rwlock", Location::caller());
        Self {
            res,
            inner: real::RwLock::with_max_readers(value, max_reads),
        }
    }

    /// See [`tokio::sync::RwLock::const_new`].
    #[track_caller]
    pub const fn const_new(value: T) -> Self
    where
        T: Sized,
    {
        let res = Res::new("rwlock", Location::caller());
        Self {
            res,
            inner: real::RwLock::const_new(value),
        }
    }

    /// See [`tokio::sync::RwLock::const_with_max_readers`].
    #[track_caller]
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        let res = Res::new("rwlock", Location::caller());
        Self {
            res,
            inner: real::RwLock::const_with_max_readers(value, max_reads),
        }
    }

    /// See [`tokio::sync::RwLock::read`].
    #[track_caller]
    pub fn read(&self) -> impl Future<Output = RwLockReadGuard<'_, T>> {
        self.res
            .wait(Op::Read, Location::caller(), self.inner.read())
            .map(|inner| RwLockReadGuard {
                hold: self.res.hold(1),
                inner,
            })
    }

    /// See [`tokio::sync::RwLock::blocking_read`].
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        if observe::takes_turns() {
            return observe::block_on(self.read());
        }
        let wait = self.res.blocks(Op::Read, Location::caller());
        let inner = self.inner.blocking_read();
        drop(wait);
        RwLockReadGuard {
            hold: self.res.hold(1),
            inner,
        }
    }

    /// See [`tokio::sync::RwLock::try_read`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let inner = self.inner.try_read()?;
        Ok(RwLockReadGuard {
            hold: self.res.hold(1),
            inner,
        })
    }

    /// See [`tokio::sync::RwLock::write`].
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = RwLockWriteGuard<'_, T>> {
        self.res
            .wait(Op::Write, Location::caller(), self.inner.write())
            .map(|inner| RwLockWriteGuard {
                hold: self.res.hold(1),
                inner,
            })
    }

    /// See [`tokio::sync::RwLock::blocking_write`].
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        if observe::takes_turns() {
            return observe::block_on(self.write());
        }
        let wait = self.res.blocks(Op::Write, Location::caller());
        let inner = self.inner.blocking_write();
        drop(wait);
        RwLockWriteGuard {
            hold: self.res.hold(1),
            inner,
        }
    }

    /// See [`tokio::sync::RwLock::try_write`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let inner = self.inner.try_write()?;
        Ok(RwLockWriteGuard {
            hold: self.res.hold(1),
            inner,
        })
    }

    /// See [`tokio::sync::RwLock::get_mut`].
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    /// See [`tokio::sync::RwLock::into_inner`].
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.inner.into_inner()
    }
}

impl<T: ?Sized + 'static> RwLock<T> {
    /// See [`tokio::sync::RwLock::read_owned`].
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockReadGuard<T>> {
        let read = owned::borrow(&self).inner.read();
        self.res
            .wait(Op::Read, Location::caller(), read)
            .map(move |inner| OwnedRwLockReadGuard {
                hold: self.res.hold(1),
                inner,
                lock: Arc::clone(&self),
            })
    }

    /// See [`tokio::sync::RwLock::try_read_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        let inner = owned::borrow(&self).inner.try_read()?;
        Ok(OwnedRwLockReadGuard {
            hold: self.res.hold(1),
            inner,
            lock: self,
        })
    }

    /// See [`tokio::sync::RwLock::write_owned`].
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockWriteGuard<T>> {
        let write = owned::borrow(&self).inner.write();
        self.res
            .wait(Op::Write, Location::caller(), write)
            .map(move |inner| OwnedRwLockWriteGuard {
                hold: self.res.hold(1),
                inner,
                lock: Arc::clone(&self),
            })
    }

    /// See [`tokio::sync::RwLock::try_write_owned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        let inner = owned::borrow(&self).inner.try_write()?;
        Ok(OwnedRwLockWriteGuard {
            hold: self.res.hold(1),
            inner,
            lock: self,
        })
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// See [`tokio::sync::RwLockReadGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, V>
    where
        F: FnOnce(&T) -> &V,
    {
        let Self { hold, inner } = this;
        RwLockReadGuard {
            hold,
            inner: real::RwLockReadGuard::map(inner, f),
        }
    }

    /// See [`tokio::sync::RwLockReadGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, V>, Self>
    where
        F: FnOnce(&T) -> Option<&V>,
    {
        let Self { hold, inner } = this;
        match real::RwLockReadGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockReadGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner }),
        }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// See [`tokio::sync::RwLockWriteGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, V>
    where
        F: FnOnce(&mut T) -> &mut V,
    {
        let Self { hold, inner } = this;
        RwLockMappedWriteGuard {
            hold,
            inner: real::RwLockWriteGuard::map(inner, f),
        }
    }

    /// See [`tokio::sync::RwLockWriteGuard::downgrade_map`].
    pub fn downgrade_map<F, V: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, V>
    where
        F: FnOnce(&T) -> &V,
    {
        let Self { hold, inner } = this;
        RwLockReadGuard {
            hold,
            inner: real::RwLockWriteGuard::downgrade_map(inner, f),
        }
    }

    /// See [`tokio::sync::RwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, V>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut V>,
    {
        let Self { hold, inner } = this;
        match real::RwLockWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockMappedWriteGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner }),
        }
    }

    /// See [`tokio::sync::RwLockWriteGuard::try_downgrade_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_downgrade_map<F, V: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, V>, Self>
    where
        F: FnOnce(&T) -> Option<&V>,
    {
        let Self { hold, inner } = this;
        match real::RwLockWriteGuard::try_downgrade_map(inner, f) {
            Ok(inner) => Ok(RwLockReadGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner }),
        }
    }

    /// See [`tokio::sync::RwLockWriteGuard::into_mapped`].
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        let Self { hold, inner } = this;
        RwLockMappedWriteGuard {
            hold,
            inner: real::RwLockWriteGuard::into_mapped(inner),
        }
    }

    /// See [`tokio::sync::RwLockWriteGuard::downgrade`].
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        let Self { hold, inner } = self;
        RwLockReadGuard {
            hold,
            inner: inner.downgrade(),
        }
    }
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// See [`tokio::sync::RwLockMappedWriteGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, V>
    where
        F: FnOnce(&mut T) -> &mut V,
    {
        let Self { hold, inner } = this;
        RwLockMappedWriteGuard {
            hold,
            inner: real::RwLockMappedWriteGuard::map(inner, f),
        }
    }

    /// See [`tokio::sync::RwLockMappedWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, V>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut V>,
    {
        let Self { hold, inner } = this;
        match real::RwLockMappedWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockMappedWriteGuard { hold, inner }),
            Err(inner) => Err(Self { hold, inner }),
        }
    }
}

impl<T: ?Sized + 'static, U: ?Sized + 'static> OwnedRwLockReadGuard<T, U> {
    /// See [`tokio::sync::OwnedRwLockReadGuard::map`].
    pub fn map<F, V: ?Sized + 'static>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        let Self { hold, inner, lock } = this;
        OwnedRwLockReadGuard {
            hold,
            inner: real::RwLockReadGuard::map(inner, f),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockReadGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized + 'static>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        let Self { hold, inner, lock } = this;
        match real::RwLockReadGuard::try_map(inner, f) {
            Ok(inner) => Ok(OwnedRwLockReadGuard { hold, inner, lock }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }
}

impl<T: ?Sized + 'static> OwnedRwLockWriteGuard<T> {
    /// See [`tokio::sync::OwnedRwLockWriteGuard::map`].
    pub fn map<F, V: ?Sized + 'static>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut T) -> &mut V,
    {
        let Self { hold, inner, lock } = this;
        OwnedRwLockMappedWriteGuard {
            hold,
            inner: real::RwLockWriteGuard::map(inner, f),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::downgrade_map`].
    pub fn downgrade_map<F, V: ?Sized + 'static>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&T) -> &V,
    {
        let Self { hold, inner, lock } = this;
        OwnedRwLockReadGuard {
            hold,
            inner: real::RwLockWriteGuard::downgrade_map(inner, f),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized + 'static>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut V>,
    {
        let Self { hold, inner, lock } = this;
        match real::RwLockWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(OwnedRwLockMappedWriteGuard { hold, inner, lock }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::try_downgrade_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_downgrade_map<F, V: ?Sized + 'static>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&T) -> Option<&V>,
    {
        let Self { hold, inner, lock } = this;
        match real::RwLockWriteGuard::try_downgrade_map(inner, f) {
            Ok(inner) => Ok(OwnedRwLockReadGuard { hold, inner, lock }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::into_mapped`].
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        let Self { hold, inner, lock } = this;
        OwnedRwLockMappedWriteGuard {
            hold,
            inner: real::RwLockWriteGuard::into_mapped(inner),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::downgrade`].
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        let Self { hold, inner, lock } = self;
        OwnedRwLockReadGuard {
            hold,
            inner: inner.downgrade(),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockWriteGuard::rwlock`].
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.lock
    }
}

impl<T: ?Sized + 'static, U: ?Sized + 'static> OwnedRwLockMappedWriteGuard<T, U> {
    /// See [`tokio::sync::OwnedRwLockMappedWriteGuard::map`].
    pub fn map<F, V: ?Sized + 'static>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let Self { hold, inner, lock } = this;
        OwnedRwLockMappedWriteGuard {
            hold,
            inner: real::RwLockMappedWriteGuard::map(inner, f),
            lock,
        }
    }

    /// See [`tokio::sync::OwnedRwLockMappedWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, where `f` gives nothing.
    pub fn try_map<F, V: ?Sized + 'static>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        let Self { hold, inner, lock } = this;
        match real::RwLockMappedWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(OwnedRwLockMappedWriteGuard { hold, inner, lock }),
            Err(inner) => Err(Self { hold, inner, lock }),
        }
    }
}
