//! OS threads that obey the run's clock.
//!
//! On the real clock a thread is tokio's `spawn_blocking`. On the virtual one
//! the thread and the runtime pass a baton: the runtime stands still while the
//! thread runs, and the thread stands still while the runtime does what the
//! thread asked for, such as to sleep. One of them runs at a time, so the
//! order of everything they say is the same on every run.

use std::cell::Cell;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::{Clock, Stage, catch_panic, clock};

thread_local! {
    static FOREIGN: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is one of the stage's, not the runtime's own.
pub(super) fn is_foreign() -> bool {
    FOREIGN.get()
}

/// What a thread may do that takes time.
pub struct Thread {
    runtime: Handle,
    /// `None` on the real clock.
    baton: Option<Baton>,
}

type Errand = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread's end of the two channels.
struct Baton {
    errands: Sender<Errand>,
    back: Receiver<()>,
}

impl Stage {
    /// Runs `work` on a thread of its own, where it may block; the handle gives
    /// its result. What `tokio::task::spawn_blocking` does, on both clocks.
    pub fn spawn_blocking<T, F>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce(&Thread) -> T + Send + 'static,
        T: Send + 'static,
    {
        let runtime = Handle::current();
        match self.shared.clock {
            Clock::Real => {
                let body = move || {
                    FOREIGN.set(true);
                    work(&Thread {
                        runtime,
                        baton: None,
                    })
                };
                // It panics where the system has no thread for it at all.
                catch_panic(|| tokio::task::spawn_blocking(body)).unwrap_or_else(|why| {
                    self.fail(anyhow!(why).context("cannot start a thread"));
                    tokio::spawn(std::future::pending())
                })
            }
            Clock::Virtual => tokio::spawn(relay(self.clone(), runtime, work)),
        }
    }
}

/// The runtime's side of the baton: does the thread's errands until it ends.
async fn relay<T, F>(stage: Stage, runtime: Handle, work: F) -> T
where
    F: FnOnce(&Thread) -> T + Send + 'static,
    T: Send + 'static,
{
    /// Waits for the thread even where this task is cancelled.
    struct Relay<T> {
        /// Dropped first: a thread that waits for the baton then unwinds.
        give: Option<Sender<()>>,
        thread: Option<std::thread::JoinHandle<T>>,
    }
    impl<T> Drop for Relay<T> {
        fn drop(&mut self) {
            self.give = None;
            // An error here is the unwinding that was just asked for.
            drop(self.thread.take().map(std::thread::JoinHandle::join));
        }
    }

    let (errands, asked) = channel();
    let (give, back) = channel();
    let body = move || {
        FOREIGN.set(true);
        let _context = runtime.enter();
        work(&Thread {
            runtime: runtime.clone(),
            baton: Some(Baton { errands, back }),
        })
    };
    let thread = match std::thread::Builder::new()
        .spawn(body)
        .context("cannot start a thread")
    {
        Ok(thread) => thread,
        Err(error) => {
            stage.fail(error);
            return std::future::pending().await;
        }
    };
    let mut relay = Relay {
        give: Some(give),
        thread: Some(thread),
    };
    // Blocks the runtime on purpose: no time passes while the thread runs. The
    // channel closes when the thread is done.
    while let Ok(errand) = asked.recv() {
        errand.await;
        if let Some(give) = &relay.give {
            // A thread that is gone closes `asked` too.
            let _ = give.send(());
        }
    }
    match relay.thread.take().map(std::thread::JoinHandle::join) {
        Some(Ok(result)) => result,
        Some(Err(panic)) => resume_unwind(panic),
        None => std::future::pending().await,
    }
}

impl Thread {
    /// Blocks this thread and no other.
    pub fn sleep(&self, time: Duration) {
        match self.baton {
            None => clock::sleep_thread(time),
            Some(_) => self.block_on(tokio::time::sleep(time)),
        }
    }

    /// Has the runtime run `future`, and blocks this thread until it is done.
    pub fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(baton) = &self.baton else {
            return self.runtime.block_on(future);
        };
        let (answer, result) = channel();
        let errand = async move {
            // Nobody is left to hear it only where the thread is gone.
            let _ = answer.send(future.await);
        };
        let sent = baton.errands.send(Box::pin(errand));
        match sent
            .ok()
            .and_then(|()| baton.back.recv().ok())
            .and_then(|()| result.recv().ok())
        {
            Some(output) => output,
            // The run is over. Unwinding ends the thread without a message.
            None => resume_unwind(Box::new("the run is over")),
        }
    }
}
