//! `tokio::sync::mpsc`, observed.

mod bounded;
mod unbounded;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub use bounded::{OwnedPermit, Permit, PermitIterator, Receiver, Sender, WeakSender, channel};
pub use tokio::sync::mpsc::error;
pub use unbounded::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel};

use crate::wait::Res;

/// What both ends of a channel share.
#[derive(Debug)]
struct Channel {
    res: Res,
    /// Messages that were sent and not received.
    length: AtomicUsize,
}

impl Channel {
    fn new(at: &'static Location<'static>) -> Arc<Self> {
        Arc::new(Self {
            res: Res::new("channel", at),
            length: AtomicUsize::new(0),
        })
    }

    fn sent(&self) {
        let before = self.length.fetch_add(1, Relaxed);
        self.res.value(|| before.wrapping_add(1));
    }

    /// The receiver may note a message before its sender does.
    fn received(&self, messages: usize) {
        if messages > 0 {
            let before = self.length.fetch_sub(messages, Relaxed);
            self.res.value(|| before.saturating_sub(messages));
        }
    }
}
