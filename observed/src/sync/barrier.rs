//! `Barrier`.

use std::future::Future;
use std::panic::Location;

use tokio::sync::{self as real, BarrierWaitResult};

use crate::observe::Op;
use crate::wait::Res;

/// Where tasks meet: see [`tokio::sync::Barrier`].
#[derive(Debug)]
pub struct Barrier {
    res: Res,
    inner: real::Barrier,
}

impl Barrier {
    /// See [`tokio::sync::Barrier::new`].
    #[must_use]
    #[track_caller]
    pub fn new(n: usize) -> Self {
        Self {
            res: Res::new("barrier", Location::caller()),
            inner: real::Barrier::new(n),
        }
    }

    /// See [`tokio::sync::Barrier::wait`].
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = BarrierWaitResult> {
        self.res
            .wait(Op::Meet, Location::caller(), self.inner.wait())
    }
}
