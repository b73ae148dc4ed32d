//! Which recorder observes this thread, and which task runs on it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Once, OnceLock};
use std::task::Poll;

use super::event::TaskId;
use super::{OpenWait, Options, Recorder};

/// The number of recorders. While it is 0, a call of this crate costs one load
/// more than the call of tokio.
static RECORDERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
    static NOW: Now = const { Now::new() };
    /// The waits that have begun within the `select!` and `timeout` that are
    /// being polled.
    static BEGUN: RefCell<Vec<OpenWait>> = const { RefCell::new(Vec::new()) };
}

/// What happens on this thread. It has no destructor, so that it can be used
/// to the thread's end.
struct Now {
    /// The task that runs.
    task: Cell<TaskId>,
    /// The task whose poll ended last: tokio wakes its joiner after that poll.
    ended: Cell<TaskId>,
    /// The data of the waker that the task was polled with.
    waker: Cell<usize>,
    /// How many `select!` and `timeout` are being polled around this code.
    choices: Cell<u32>,
    /// How many observed waits have returned `Pending` in this poll.
    pending: Cell<u32>,
    /// Whether a branch waits for something that is not observed.
    unobserved: Cell<bool>,
    /// Whether the task gave up its turn, and wakes itself.
    yields: Cell<bool>,
}

impl Now {
    const fn new() -> Self {
        Self {
            task: Cell::new(TaskId(0)),
            ended: Cell::new(TaskId(0)),
            waker: Cell::new(0),
            choices: Cell::new(0),
            pending: Cell::new(0),
            unobserved: Cell::new(false),
            yields: Cell::new(false),
        }
    }
}

pub(super) fn one_more() {
    RECORDERS.fetch_add(1, Relaxed);
}

pub(super) fn one_less() {
    RECORDERS.fetch_sub(1, Relaxed);
}

/// Observes every thread that no other recorder observes.
static EVERYWHERE: OnceLock<Recorder> = OnceLock::new();

/// Observes the whole program from now on, if its environment asks for it.
pub(crate) fn observe_everywhere() {
    static ASKED: Once = Once::new();
    ASKED.call_once(|| {
        if let Some(options) = Options::from_env() {
            let _ = EVERYWHERE.set(Recorder::new(options, ())); // Only here.
        }
    });
}

/// Calls `with` with the recorder of this thread, if there is one.
#[inline]
pub(crate) fn with<R>(with: impl FnOnce(&Recorder) -> R) -> Option<R> {
    if RECORDERS.load(Relaxed) == 0 {
        return None;
    }
    // An error is a thread that is about to end.
    RECORDER
        .try_with(|recorder| {
            recorder
                .try_borrow()
                .ok()?
                .as_ref()
                .or_else(|| EVERYWHERE.get())
                .map(with)
        })
        .ok()?
}

/// The same for a recorder that observes tasks and waits.
#[inline]
pub(crate) fn observing<R>(then: impl FnOnce(&Recorder) -> R) -> Option<R> {
    with(|recorder| recorder.observes_tasks().then(|| then(recorder)))?
}

/// The task that runs on this thread.
#[inline]
pub(crate) fn task() -> TaskId {
    NOW.with(|now| now.task.get())
}

/// The task that acts now: the one that runs, or the one that has just ended.
pub(crate) fn actor() -> TaskId {
    NOW.with(|now| match now.task.get() {
        TaskId(0) => now.ended.get(),
        task => task,
    })
}

pub(crate) fn ended(task: TaskId) {
    NOW.with(|now| now.ended.set(task));
}

/// Whether `data` is the waker of the task itself, and no `select!` or
/// `timeout` is around: only there may a wait put off its turn.
pub(crate) fn may_put_off(data: usize) -> bool {
    // Outside every task the waker is 0, and so is the data of a no-op waker.
    data != 0 && NOW.with(|now| now.choices.get() == 0 && now.waker.get() == data)
}

/// The branch of an unbiased `select!` that is polled first: by the run's seed
/// where one is observed, else by chance.
#[must_use]
pub fn choose(below: u32) -> u32 {
    with(|recorder| recorder.choose(below))
        .unwrap_or_else(|| tokio::macros::support::thread_rng_n(below))
}

/// Polls one branch of a `select!` or a `join!`. One that is pending without an
/// observed wait can be woken by something that is not observed.
#[inline]
pub(crate) fn branch<T>(poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
    if RECORDERS.load(Relaxed) == 0 {
        return poll();
    }
    NOW.with(|now| {
        let before = now.pending.get();
        let polled = poll();
        if polled.is_pending() && now.pending.get() == before {
            now.unobserved.set(true);
        }
        polled
    })
}

/// Notes that an observed wait has returned `Pending` to a task with this
/// waker. Where it is not the task's own, something between them decides what
/// is polled when, so that not all that the task waits for is known.
#[inline]
pub(crate) fn note_pending(data: usize) {
    NOW.with(|now| {
        now.pending.set(now.pending.get().wrapping_add(1));
        if now.waker.get() != data {
            now.unobserved.set(true);
        }
    });
}

/// The task gives up its turn: tokio will wake it when the others had theirs.
pub(crate) fn yields() {
    NOW.with(|now| now.yields.set(true));
}

/// This thread is observed until the guard is dropped.
#[must_use = "observation ends when it is dropped"]
pub struct Entered {
    before: Option<Recorder>,
    task: TaskId,
}

impl Entered {
    pub(super) fn new(recorder: Recorder) -> Self {
        let before = RECORDER.with(|slot| slot.replace(Some(recorder)));
        let task = NOW.with(|now| now.task.replace(TaskId(0)));
        Self { before, task }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // The thread-local may be gone where a thread ends.
        let _ = RECORDER.try_with(|slot| slot.replace(before));
        NOW.with(|now| now.task.set(self.task));
    }
}

/// A task runs on this thread until the guard is dropped.
pub(crate) struct Running {
    task: TaskId,
    waker: usize,
    choices: u32,
    pending: u32,
    unobserved: bool,
    yields: bool,
}

impl Running {
    pub(crate) fn new(task: TaskId, waker: usize) -> Self {
        NOW.with(|now| {
            now.ended.set(TaskId(0));
            Self {
                task: now.task.replace(task),
                waker: now.waker.replace(waker),
                choices: now.choices.replace(0),
                pending: now.pending.replace(0),
                unobserved: now.unobserved.replace(false),
                yields: now.yields.replace(false),
            }
        })
    }

    /// Whether the task, if it is pending, waits for something that is not
    /// observed.
    pub(crate) fn is_unobserved() -> bool {
        NOW.with(|now| now.unobserved.get() || now.pending.get() == 0)
    }

    /// Whether the task gave up its turn.
    pub(crate) fn has_yielded() -> bool {
        NOW.with(|now| now.yields.get())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        NOW.with(|now| {
            now.task.set(self.task);
            now.waker.set(self.waker);
            now.choices.set(self.choices);
            now.pending.set(self.pending);
            now.unobserved.set(self.unobserved);
            now.yields.set(self.yields);
        });
    }
}

/// Polls the futures of a `select!` or a `timeout`, which stay at `address`. A
/// future that it only borrows outlives it, but nothing polls that any more:
/// the waits that began within it are over when it is.
#[inline]
pub(crate) fn choice<T>(address: usize, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
    if RECORDERS.load(Relaxed) == 0 {
        return poll();
    }
    let polling = Polling::new();
    let polled = poll();
    let begun = polling.begun;
    observing(|recorder| {
        BEGUN.with_borrow(|waits| {
            let waits = waits.get(begun..).unwrap_or_default();
            recorder.choice(address, waits, polled.is_ready());
        });
    });
    polled
}

/// What a `timeout` is known by: unlike the futures of a `select!` it may move
/// between two polls.
#[derive(Debug, Default)]
pub(crate) struct ChoiceKey(usize);

impl ChoiceKey {
    /// As [`choice`] does.
    #[inline]
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        /// No address: these have the highest bit.
        static NEXT: AtomicUsize = AtomicUsize::new(usize::MAX / 2 + 1);
        if RECORDERS.load(Relaxed) > 0 && self.0 == 0 {
            self.0 = NEXT.fetch_add(1, Relaxed);
        }
        choice(self.0, poll)
    }
}

impl Drop for ChoiceKey {
    fn drop(&mut self) {
        if self.0 != 0 {
            leave_choice(self.0);
        }
    }
}

/// The futures at this address are dropped.
#[inline]
pub(crate) fn leave_choice(address: usize) {
    observing(|recorder| recorder.choice(address, &[], true));
}

/// A construct is being polled until the guard is dropped.
struct Polling {
    begun: usize,
}

impl Polling {
    fn new() -> Self {
        NOW.with(|now| now.choices.set(now.choices.get() + 1));
        let begun = BEGUN.with_borrow(Vec::len);
        Self { begun }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        let choices = NOW.with(|now| {
            now.choices.set(now.choices.get().saturating_sub(1));
            now.choices.get()
        });
        // Within another construct they stay, for that one.
        if choices == 0 {
            let _ = BEGUN.try_with(|begun| begun.borrow_mut().clear());
        }
    }
}

/// A wait has begun, perhaps within a construct.
#[inline]
pub(crate) fn begun(wait: OpenWait) {
    if NOW.with(|now| now.choices.get()) > 0 {
        BEGUN.with_borrow_mut(|begun| begun.push(wait));
    }
}
