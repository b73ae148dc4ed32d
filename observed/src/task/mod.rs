//! `tokio::task`, observed.

mod blocking;
mod join_handle;
pub mod join_set;
mod local;
mod observed;

use std::future::Future;
use std::panic::Location;

#[cfg(feature = "rt-multi-thread")]
pub use blocking::block_in_place;
pub use blocking::spawn_blocking;
pub use join_handle::JoinHandle;
pub use join_set::JoinSet;
pub use local::{LocalSet, spawn_local};
pub use tokio::task::*;

use crate::observe;

/// Lets the other tasks have their turn: see [`tokio::task::yield_now`].
pub async fn yield_now() {
    observe::yields();
    tokio::task::yield_now().await;
}

pub(crate) use observed::{Observed, observed, spawned};

/// Spawns a task, as [`tokio::spawn`] does.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let at = Location::caller();
    let (handle, id) = spawned!(future, at, |task| tokio::spawn(task));
    JoinHandle::new(handle, id, at)
}
