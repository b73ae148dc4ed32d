//! What the wrappers of tokio's types share: a resource, and a wait for it.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::task::coop::has_budget_remaining;

use crate::hold::Hold;
use crate::observe::{self, Op, OpenWait, Recorder, ResourceId, Target, TaskId};

/// Something that tasks wait for. It gets its number at its first use, so that
/// it can be made in a constant.
pub(crate) struct Res {
    number: AtomicU64,
    kind: &'static str,
    at: &'static Location<'static>,
}

impl Res {
    pub(crate) const fn new(kind: &'static str, at: &'static Location<'static>) -> Self {
        Self {
            number: AtomicU64::new(0),
            kind,
            at,
        }
    }

    fn id(&self, recorder: &Recorder) -> ResourceId {
        recorder.resource(&self.number, self.kind, self.at)
    }

    /// A future that is a wait for this resource while it is pending.
    pub(crate) fn wait<F>(&self, op: Op, at: &'static Location<'static>, future: F) -> Waiting<F> {
        Waiting::new(self.target(), op, at, future)
    }

    /// The same for a future that needs no more memory unobserved.
    pub(crate) fn slim<F>(&self, op: Op, at: &'static Location<'static>, future: F) -> Slim<F> {
        let target = self.target();
        let watch = target.is_some().then(|| Watch::new(target, op, false, at));
        Slim::new(watch, future)
    }

    fn target(&self) -> Option<Target> {
        observe::observing(|recorder| Target::resource(self.id(recorder)))
    }

    /// A wait of a thread that blocks, until the guard is dropped.
    pub(crate) fn blocks(&self, op: Op, at: &'static Location<'static>) -> Blocks {
        Blocks(observe::observing(|recorder| {
            let target = Target::resource(self.id(recorder));
            (recorder.clone(), recorder.waits(target, op, at))
        }))
    }

    /// The running task acquired so much of it.
    pub(crate) fn hold(&self, amount: usize) -> Hold {
        observe::observing(|recorder| Hold::new(recorder, self.id(recorder), amount))
            .unwrap_or_else(|| Hold::unobserved(amount))
    }

    /// A task belongs to it: a set of tasks.
    pub(crate) fn member(&self, task: TaskId) {
        observe::observing(|recorder| recorder.member(self.id(recorder), task));
    }

    /// The running task notifies those who wait for it.
    pub(crate) fn notified(&self, at: &'static Location<'static>) {
        observe::observing(|recorder| recorder.notified(self.id(recorder), at));
    }

    /// Its value is this now.
    pub(crate) fn value(&self, value: impl FnOnce() -> usize) {
        observe::observing(|recorder| {
            recorder.value(
                self.id(recorder),
                u32::try_from(value()).unwrap_or(u32::MAX),
            );
        });
    }
}

impl fmt::Debug for Res {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

/// A thread that blocks until this is dropped.
pub(crate) struct Blocks(Option<(Recorder, OpenWait)>);

impl Drop for Blocks {
    fn drop(&mut self) {
        if let Some((recorder, wait)) = &self.0 {
            recorder.waited(*wait, true);
        }
    }
}

pin_project! {
    /// A future whose pending is a task's wait: from the first `Pending` to its
    /// end, whether it is ready then or dropped.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Waiting<F> {
        #[pin]
        future: F,
        // Boxed, so that an unobserved future is one pointer larger than tokio's.
        watch: Option<Box<Watch>>,
    }
}

/// What a recorder is told about a wait.
pub(crate) struct Watch {
    /// `None` where only lines are recorded.
    target: Option<Target>,
    /// Whether to let other tasks run first; see [`Sleep`](crate::time::Sleep).
    yields: bool,
    op: Op,
    /// How many turns it has put off in a row.
    row: u8,
    at: &'static Location<'static>,
    open: Option<(Recorder, OpenWait)>,
}

impl Watch {
    pub(crate) fn new(
        target: Option<Target>,
        op: Op,
        yields: bool,
        at: &'static Location<'static>,
    ) -> Self {
        Self {
            target,
            yields,
            op,
            row: 0,
            at,
            open: None,
        }
    }

    /// The same as [`Waiting::poll`], for a future that is observed.
    fn poll<F: Future>(&mut self, future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(target) = self.target else {
            return future.poll(cx);
        };
        // Before the operation begins, another task may come first.
        if self.open.is_none() && self.op != Op::Sleep && puts_off(&mut self.row, cx) {
            return Poll::Pending;
        }
        let budget = has_budget_remaining();
        let polled = future.poll(cx);
        if polled.is_ready() {
            self.close(true);
        } else if !budget {
            observe::yields();
        } else {
            observe::note_pending(cx.waker().data().addr());
            let open = self.open.as_ref();
            if !open.is_some_and(|(recorder, wait)| recorder.is_open(*wait)) {
                self.open = observe::observing(|recorder| {
                    let wait = recorder.waits(target, self.op, self.at);
                    observe::begun(wait);
                    (recorder.clone(), wait)
                });
            }
        }
        polled
    }

    fn close(&mut self, done: bool) {
        if let Some((recorder, wait)) = self.open.take() {
            recorder.waited(wait, done);
        }
    }
}

/// Closes the wait where the future is dropped.
impl Drop for Watch {
    fn drop(&mut self) {
        self.close(false);
    }
}

impl<F> Waiting<F> {
    /// `target` is `None` where nothing observes.
    #[inline]
    pub(crate) fn new(
        target: Option<Target>,
        op: Op,
        at: &'static Location<'static>,
        future: F,
    ) -> Self {
        Self {
            future,
            watch: target.map(|_| Box::new(Watch::new(target, op, false, at))),
        }
    }

    /// A future with another output.
    pub(crate) fn map<T, M: FnMut(F::Output) -> T>(self, map: M) -> Mapped<F, M>
    where
        F: Future,
    {
        Mapped { wait: self, map }
    }

    pub(crate) fn get_ref(&self) -> &F {
        &self.future
    }

    pub(crate) fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    pub(crate) fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for Waiting<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.watch {
            None => this.future.poll(cx),
            Some(watch) => watch.poll(this.future, cx),
        }
    }
}

pin_project! {
    /// A wait whose output becomes another one, such as an observed guard. An
    /// `async` block would keep the wait twice: as captured and as awaited.
    /// Like such a block, and like tokio's futures, it is not `Unpin`.
    ///
    /// The wait is dropped before `map` and what that captured.
    #[project(!Unpin)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Mapped<F, M> {
        #[pin]
        wait: Waiting<F>,
        map: M,
    }
}

impl<F: Future, T, M: FnMut(F::Output) -> T> Future for Mapped<F, M> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        this.wait.poll(cx).map(this.map)
    }
}

pin_project! {
    /// The same as [`Waiting`], in no more memory than the future itself while
    /// nothing observes: for those that a program may have a million of. It
    /// needs a future with a niche.
    #[project = SlimProjection]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) enum Slim<F> {
        Plain {
            #[pin]
            future: F,
        },
        Watched {
            watched: Pin<Box<Watched<F>>>,
        },
    }
}

pin_project! {
    pub(crate) struct Watched<F> {
        #[pin]
        future: F,
        watch: Watch,
    }
}

impl<F> Slim<F> {
    /// `watch` is `None` where nothing observes.
    #[inline]
    pub(crate) fn new(watch: Option<Watch>, future: F) -> Self {
        match watch {
            None => Self::Plain { future },
            Some(watch) => Self::Watched {
                watched: Box::pin(Watched { future, watch }),
            },
        }
    }

    /// Whether it should let the other tasks run first; true once at most.
    #[inline]
    pub(crate) fn yields(self: Pin<&mut Self>) -> bool {
        match self.project() {
            SlimProjection::Plain { .. } => false,
            SlimProjection::Watched { watched } => {
                std::mem::take(&mut watched.as_mut().project().watch.yields)
            }
        }
    }

    pub(crate) fn get_ref(&self) -> &F {
        match self {
            Self::Plain { future } => future,
            Self::Watched { watched } => &watched.future,
        }
    }

    pub(crate) fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut F> {
        match self.project() {
            SlimProjection::Plain { future } => future,
            SlimProjection::Watched { watched } => watched.as_mut().project().future,
        }
    }
}

impl<F: Future> Future for Slim<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            SlimProjection::Plain { future } => future.poll(cx),
            SlimProjection::Watched { watched } => {
                let watched = watched.as_mut().project();
                watched.watch.poll(watched.future, cx)
            }
        }
    }
}

impl<F: fmt::Debug> fmt::Debug for Slim<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

/// Whether the task gives up its turn here, by the run's schedule.
fn puts_off(row: &mut u8, cx: &Context<'_>) -> bool {
    let puts_off = observe::may_put_off(cx.waker().data().addr())
        && observe::observing(|recorder| recorder.puts_off(row)).unwrap_or(false);
    if puts_off {
        cx.waker().wake_by_ref();
    }
    puts_off
}

impl<F: fmt::Debug> fmt::Debug for Waiting<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.fmt(f)
    }
}
