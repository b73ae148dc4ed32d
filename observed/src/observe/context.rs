//! Which recorder observes this thread, and which task runs on it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Once, OnceLock};
use std::task::Poll;

use super::event::TaskId;
use super::{OpenWait, Options, Recorder};

/// How many recorders there are. While there is none, a call of the facade
/// costs one load.
static RECORDERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
    static TASK: Cell<TaskId> = const { Cell::new(TaskId(0)) };
    /// The task whose poll ended last: tokio wakes its joiner after that poll.
    static ENDED: Cell<TaskId> = const { Cell::new(TaskId(0)) };
    /// The data of the waker that the current task was polled with.
    static WAKER: Cell<usize> = const { Cell::new(0) };
    /// How many `select!` and `timeout` are being polled around this code.
    static CHOICES: Cell<u32> = const { Cell::new(0) };
    /// The waits that have begun within them.
    static BEGUN: RefCell<Vec<(Recorder, OpenWait)>> = const { RefCell::new(Vec::new()) };
    /// Whether a branch waits for something that is not observed.
    static UNOBSERVED: Cell<bool> = const { Cell::new(false) };
    /// How many observed waits have returned `Pending` on this thread.
    static PENDING: Cell<u64> = const { Cell::new(0) };
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
                .or(EVERYWHERE.get())
                .map(with)
        })
        .ok()?
}

/// The same for a recorder that wants to know of tasks and waits.
#[inline]
pub(crate) fn observing<R>(then: impl FnOnce(&Recorder) -> R) -> Option<R> {
    with(|recorder| recorder.observes_tasks().then(|| then(recorder)))?
}

/// The task that runs on this thread.
pub(crate) fn task() -> TaskId {
    TASK.try_with(Cell::get).unwrap_or_default()
}

/// The task that acts now: the one that runs, or the one that has just ended.
pub(crate) fn actor() -> TaskId {
    match task() {
        TaskId(0) => ENDED.try_with(Cell::get).unwrap_or_default(),
        task => task,
    }
}

pub(crate) fn ended(task: TaskId) {
    let _ = ENDED.try_with(|ended| ended.set(task));
}

/// Whether `data` is the waker of the task itself, and no `select!` or
/// `timeout` is around: only there may a wait put off its turn.
pub(crate) fn may_put_off(data: usize) -> bool {
    CHOICES.get() == 0 && WAKER.get() == data
}

/// The branch of an unbiased `select!` that is polled first: by the run's seed
/// where one is observed, else by chance.
#[must_use]
pub fn choose(below: u32) -> u32 {
    with(|recorder| recorder.choose(below))
        .unwrap_or_else(|| tokio::macros::support::thread_rng_n(below))
}

/// Polls one branch of a `select!`. One that is pending without an observed
/// wait can be woken by something that is not observed.
pub(crate) fn branch<T>(poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
    if RECORDERS.load(Relaxed) == 0 {
        return poll();
    }
    let before = PENDING.get();
    let polled = poll();
    if polled.is_pending() && PENDING.get() == before {
        UNOBSERVED.set(true);
    }
    polled
}

/// Whether a poll that is pending waits for something that is not observed.
/// `before` is what [`pending`] said before it.
pub(crate) fn is_unobserved(before: u64) -> bool {
    UNOBSERVED.take() || PENDING.get() == before
}

/// Notes that an observed wait has returned `Pending`.
pub(crate) fn note_pending() {
    PENDING.set(PENDING.get() + 1);
}

/// How many there were.
pub(crate) fn pending() -> u64 {
    PENDING.get()
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
        let task = TASK.replace(TaskId(0));
        Self { before, task }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // The thread-local may be gone where a thread ends.
        let _ = RECORDER.try_with(|slot| slot.replace(before));
        let _ = TASK.try_with(|slot| slot.set(self.task));
    }
}

/// A task runs on this thread until the guard is dropped.
pub(crate) struct Running {
    task: TaskId,
    waker: usize,
    choices: u32,
}

impl Running {
    pub(crate) fn new(task: TaskId, waker: usize) -> Self {
        ENDED.set(TaskId(0));
        Self {
            task: TASK.replace(task),
            waker: WAKER.replace(waker),
            choices: CHOICES.replace(0),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        TASK.set(self.task);
        WAKER.set(self.waker);
        CHOICES.set(self.choices);
    }
}

/// What a `select!` or a `timeout` keeps: the waits that began within it. A
/// future that it only borrows outlives it, but nothing polls that any more:
/// the waits are over when the construct is.
#[derive(Debug, Default)]
pub struct Choice(Vec<(Recorder, OpenWait)>);

impl Choice {
    /// Polls the construct's futures.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        if RECORDERS.load(Relaxed) == 0 {
            return poll();
        }
        let polling = Polling::new();
        let polled = poll();
        self.0.extend(polling.waits());
        if polled.is_ready() {
            self.close();
        }
        polled
    }

    fn close(&mut self) {
        for (recorder, wait) in self.0.drain(..) {
            recorder.waited(wait, false); // Nothing, where it is over already.
        }
    }
}

impl Drop for Choice {
    fn drop(&mut self) {
        self.close();
    }
}

/// A construct is being polled until the guard is dropped.
struct Polling {
    begun: usize,
}

impl Polling {
    fn new() -> Self {
        CHOICES.set(CHOICES.get() + 1);
        Self {
            begun: BEGUN.with_borrow(Vec::len),
        }
    }

    /// The waits that have begun since. They stay in the list for a construct
    /// around this one.
    fn waits(&self) -> Vec<(Recorder, OpenWait)> {
        BEGUN.with_borrow(|begun| begun[self.begun.min(begun.len())..].to_vec())
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        CHOICES.set(CHOICES.get() - 1);
        if CHOICES.get() == 0 {
            BEGUN.with_borrow_mut(Vec::clear);
        }
    }
}

/// A wait has begun, perhaps within a construct.
pub(crate) fn begun(recorder: &Recorder, wait: OpenWait) {
    if CHOICES.get() > 0 {
        BEGUN.with_borrow_mut(|begun| begun.push((recorder.clone(), wait)));
    }
}
