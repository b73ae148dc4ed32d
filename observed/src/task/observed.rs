//! A task's future, and the waker that knows who woke it.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

use crate::observe::{self, End, Recorder, Running, TaskId, TaskKind, Waker as WokenBy};

pin_project! {
    /// A task's future while it is observed. The future is dropped first: what
    /// that does still belongs to the task.
    pub struct Observed<F> {
        #[pin]
        future: F,
        alive: Alive,
        waker: Option<(Arc<TaskWaker>, Waker)>,
        row: u8,
        begun: bool,
    }
}

/// A task that has not ended. Dropped before that, it was cancelled, or it
/// panicked.
struct Alive {
    recorder: Recorder,
    id: TaskId,
    ended: bool,
    /// The poll that is under way.
    poll: Option<observe::Poll>,
}

impl Alive {
    fn poll_over(&mut self, unobserved: bool, end: Option<End>) {
        if let Some(poll) = self.poll.take() {
            self.recorder.poll_over(self.id, poll, unobserved, end);
        }
        if end.is_some() {
            self.ended = true;
            observe::ended(self.id); // Whom tokio wakes next has waited for this.
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if self.poll.is_some() {
            self.poll_over(false, Some(End::Panicked)); // The poll did not return.
        } else if !self.ended {
            self.recorder.ended(self.id, End::Cancelled);
            observe::ended(self.id);
        }
    }
}

/// Spawns a future by an expression, which gets it as it is, or wrapped where a
/// recorder observes. Gives the expression's value, and the observed task.
macro_rules! spawned {
    ($future:expr, $at:expr, |$task:ident| $spawn:expr) => {
        match $crate::observe::observing($crate::observe::Recorder::clone) {
            None => {
                let $task = $future;
                ($spawn, None)
            }
            Some(recorder) => {
                let ($task, id) = $crate::task::observed(recorder, $future, $at);
                ($spawn, Some(id))
            }
        }
    };
}
pub(crate) use spawned;

/// The future of a new task that is observed, and the task. Boxed, because tokio
/// rounds the size of a task up to 128 bytes, which is much for a million.
pub(crate) fn observed<F: Future>(
    recorder: Recorder,
    future: F,
    at: &'static Location<'static>,
) -> (Pin<Box<Observed<F>>>, TaskId) {
    let id = recorder.spawned::<F>(TaskKind::Async, at);
    (Box::pin(Observed::new(recorder, id, future)), id)
}

impl<F> Observed<F> {
    pub(crate) fn new(recorder: Recorder, id: TaskId, future: F) -> Self {
        Self {
            future,
            alive: Alive {
                recorder,
                id,
                ended: false,
                poll: None,
            },
            waker: None,
            row: 0,
            begun: false,
        }
    }
}

impl<F: Future> Future for Observed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (recorder, id) = (&this.alive.recorder, this.alive.id);
        if !std::mem::replace(this.begun, true) {
            let late = recorder.late(id);
            if !late.is_zero() {
                let waker = cx.waker().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(late).await;
                    waker.wake();
                });
                return Poll::Pending;
            }
        }
        if recorder.puts_off(this.row) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // `will_wake` says no where two parts of the program have a vtable each.
        let knows = |(task, _): &(Arc<TaskWaker>, Waker)| task.inner.data() == cx.waker().data();
        if !this.waker.as_ref().is_some_and(knows) {
            let woken = this
                .waker
                .as_ref()
                .map_or(WokenBy::SPAWN, |(task, _)| task.woken());
            let task = Arc::new(TaskWaker::new(cx.waker().clone(), id, woken));
            *this.waker = Some((Arc::clone(&task), Waker::from(task)));
        }
        let Some((task, waker)) = this.waker.as_ref() else {
            return this.future.poll(cx); // It was just made.
        };
        this.alive.poll = Some(recorder.polled(id, task.woken()));
        let running = Running::new(id, waker.data().addr());
        let polled = this.future.poll(&mut Context::from_waker(waker));
        if polled.is_pending() && Running::has_yielded() {
            task.note_by(WokenBy::ITSELF);
        }
        let (unobserved, end) = match &polled {
            Poll::Pending => (Running::is_unobserved(), None),
            Poll::Ready(output) => (false, Some(Recorder::end_of(output))),
        };
        drop(running);
        this.alive.poll_over(unobserved, end);
        polled
    }
}

/// Wakes a task, and notes who did it first.
struct TaskWaker {
    inner: Waker,
    id: TaskId,
    woken: AtomicU32,
}

impl TaskWaker {
    fn new(inner: Waker, id: TaskId, woken: WokenBy) -> Self {
        Self {
            inner,
            id,
            woken: AtomicU32::new(woken.bits()),
        }
    }

    /// Who woke it since it was last asked.
    fn woken(&self) -> WokenBy {
        WokenBy::of(self.woken.swap(WokenBy::SPAWN.bits(), Relaxed))
    }

    fn note(&self) {
        let by = match observe::actor() {
            TaskId(0) => WokenBy::OUTSIDE,
            id if id == self.id => WokenBy::ITSELF,
            id => WokenBy::task(id),
        };
        self.note_by(by);
    }

    fn note_by(&self, by: WokenBy) {
        // The first one counts; an error is that there was one.
        let _ = self
            .woken
            .compare_exchange(WokenBy::SPAWN.bits(), by.bits(), Relaxed, Relaxed);
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.note();
        self.inner.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.note();
        self.inner.wake_by_ref();
    }
}
