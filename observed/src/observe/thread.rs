//! Threads that obey the run's clock.
//!
//! On the real clock they are tokio's. On the virtual one the thread and the
//! runtime take turns: the runtime stands still while the thread runs, and the
//! thread stands still while the runtime does what the thread waits for, such
//! as a sleep. One of them runs at a time, so the order of everything they do
//! is the same on every run.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::event::{End, Op, Target, TaskId};
use super::recording::TaskKind;
use super::{Recorder, Running};
use crate::task::Observed;

thread_local! {
    /// The turns that this thread takes with the runtime, if it does.
    static TURNS: RefCell<Option<Turns>> = const { RefCell::new(None) };
}

type Errand = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread's end of the two channels.
struct Turns {
    errands: Sender<Errand>,
    back: Receiver<()>,
}

/// The runtime's end: does the thread's errands until it is done. It waits for
/// the thread also where this task is cancelled.
struct Relay<R> {
    /// Dropped first: a thread that waits for its turn then unwinds.
    give: Option<Sender<()>>,
    thread: Option<std::thread::JoinHandle<R>>,
}

impl<R> Drop for Relay<R> {
    fn drop(&mut self) {
        self.give = None;
        // An error here is the unwinding that was just asked for.
        drop(self.thread.take().map(std::thread::JoinHandle::join));
    }
}

/// Starts a thread that takes turns with the runtime; the future is the
/// runtime's part of it, and gives the result.
pub(crate) fn spawn_thread<F, R>(
    recorder: &Recorder,
    work: F,
    at: &'static Location<'static>,
) -> (impl Future<Output = R> + Send + 'static, Option<TaskId>)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let id = recorder
        .observes_tasks()
        .then(|| recorder.spawned::<F>(TaskKind::Blocking, at));
    let recorder = recorder.clone();
    let relay = relay(recorder.clone(), id, work);
    let future = async move {
        match id {
            Some(id) => Observed::new(recorder, id, relay).await,
            None => relay.await,
        }
    };
    (future, id)
}

async fn relay<F, R>(recorder: Recorder, id: Option<TaskId>, work: F) -> R
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let runtime = Handle::current();
    let here = recorder.clone();
    let (errands, asked) = channel();
    let (give, back) = channel();
    let body = move || {
        TURNS.set(Some(Turns { errands, back }));
        let _runtime = runtime.enter();
        let _observed = recorder.enter();
        let _running = Running::new(id.unwrap_or_default(), 0);
        let result = work();
        TURNS.set(None); // Closes the channel: the thread is done.
        result
    };
    let thread = match std::thread::Builder::new().spawn(body) {
        Ok(thread) => Some(thread),
        Err(error) => {
            let why = format!("cannot start a thread: {error}");
            here.fail(io::Error::new(error.kind(), why));
            return std::future::pending().await;
        }
    };
    let mut relay = Relay {
        give: Some(give),
        thread,
    };
    // Blocks the runtime on purpose: no time passes while the thread runs.
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
        None => unreachable!("it is taken here alone"),
    }
}

/// Has the runtime do an errand, and waits for it. Gives the errand back on a
/// thread that takes no turns.
fn errand(errand: impl Future<Output = ()> + Send + 'static) -> Result<(), Errand> {
    TURNS.with_borrow(|turns| {
        let errand: Errand = Box::pin(errand);
        let Some(turns) = turns else {
            return Err(errand);
        };
        if turns.errands.send(errand).is_err() || turns.back.recv().is_err() {
            // The run is over. Unwinding ends the thread without a message.
            resume_unwind(Box::new("the run is over"));
        }
        Ok(())
    })
}

/// Whether this thread takes turns with the runtime.
pub(crate) fn takes_turns() -> bool {
    TURNS.with_borrow(Option::is_some)
}

/// Blocks this thread until the future is ready, and lets the runtime run
/// meanwhile. The thread must be one that takes turns.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Ring(Notify);
    impl Wake for Ring {
        fn wake(self: Arc<Self>) {
            self.0.notify_one();
        }
    }

    let mut future = pin!(future);
    let ring = Arc::new(Ring(Notify::new()));
    let waker = Waker::from(Arc::clone(&ring));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let ring = Arc::clone(&ring);
        let _ = errand(async move { ring.0.notified().await });
    }
}

/// Blocks the current thread for this long, on the run's clock: what
/// `std::thread::sleep` does on the real one.
#[track_caller]
pub fn sleep_thread(time: Duration) {
    let at = Location::caller();
    let Some(recorder) = Recorder::current() else {
        return std::thread::sleep(time);
    };
    if takes_turns() {
        return block_on(crate::time::sleep(time));
    }
    // Other tasks wait for this thread if it is the runtime's.
    let wait = recorder
        .observes_tasks()
        .then(|| recorder.waits(Target::CLOCK, Op::Block, at));
    if recorder.is_virtual() {
        // Time moves at the first poll; the rest of the future would only let
        // other tasks run.
        let mut advance = pin!(tokio::time::advance(time));
        let _ = advance
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        recorder.look_at_clock();
    } else {
        recorder.flush(); // No idle runtime does so meanwhile.
        std::thread::sleep(time);
    }
    if let Some(wait) = wait {
        recorder.waited(wait, true);
    }
}

/// Runs a closure as a task of its own.
pub(crate) fn run_closure<R: 'static>(
    recorder: &Recorder,
    id: TaskId,
    work: impl FnOnce() -> R,
) -> R {
    let poll = recorder.polled(id, super::Waker::SPAWN);
    let running = Running::new(id, 0);
    let result = catch_unwind(AssertUnwindSafe(work));
    drop(running);
    let end = result
        .as_ref()
        .map_or(End::Panicked, |output| Recorder::end_of(output));
    recorder.poll_over(id, poll, false, Some(end));
    super::ended(id);
    result.unwrap_or_else(|panic| resume_unwind(panic))
}
