//! Takes down what happens, and knows at any moment who waits for what.

use std::any::type_name;
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::context::{self, Entered};
use super::event::{
    End, Event, Op, PlaceId, ResourceId, Target, TaskId, WaitId, WaitsFor, Waker, What,
};
use super::list::List;
use super::quick::QuickMap;
use super::recording::{Place, Recording, Resource, Task, TaskKind};
use super::schedule::Schedule;
use super::{Line, Options, Sink, names};

/// Observes runtimes: those that are built while it is entered.
///
/// Cheap to clone; every clone is the same recorder.
#[derive(Clone)]
pub struct Recorder(Arc<Shared>);

pub(super) struct Shared {
    pub(super) options: Options,
    schedule: Schedule,
    start: OnceLock<Instant>,
    /// The run's own runtime, where it began within one.
    runtime: OnceLock<runtime::Id>,
    /// Nanoseconds at the latest event, or when the virtual clock was last read.
    latest: AtomicU64,
    /// Whether the virtual clock may have moved since it was last read.
    moves: AtomicBool,
    number: u32,
    state: Mutex<State>,
    /// Rung when the sink fails.
    failed: Notify,
    /// Rung when the tasks cannot go on, and when they can again.
    stuck: Notify,
    /// Whether a runtime can wait for I/O.
    io: AtomicBool,
    /// How many `select!` and `timeout` have waits.
    choices: AtomicUsize,
}

impl Drop for Shared {
    fn drop(&mut self) {
        context::one_less();
    }
}

/// Everything that events change.
pub(super) struct State {
    pub(super) recording: Recording,
    pub(super) live: Live,
    /// By the address of the location.
    places: QuickMap<usize, PlaceId>,
    /// By the address of the type's name.
    bases: QuickMap<usize, u32>,
    /// One for each type, which may have several addresses.
    counts: Vec<Base>,
    /// By the address of the location that makes them.
    resource_names: QuickMap<usize, Option<String>>,
    file_name: fn(&'static str) -> &'static str,
    sink: Box<dyn Sink>,
    failure: Option<io::Error>,
    /// After the run's end only lines are recorded: tasks that are dropped may
    /// print some.
    over: bool,
    /// Nothing more is recorded.
    closed: bool,
}

/// What the tasks of one type are called.
struct Base {
    full: &'static str,
    name: u32,
    count: u32,
}

/// Who waits for what and who holds what, now.
#[derive(Default)]
pub(super) struct Live {
    /// The first one is no task.
    pub(super) tasks: List<LiveTask>,
    pub(super) waits: List<LiveWait>,
    free: Vec<u32>,
    /// Tasks that have not ended.
    pub(super) alive: usize,
    /// Tasks among them that only another task can wake.
    pub(super) stuck: usize,
    /// Work on threads that has not ended.
    pub(super) blocking: usize,
    /// How much of a resource each task holds.
    pub(super) held: QuickMap<(ResourceId, TaskId), u32>,
    /// The tasks of each set; some may have ended.
    pub(super) members: QuickMap<ResourceId, Vec<TaskId>>,
    /// Who notified each `Notify` last, and where.
    pub(super) notified: QuickMap<ResourceId, Notified>,
    /// The waits that have begun within each `select!` and `timeout`.
    choices: QuickMap<usize, Vec<OpenWait>>,
    /// Whether all tasks were stuck when the runtime last had nothing to do.
    parked_stuck: bool,
    /// Counts everything that happens.
    pub(super) life: u64,
    /// Counts waits.
    waits_begun: u32,
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a million of them are kept")]
pub(super) struct LiveTask {
    pub(super) ended: bool,
    /// Waits for another task.
    waits: u16,
    /// Waits for the clock.
    timers: u16,
    /// Whether it waits for something that is not observed.
    unobserved: bool,
    stuck: bool,
    blocking: bool,
    has_printed: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Notified {
    pub(super) task: TaskId,
    pub(super) place: PlaceId,
}

/// An open wait, or a free place for one.
#[derive(Clone, Copy)]
pub(super) struct LiveWait {
    pub(super) task: TaskId,
    pub(super) target: Target,
    pub(super) op: Op,
    pub(super) place: PlaceId,
    pub(super) number: WaitId,
    pub(super) open: bool,
}

/// An open wait, as its future keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenWait {
    slot: u32,
    number: WaitId,
}

/// A poll that is under way: the number of its event, and when it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poll {
    number: usize,
    nanos: u64,
}

impl Poll {
    /// One that began when nothing was recorded any more.
    const NONE: Self = Self {
        number: usize::MAX,
        nanos: u64::MAX,
    };
}

impl OpenWait {
    /// One that began when nothing was recorded any more.
    const NONE: Self = Self {
        slot: u32::MAX,
        number: WaitId(u32::MAX),
    };
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder that hands what happens to `sink`.
    #[must_use]
    pub fn new(options: Options, sink: impl Sink + 'static) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        context::one_more();
        let number = NUMBER.fetch_add(1, Relaxed);
        Self(Arc::new(Shared {
            schedule: Schedule::new(options.schedule, options.seed),
            options,
            start: OnceLock::new(),
            runtime: OnceLock::new(),
            latest: AtomicU64::new(0),
            moves: AtomicBool::new(true),
            // Wraps after four billion recorders; two of the same number would
            // have to share a static resource.
            number: u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default(),
            state: Mutex::new(State {
                recording: Recording::default(),
                live: Live::new(),
                places: QuickMap::default(),
                bases: QuickMap::default(),
                counts: Vec::new(),
                resource_names: QuickMap::default(),
                file_name: options.file_name,
                sink: Box::new(sink),
                failure: None,
                over: false,
                closed: false,
            }),
            failed: Notify::new(),
            stuck: Notify::new(),
            io: AtomicBool::new(false),
            choices: AtomicUsize::new(0),
        }))
    }

    /// The recorder that observes this thread.
    #[must_use]
    pub fn current() -> Option<Self> {
        context::with(Self::clone)
    }

    /// Observes what this thread does, and the runtimes that it builds, until
    /// the guard is dropped.
    pub fn enter(&self) -> Entered {
        Entered::new(self.clone())
    }

    /// Observes this thread for as long as it lives.
    pub(crate) fn enter_for_good(&self) {
        std::mem::forget(self.enter());
    }

    /// The runtime's thread has nothing to do.
    pub(crate) fn parks(&self) {
        context::ended(TaskId(0));
        self.is_idle();
        self.0.moves.store(true, Relaxed); // After the sink has read the clock.
    }

    fn is_idle(&self) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        if state.failure.is_none() {
            let idle = state.sink.idle();
            self.note_failure(&mut state, idle);
        }
        // Whether a deadlock is looked for depends on it.
        let stuck = state.live.all_stuck();
        if std::mem::replace(&mut state.live.parked_stuck, stuck) != stuck {
            drop(state);
            self.0.stuck.notify_one();
        }
    }

    /// Whether no task could go on when the runtime last had nothing to do;
    /// changes of that ring `stuck_changed`.
    pub(super) fn parked_stuck(&self) -> bool {
        self.state().live.parked_stuck
    }

    pub(super) fn may_wait_for_io(&self) -> bool {
        self.0.io.load(Relaxed)
    }

    pub(super) async fn stuck_changed(&self) {
        self.0.stuck.notified().await;
    }

    /// Time on the run's clock since the run began.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos())
    }

    /// Takes out what was recorded, and records no more. What has not ended by
    /// now ends with this: waits are given up, what is held is released, and
    /// tasks are cancelled. A deadlock alone leaves them as they are.
    ///
    /// # Errors
    ///
    /// Why a line could not be delivered, if that is why the run ended.
    pub fn finish(&self) -> io::Result<Recording> {
        let mut state = self.state();
        if state.failure.is_none() && !state.closed {
            let idle = state.sink.idle();
            state.failure = idle.err();
            self.close_all(&mut state);
        }
        state.closed = true;
        match state.failure.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut state.recording)),
        }
    }

    /// The run is over. The runtime will drop what is left in an order of its
    /// own, which differs from run to run.
    pub(super) fn over(&self) {
        self.close_all(&mut self.state());
    }

    /// The run is over because nothing can go on: what has not ended does not.
    pub(super) fn over_without_ends(&self) {
        self.state().over = true;
    }

    /// Gives everything that has begun its end.
    fn close_all(&self, state: &mut State) {
        if std::mem::replace(&mut state.over, true) {
            return;
        }
        let nanos = self.0.latest.load(Relaxed);
        let live = &state.live;
        let mut waits: Vec<_> = (0..)
            .zip(live.waits.iter())
            .filter(|(_, wait)| wait.open)
            .collect();
        waits.sort_unstable_by_key(|(_, wait)| wait.number);
        let waits: Vec<_> = waits
            .into_iter()
            .map(|(slot, wait)| OpenWait {
                slot,
                number: wait.number,
            })
            .collect();
        for wait in waits {
            self.close(state, nanos, wait, false);
        }
        let mut held: Vec<_> = state.live.held.drain().collect();
        held.sort_unstable();
        for ((resource, task), amount) in held {
            let released = What::Released {
                task,
                resource,
                amount,
            };
            self.log(state, nanos, released);
        }
        for task in 1..state.live.tasks.len() {
            let task = TaskId(u32::try_from(task).unwrap_or(u32::MAX));
            self.end(state, nanos, task, End::Cancelled);
        }
    }

    /// Delivers all lines so far.
    pub fn flush(&self) {
        let mut state = self.state();
        if state.failure.is_none() && !state.closed {
            let idle = state.sink.idle();
            self.note_failure(&mut state, idle);
        }
    }

    /// Ends when a line cannot be delivered.
    pub async fn failed(&self) {
        loop {
            let notified = self.0.failed.notified();
            if self.state().failure.is_some() {
                return;
            }
            notified.await;
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it observes tasks and waits, or only lines.
    pub(crate) fn observes_tasks(&self) -> bool {
        self.0.options.level > super::Level::Lines || self.0.schedule.is_other()
    }

    fn logs(&self) -> bool {
        self.0.options.level == super::Level::Everything
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.0.options.virtual_clock
    }

    /// The run's first moment is now, if it was not before.
    pub(crate) fn start_now(&self) {
        self.0.start.get_or_init(|| {
            if let Ok(runtime) = Handle::try_current() {
                let _ = self.0.runtime.set(runtime.id()); // It is set here alone.
            }
            Instant::now()
        });
    }

    /// A runtime that it observes can wait for I/O.
    pub(crate) fn has_io(&self) {
        self.0.io.store(true, Relaxed);
    }

    /// The run's clock. A thread outside the runtime does not see the paused
    /// one: there it is as late as it was at the latest event. A runtime that
    /// the program starts may have a paused clock of its own, which is not the
    /// run's.
    fn nanos(&self) -> u64 {
        let Some(start) = self.0.start.get() else {
            return 0;
        };
        let latest = self.0.latest.load(Relaxed);
        if self.is_virtual() && !self.0.moves.load(Relaxed) {
            return latest;
        }
        let here = Handle::try_current().ok().map(|runtime| runtime.id());
        let own = self.0.runtime.get();
        let elapsed = match here {
            Some(here) if own.is_none_or(|own| *own == here) => start.elapsed(),
            _ if self.is_virtual() => return latest,
            _ => start.into_std().elapsed(),
        };
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        if self.is_virtual() {
            self.0.latest.fetch_max(nanos, Relaxed);
            self.0.moves.store(false, Relaxed);
        }
        latest.max(nanos)
    }

    /// The same for an event: on the virtual clock no time passes in a poll.
    fn nanos_within(&self, task: TaskId) -> u64 {
        if self.is_virtual() && task != TaskId(0) {
            return self.0.latest.load(Relaxed);
        }
        self.nanos()
    }

    /// The virtual clock has moved within a poll.
    pub(crate) fn look_at_clock(&self) {
        self.0.moves.store(true, Relaxed);
        let nanos = self.nanos();
        drop(self.at(nanos));
    }

    /// Locks the state for what happens at this time, unless the recording is
    /// finished; gives the time, which never runs back.
    fn at(&self, nanos: u64) -> Option<(u64, MutexGuard<'_, State>)> {
        let state = self.state();
        (!state.over).then(|| self.count(nanos, state))
    }

    fn count<'a>(
        &self,
        nanos: u64,
        mut state: MutexGuard<'a, State>,
    ) -> (u64, MutexGuard<'a, State>) {
        state.live.life += 1;
        // Written under the lock alone.
        let nanos = nanos.max(self.0.latest.load(Relaxed));
        self.0.latest.store(nanos, Relaxed);
        (nanos, state)
    }

    fn now_within(&self, task: TaskId) -> Option<(u64, MutexGuard<'_, State>)> {
        self.at(self.nanos_within(task))
    }

    /// Whether events are kept, and there is memory for more.
    fn keeps(&self, state: &State) -> bool {
        let Recording { cut_short, .. } = state.recording;
        !cut_short && state.recording.size() < self.0.options.memory
    }

    fn log(&self, state: &mut State, nanos: u64, what: What) {
        if !self.logs() {
            return;
        }
        let event = Event { nanos, what };
        if state.failure.is_none() {
            let told = state.sink.event(&event, &state.recording);
            self.note_failure(state, told);
        }
        if self.keeps(state) {
            state.recording.events.push(&event);
        } else {
            state.recording.cut_short = true;
        }
    }

    /// A task was spawned, by the one that runs on this thread.
    pub(crate) fn spawned<F: ?Sized>(
        &self,
        kind: TaskKind,
        at: &'static Location<'static>,
    ) -> TaskId {
        let parent = context::task();
        let Some((nanos, mut state)) = self.now_within(parent) else {
            return TaskId(0);
        };
        let state = &mut *state;
        let place = state.place(at);
        let (name, number) = state.name_of::<F>(kind);
        let id = TaskId(u32::try_from(state.live.tasks.len()).unwrap_or(u32::MAX));
        state.live.tasks.push(LiveTask {
            blocking: kind == TaskKind::Blocking,
            ..LiveTask::default()
        });
        match kind {
            TaskKind::Blocking => state.live.blocking += 1,
            _ => state.live.alive += 1,
        }
        state.recording.tasks.push(Task {
            name,
            number,
            kind,
            place,
            parent,
        });
        self.log(state, nanos, What::Spawned(id));
        id
    }

    /// A poll begins.
    pub(crate) fn polled(&self, task: TaskId, woken: Waker) -> Poll {
        let Some((nanos, mut state)) = self.at(self.nanos()) else {
            return Poll::NONE;
        };
        state.live.change(task, |task| task.unobserved = false);
        let polled = What::Polled {
            task,
            woken,
            micros: 0,
        };
        let number = state.recording.events.len();
        self.log(&mut state, nanos, polled);
        Poll { number, nanos }
    }

    /// A poll is over. `unobserved` is whether
    /// the task waits for something that is not observed; `end`, how it ended
    /// if it did.
    pub(crate) fn poll_over(&self, task: TaskId, poll: Poll, unobserved: bool, end: Option<End>) {
        let Some((nanos, mut state)) = self.now_within(task) else {
            return;
        };
        if unobserved {
            state.live.change(task, |task| task.unobserved = true);
        }
        let micros = nanos.saturating_sub(poll.nanos) / 1000;
        let micros = u32::try_from(micros).unwrap_or(u32::MAX);
        state.recording.events.took(poll.number, micros);
        if let Some(end) = end {
            self.end(&mut state, nanos, task, end);
        }
    }

    /// A task ended outside its polls.
    pub(crate) fn ended(&self, task: TaskId, end: End) {
        if let Some((nanos, mut state)) = self.at(self.nanos()) {
            self.end(&mut state, nanos, task, end);
        }
    }

    fn end(&self, state: &mut State, nanos: u64, task: TaskId, end: End) {
        let live = &mut state.live;
        let Some(known) = live.tasks.get_mut(task.0 as usize) else {
            return;
        };
        if task == TaskId(0) || known.ended {
            return;
        }
        if known.blocking {
            live.blocking = live.blocking.saturating_sub(1);
        } else {
            live.alive = live.alive.saturating_sub(1);
        }
        live.change(task, |task| task.ended = true);
        self.log(state, nanos, What::Ended { task, end });
    }

    /// How a task with this output ended.
    pub(crate) fn end_of<T>(output: &T) -> End {
        if names::is_err(output) {
            End::Failed
        } else {
            End::Finished
        }
    }

    /// The running task begins to wait.
    pub(crate) fn waits(&self, target: Target, op: Op, at: &'static Location<'static>) -> OpenWait {
        let task = context::task();
        let Some((nanos, mut state)) = self.now_within(task) else {
            return OpenWait::NONE;
        };
        let place = state.place(at);
        let live = &mut state.live;
        let number = WaitId(live.waits_begun);
        live.waits_begun = live.waits_begun.wrapping_add(1);
        let wait = LiveWait {
            task,
            target,
            op,
            place,
            number,
            open: true,
        };
        let slot = if let Some(slot) = live.free.pop() {
            live.waits[slot as usize] = wait;
            slot
        } else {
            live.waits.push(wait);
            u32::try_from(live.waits.len() - 1).unwrap_or(u32::MAX)
        };
        live.change(task, |task| match target.get() {
            WaitsFor::Clock => task.timers = task.timers.saturating_add(1),
            _ => task.waits = task.waits.saturating_add(1),
        });
        let waits = What::Waits {
            task,
            target,
            op,
            place,
        };
        self.log(&mut state, nanos, waits);
        OpenWait { slot, number }
    }

    /// A wait is over, unless it is already.
    pub(crate) fn waited(&self, wait: OpenWait, done: bool) {
        if let Some((nanos, mut state)) = self.now_within(context::task()) {
            self.close(&mut state, nanos, wait, done);
        }
    }

    fn close(&self, state: &mut State, nanos: u64, wait: OpenWait, done: bool) {
        let live = &mut state.live;
        if !live.is_open(wait) {
            return;
        }
        let LiveWait { task, target, .. } = live.waits[wait.slot as usize];
        live.waits[wait.slot as usize].open = false;
        live.free.push(wait.slot);
        live.change(task, |task| match target.get() {
            WaitsFor::Clock => task.timers = task.timers.saturating_sub(1),
            _ => task.waits = task.waits.saturating_sub(1),
        });
        let wait = wait.number;
        self.log(state, nanos, What::Waited { wait, done });
    }

    /// Whether a wait is still open: a `select!` closes those that it leaves.
    pub(crate) fn is_open(&self, wait: OpenWait) -> bool {
        self.state().live.is_open(wait)
    }

    /// These waits have begun within the `select!` or `timeout` whose futures
    /// stay at `address`; when that is `over`, so are they.
    pub(crate) fn choice(&self, address: usize, begun: &[OpenWait], over: bool) {
        if begun.is_empty() && self.0.choices.load(Relaxed) == 0 {
            return;
        }
        let Some((nanos, mut state)) = self.now_within(context::task()) else {
            return;
        };
        if over {
            let earlier = state.live.choices.remove(&address).unwrap_or_default();
            for wait in earlier.iter().chain(begun) {
                self.close(&mut state, nanos, *wait, false);
            }
        } else {
            let waits = state.live.choices.entry(address).or_default();
            waits.extend_from_slice(begun);
        }
        self.0.choices.store(state.live.choices.len(), Relaxed);
    }

    /// A task acquired some of a resource.
    pub(crate) fn acquired(&self, task: TaskId, resource: ResourceId, amount: u32) {
        let Some((nanos, mut state)) = self.now_within(context::task()) else {
            return;
        };
        let held = state.live.held.entry((resource, task)).or_default();
        *held = held.saturating_add(amount);
        let acquired = What::Acquired {
            task,
            resource,
            amount,
        };
        self.log(&mut state, nanos, acquired);
    }

    /// Some of what it had acquired was released.
    pub(crate) fn released(&self, task: TaskId, resource: ResourceId, amount: u32) {
        let Some((nanos, mut state)) = self.now_within(context::task()) else {
            return;
        };
        if let Some(held) = state.live.held.get_mut(&(resource, task)) {
            *held = held.saturating_sub(amount);
            if *held == 0 {
                state.live.held.remove(&(resource, task));
            }
        }
        let released = What::Released {
            task,
            resource,
            amount,
        };
        self.log(&mut state, nanos, released);
    }

    /// A task joined a set that other tasks wait for.
    pub(crate) fn member(&self, set: ResourceId, task: TaskId) {
        let mut state = self.state();
        let live = &mut state.live;
        let members = live.members.entry(set).or_default();
        // Forgets those that have ended, before the list would grow.
        if members.len() == members.capacity() {
            let tasks = &live.tasks;
            members.retain(|task| tasks.get(task.0 as usize).is_some_and(|task| !task.ended));
            members.reserve(members.len() + 1);
        }
        members.push(task);
    }

    /// The running task notified those who wait for a resource.
    pub(crate) fn notified(&self, resource: ResourceId, at: &'static Location<'static>) {
        let task = context::task();
        let mut state = self.state();
        let place = state.place(at);
        state
            .live
            .notified
            .insert(resource, Notified { task, place });
    }

    /// A resource has this value now.
    pub(crate) fn value(&self, resource: ResourceId, value: u32) {
        if !self.logs() {
            return;
        }
        if let Some((nanos, mut state)) = self.now_within(context::task()) {
            self.log(&mut state, nanos, What::State { resource, value });
        }
    }

    /// The number of a resource, which it gets at its first use.
    pub(crate) fn resource(
        &self,
        known: &AtomicU64,
        kind: &'static str,
        at: &'static Location<'static>,
    ) -> ResourceId {
        let mine = u64::from(self.0.number) << 32;
        let of = |id: u64| ResourceId(u32::try_from(id & u64::from(u32::MAX)).unwrap_or_default());
        let id = known.load(Relaxed);
        if id & !u64::from(u32::MAX) == mine {
            return of(id);
        }
        let address = std::ptr::from_ref(at).addr();
        let known_name = self.state().resource_names.get(&address).cloned();
        // Not under the lock: it may read a file.
        let name = known_name.unwrap_or_else(|| {
            let Options {
                source, file_name, ..
            } = self.0.options;
            let source = source(file_name(at.file()));
            source.and_then(|source| names::of_resource(at, &source))
        });
        let mut state = self.state();
        // Another thread may have been first.
        let id = known.load(Relaxed);
        if id & !u64::from(u32::MAX) == mine {
            return of(id);
        }
        let place = state.place(at);
        state.resource_names.insert(address, name.clone());
        state.recording.resources.push(Resource {
            kind: kind.into(),
            name,
            place,
        });
        let id = mine | u64::try_from(state.recording.resources.len()).unwrap_or_default();
        known.store(id, Relaxed);
        of(id)
    }

    /// The running task prints a line.
    pub fn print(&self, text: fmt::Arguments<'_>, at: &'static Location<'static>) {
        thread_local! {
            static LINE: Cell<String> = const { Cell::new(String::new()) };
        }
        let task = context::task();
        // Not under the lock: a `Display` of the program's may do anything.
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        line.clear();
        // Fails where a Display does; then the line is as much as there is.
        let _ = line.write_fmt(text);
        let nanos = self.nanos_within(task);
        let state = self.state();
        if !state.closed {
            let (nanos, mut state) = self.count(nanos, state);
            self.printed(&mut state, nanos, task, &line, at);
        }
        let _ = LINE.try_with(|slot| slot.set(line));
    }

    fn printed(
        &self,
        state: &mut State,
        nanos: u64,
        task: TaskId,
        line: &str,
        at: &'static Location<'static>,
    ) {
        if state.failure.is_some() {
            return;
        }
        let State {
            recording,
            sink,
            live,
            file_name,
            ..
        } = &mut *state;
        // A task is named by its first line.
        if let Some(live) = live.tasks.get_mut(task.0 as usize)
            && !std::mem::replace(&mut live.has_printed, true)
        {
            recording.name_by_line(task, line);
        }
        let told = sink.line(&Line {
            t: Duration::from_nanos(nanos),
            task,
            name: &|| recording.name(task),
            file: file_name(at.file()),
            line: at.line(),
            text: line,
        });
        self.note_failure(state, told);
        let kept = self.keeps(state);
        if self.logs() {
            let place = state.place(at);
            let text = if kept {
                state.recording.add_text(line)
            } else {
                0
            };
            self.log(state, nanos, What::Printed { task, place, text });
        }
    }

    /// The run cannot go on.
    pub(super) fn fail(&self, error: io::Error) {
        let mut state = self.state();
        self.note_failure(&mut state, Err(error));
    }

    fn note_failure(&self, state: &mut State, result: io::Result<()>) {
        if let Err(error) = result {
            state.failure.get_or_insert(error);
            self.0.failed.notify_one();
        }
    }

    /// Whether to put off a turn, by the run's schedule.
    pub(crate) fn puts_off(&self, row: &mut u8) -> bool {
        self.0.schedule.puts_off(row)
    }

    /// How late a task begins, by the run's schedule; the main one is in time, and
    /// so are those of other runtimes, which may have no timers.
    pub(crate) fn late(&self, task: TaskId) -> Duration {
        let here = Handle::try_current().ok().map(|runtime| runtime.id());
        if task == TaskId(1) || here.as_ref() != self.0.runtime.get() {
            return Duration::ZERO;
        }
        self.0.schedule.late(self.0.options.late)
    }

    /// The branch of an unbiased `select!` that is polled first.
    pub(crate) fn choose(&self, below: u32) -> u32 {
        self.0.schedule.choose(below)
    }
}

impl State {
    fn place(&mut self, at: &'static Location<'static>) -> PlaceId {
        let (places, file_name) = (&mut self.recording.places, self.file_name);
        *self
            .places
            .entry(std::ptr::from_ref(at) as usize)
            .or_insert_with(|| {
                places.push(Place {
                    file: file_name(at.file()).to_owned(),
                    line: at.line(),
                    column: at.column(),
                });
                PlaceId(u32::try_from(places.len() - 1).unwrap_or(u32::MAX))
            })
    }

    fn name_of<F: ?Sized>(&mut self, kind: TaskKind) -> (u32, u32) {
        if kind == TaskKind::Main {
            return (self.recording.add_name("main"), Task::NO_NUMBER);
        }
        let full = type_name::<F>();
        let (counts, recording) = (&mut self.counts, &mut self.recording);
        let base = *self.bases.entry(full.as_ptr().addr()).or_insert_with(|| {
            let known = counts.iter().position(|base| base.full == full);
            let known = known.unwrap_or_else(|| {
                let (function, within) = names::of_future(full);
                let name = match kind {
                    _ if !within => recording.add_name(function),
                    TaskKind::Blocking => recording.add_name(&format!("{function}.thread")),
                    _ => recording.add_name(&format!("{function}.block")),
                };
                counts.push(Base {
                    full,
                    name,
                    count: 0,
                });
                counts.len() - 1
            });
            u32::try_from(known).unwrap_or(u32::MAX)
        });
        let base = &mut self.counts[base as usize];
        base.count += 1;
        (base.name, base.count - 1)
    }
}

impl Live {
    fn new() -> Self {
        let mut live = Self::default();
        live.tasks.push(LiveTask::default());
        live
    }

    fn is_open(&self, wait: OpenWait) -> bool {
        let slot = self.waits.get(wait.slot as usize);
        slot.is_some_and(|slot| slot.open && slot.number == wait.number)
    }

    /// Changes a task, and keeps count of those that are stuck.
    fn change(&mut self, task: TaskId, change: impl FnOnce(&mut LiveTask)) {
        let Some(task) = self.tasks.get_mut(task.0 as usize).filter(|_| task.0 != 0) else {
            return;
        };
        change(task);
        let stuck = !task.ended && task.waits > 0 && task.timers == 0 && !task.unobserved;
        if stuck != task.stuck {
            task.stuck = stuck;
            if stuck {
                self.stuck += 1;
            } else {
                self.stuck -= 1;
            }
        }
    }

    /// Whether only another task can wake each of them.
    pub(super) fn all_stuck(&self) -> bool {
        self.alive > 0 && self.stuck == self.alive && self.blocking == 0
    }
}
