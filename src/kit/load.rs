//! How many operations of a kind are in progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts how many operations are in progress concurrently, and keeps the
/// highest count. Its clones count the same operations.
///
/// ```
/// let load = asyncdemo::kit::Load::default();
/// drop(load.begin());
/// let _both = (load.begin(), load.clone().begin());
/// assert_eq!(load.most(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Load(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    present: AtomicUsize,
    most: AtomicUsize,
}

/// An operation that its [`Load`] counts until this is dropped, also where the
/// operation fails or is cancelled.
#[derive(Debug)]
#[must_use]
pub struct InProgress(Load);

impl Load {
    /// Counts an operation that begins.
    pub fn begin(&self) -> InProgress {
        let present = self.0.present.fetch_add(1, Relaxed) + 1;
        self.0.most.fetch_max(present, Relaxed);
        InProgress(self.clone())
    }

    /// The highest number of operations that were in progress concurrently.
    pub fn most(&self) -> usize {
        self.0.most.load(Relaxed)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.0.present.fetch_sub(1, Relaxed);
    }
}
