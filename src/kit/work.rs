//! How much work is not done yet.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::Notify;

/// Counts work that is not done yet, as `task_done` and `join` of asyncio's queue
/// do. Its clones count the same work.
#[derive(Clone, Debug)]
pub struct Work(Arc<Count>);

#[derive(Debug)]
struct Count {
    unfinished: AtomicUsize,
    all_done: Notify,
}

impl Work {
    /// No work yet.
    #[expect(
        clippy::new_without_default,
        reason = "a default would have no name in reports"
    )]
    #[track_caller] // reports name it after the caller's variable
    pub fn new() -> Self {
        Self(Arc::new(Count {
            unfinished: AtomicUsize::new(0),
            all_done: Notify::new(),
        }))
    }

    /// Adds a piece of work.
    pub fn add(&self) {
        self.0.unfinished.fetch_add(1, SeqCst);
    }

    /// Marks a piece of work as done.
    pub fn task_done(&self) {
        if self.0.unfinished.fetch_sub(1, SeqCst) == 1 {
            self.0.all_done.notify_waiters();
        }
    }

    /// Waits until all work is done. Safe to cancel.
    #[track_caller] // reports say that the caller waits
    pub fn join(&self) -> impl Future<Output = ()> + Send {
        let all_done = self.0.all_done.notified();
        async move {
            let mut all_done = pin!(all_done);
            all_done.as_mut().enable(); // before the count is read: no notification is missed
            if self.0.unfinished.load(SeqCst) > 0 {
                all_done.await;
            }
        }
    }
}
