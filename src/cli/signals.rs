//! Ctrl-C and its kin.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use tokio::sync::oneshot;

/// How long an interrupted run may take to wind up.
const GRACE: Duration = Duration::from_millis(300);

/// Does `work` on a thread of its own while this one listens. A signal asks
/// `work` to end; if it cannot, because a call blocks it, it is left behind.
/// `None` is a work that was interrupted and did not say so itself.
///
/// # Errors
///
/// When the system refuses a thread or a signal handler.
pub fn listen_during<T: Send + 'static>(
    work: impl FnOnce(oneshot::Receiver<()>) -> T + Send + 'static,
) -> io::Result<Option<T>> {
    /// Wakes the listener even where the work panics.
    struct Done(Handle);
    impl Drop for Done {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let done = Done(signals.handle());
    let (interrupt, interrupted) = oneshot::channel();
    let (answer, result) = channel();
    let worker = thread::Builder::new().spawn(move || {
        let _done = done;
        // The listener is gone only where it did not want to wait.
        let _ = answer.send(work(interrupted));
    })?;
    if signals.forever().next().is_some() {
        let _ = interrupt.send(()); // It may just have ended.
        return Ok(result.recv_timeout(GRACE).ok());
    }
    match (result.recv(), worker.join()) {
        (_, Err(panic)) => resume_unwind(panic),
        (result, Ok(())) => Ok(result.ok()),
    }
}
