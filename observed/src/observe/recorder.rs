//! Takes down what happens, and knows at any moment who waits for what.

use std::any::type_name;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::context::{self, Entered};
use super::event::{
    End, Event, Op, PlaceId, ResourceId, Target, TaskId, WaitId, WaitsFor, Waker, What,
};
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
    /// Nanoseconds at the latest look at the clock.
    latest: AtomicU64,
    number: u32,
    state: Mutex<State>,
    /// Rung when the sink fails.
    failed: Notify,
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
    places: HashMap<usize, PlaceId>,
    bases: HashMap<&'static str, Base>,
    sink: Box<dyn Sink>,
    line: String,
    failure: Option<io::Error>,
    /// After the run's end nothing more is taken down.
    closed: bool,
}

struct Base {
    name: u32,
    count: u32,
}

/// Who waits for what and who holds what, now.
#[derive(Default)]
pub(super) struct Live {
    pub(super) tasks: Vec<LiveTask>,
    pub(super) waits: Vec<LiveWait>,
    free: Vec<u32>,
    /// Tasks that have not ended.
    pub(super) alive: usize,
    /// Tasks among them that only another task can wake.
    pub(super) stuck: usize,
    /// Work on threads that has not ended.
    pub(super) blocking: usize,
    /// How much of a resource each task holds.
    pub(super) held: HashMap<(ResourceId, TaskId), u32>,
    /// Counts everything that happens.
    pub(super) life: u64,
    /// Counts waits.
    waits_begun: u32,
}

#[derive(Clone, Copy, Default)]
pub(super) struct LiveTask {
    pub(super) ended: bool,
    /// Waits for another task.
    waits: u16,
    /// Waits for the clock, or for something that is not observed.
    timers: u16,
    unobserved: bool,
    stuck: bool,
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
            latest: AtomicU64::new(0),
            // Wraps after four billion recorders; two of the same number would
            // have to share a static resource.
            number: (number & u64::from(u32::MAX)) as u32,
            state: Mutex::new(State {
                recording: Recording::default(),
                live: Live {
                    tasks: vec![LiveTask::default()],
                    ..Live::default()
                },
                places: HashMap::new(),
                bases: HashMap::new(),
                sink: Box::new(sink),
                line: String::new(),
                failure: None,
                closed: false,
            }),
            failed: Notify::new(),
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
        self.flush();
    }

    /// Time on the run's clock since the run began.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos())
    }

    /// Takes out what was recorded, and records no more.
    ///
    /// # Errors
    ///
    /// Why a line could not be delivered, if that is why the run ended.
    pub fn finish(&self) -> io::Result<Recording> {
        let mut state = self.state();
        if state.failure.is_none() && !state.closed {
            let idle = state.sink.idle();
            state.failure = idle.err();
        }
        state.closed = true;
        match state.failure.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut state.recording)),
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

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it wants to know of tasks and waits, or only of lines.
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
        self.0.start.get_or_init(Instant::now);
    }

    /// A thread outside the runtime does not see the paused clock: there it is
    /// as late as it was at the latest event.
    fn nanos(&self) -> u64 {
        let Some(start) = self.0.start.get() else {
            return 0;
        };
        if self.is_virtual() && tokio::runtime::Handle::try_current().is_err() {
            return self.0.latest.load(Relaxed);
        }
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.latest.fetch_max(nanos, Relaxed).max(nanos)
    }

    /// Takes down one event; what it does to the live state is `change`.
    fn event(&self, what: What, change: impl FnOnce(&mut Live)) {
        let nanos = self.nanos();
        let mut state = self.state();
        if state.closed {
            return;
        }
        change(&mut state.live);
        state.live.life += 1;
        self.log(&mut state, nanos, what);
    }

    fn log(&self, state: &mut State, nanos: u64, what: What) {
        if !self.logs() {
            return;
        }
        let event = Event { nanos, what };
        let told = state.sink.event(&event, &state.recording);
        self.note_failure(state, told);
        let most = self.0.options.most_events;
        state.recording.cut_short = state.recording.events.len() >= most;
        if !state.recording.cut_short {
            state.recording.events.push(event);
        }
    }

    /// A task was spawned, by the one that runs on this thread.
    pub(crate) fn spawned<F: ?Sized>(
        &self,
        kind: TaskKind,
        at: &'static Location<'static>,
    ) -> TaskId {
        let nanos = self.nanos();
        let parent = context::task();
        let mut state = self.state();
        let state = &mut *state;
        let place = state.place(at);
        let (name, number) = state.name_of::<F>(kind);
        let id = TaskId(u32::try_from(state.live.tasks.len()).unwrap_or(u32::MAX));
        state.live.tasks.push(LiveTask::default());
        state.live.life += 1;
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

    /// A poll begins; gives the number of its event.
    pub(crate) fn polled(&self, task: TaskId, woken: Waker) -> usize {
        let nanos = self.nanos();
        let mut state = self.state();
        state.live.life += 1;
        state.live.change(task, |task| task.unobserved = false);
        self.log(
            &mut state,
            nanos,
            What::Polled {
                task,
                woken,
                micros: 0,
            },
        );
        state.recording.events.len().wrapping_sub(1)
    }

    /// The poll that began with event `number` is over. `unobserved` is whether
    /// the task waits for something that is not observed.
    pub(crate) fn poll_over(&self, task: TaskId, number: usize, unobserved: bool) {
        let now = self.nanos();
        let mut state = self.state();
        if unobserved {
            state.live.change(task, |task| task.unobserved = true);
        }
        let Some(event) = state.recording.events.get_mut(number) else {
            return;
        };
        let took = now.saturating_sub(event.nanos) / 1000;
        if let What::Polled {
            task: polled,
            micros,
            ..
        } = &mut event.what
            && *polled == task
        {
            *micros = u32::try_from(took).unwrap_or(u32::MAX);
        }
    }

    /// A task ended.
    pub(crate) fn ended(&self, task: TaskId, end: End) {
        let kind = self
            .state()
            .recording
            .tasks
            .get(task.0 as usize - 1)
            .map(|task| task.kind);
        self.event(What::Ended { task, end }, |live| {
            live.change(task, |task| task.ended = true);
            match kind {
                Some(TaskKind::Blocking) => live.blocking = live.blocking.saturating_sub(1),
                _ => live.alive = live.alive.saturating_sub(1),
            }
        });
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
        let nanos = self.nanos();
        let task = context::task();
        let mut state = self.state();
        let place = state.place(at);
        let number = WaitId(state.live.waits_begun);
        state.live.waits_begun = state.live.waits_begun.wrapping_add(1);
        let wait = LiveWait {
            task,
            target,
            op,
            place,
            number,
            open: true,
        };
        let slot = match state.live.free.pop() {
            Some(slot) => {
                state.live.waits[slot as usize] = wait;
                slot
            }
            None => {
                state.live.waits.push(wait);
                u32::try_from(state.live.waits.len() - 1).unwrap_or(u32::MAX)
            }
        };
        state.live.life += 1;
        state.live.change(task, |task| match target.get() {
            WaitsFor::Clock => task.timers += 1,
            _ => task.waits += 1,
        });
        self.log(
            &mut state,
            nanos,
            What::Waits {
                task,
                target,
                op,
                place,
            },
        );
        OpenWait { slot, number }
    }

    /// A wait is over, unless it is already.
    pub(crate) fn waited(&self, wait: OpenWait, done: bool) {
        let nanos = self.nanos();
        let mut state = self.state();
        if !state.live.is_open(wait) {
            return;
        }
        let LiveWait { task, target, .. } = state.live.waits[wait.slot as usize];
        state.live.waits[wait.slot as usize].open = false;
        state.live.free.push(wait.slot);
        state.live.life += 1;
        state.live.change(task, |task| match target.get() {
            WaitsFor::Clock => task.timers = task.timers.saturating_sub(1),
            _ => task.waits = task.waits.saturating_sub(1),
        });
        self.log(
            &mut state,
            nanos,
            What::Waited {
                wait: wait.number,
                done,
            },
        );
    }

    /// Whether a wait is still open: a `select!` closes those that it leaves.
    pub(crate) fn is_open(&self, wait: OpenWait) -> bool {
        self.state().live.is_open(wait)
    }

    /// A task acquired some of a resource.
    pub(crate) fn acquired(&self, task: TaskId, resource: ResourceId, amount: u32) {
        self.event(
            What::Acquired {
                task,
                resource,
                amount,
            },
            |live| {
                let held = live.held.entry((resource, task)).or_default();
                *held = held.saturating_add(amount);
            },
        );
    }

    /// Some of what it had acquired was released.
    pub(crate) fn released(&self, task: TaskId, resource: ResourceId, amount: u32) {
        self.event(
            What::Released {
                task,
                resource,
                amount,
            },
            |live| {
                if let Some(held) = live.held.get_mut(&(resource, task)) {
                    *held = held.saturating_sub(amount);
                    if *held == 0 {
                        live.held.remove(&(resource, task));
                    }
                }
            },
        );
    }

    /// A resource has this value now.
    pub(crate) fn value(&self, resource: ResourceId, value: u32) {
        self.event(What::State { resource, value }, |_| ());
    }

    /// The number of a resource, which it gets at its first use.
    pub(crate) fn resource(
        &self,
        known: &AtomicU64,
        kind: &'static str,
        at: &'static Location<'static>,
    ) -> ResourceId {
        let mine = u64::from(self.0.number) << 32;
        let id = known.load(Relaxed);
        if id & !u64::from(u32::MAX) == mine {
            return ResourceId((id & u64::from(u32::MAX)) as u32);
        }
        let mut state = self.state();
        let place = state.place(at);
        let source = (self.0.options.source)(at.file());
        let name = source.and_then(|source| names::of_resource(at, &source));
        state.recording.resources.push(Resource {
            kind: kind.into(),
            name,
            place,
        });
        let id = u32::try_from(state.recording.resources.len()).unwrap_or(u32::MAX);
        known.store(mine | u64::from(id), Relaxed);
        ResourceId(id)
    }

    /// The running task prints a line.
    pub fn print(&self, text: fmt::Arguments<'_>, at: &'static Location<'static>) {
        let task = context::task();
        let mut line = std::mem::take(&mut self.state().line);
        line.clear();
        // Fails where a Display does; then the line is as much as there is.
        let _ = line.write_fmt(text);
        let nanos = self.nanos();
        let mut state = self.state();
        if !state.closed && state.failure.is_none() {
            state.live.life += 1;
            let State {
                recording, sink, ..
            } = &mut *state;
            if self.observes_tasks() {
                recording.name_by_line(task, &line);
            }
            let told = sink.line(&Line {
                t: Duration::from_nanos(nanos),
                task,
                name: &|| recording.name(task),
                file: at.file(),
                line: at.line(),
                text: &line,
            });
            self.note_failure(&mut state, told);
            if self.logs() {
                let place = state.place(at);
                let text = state.recording.add_text(&line);
                self.log(&mut state, nanos, What::Printed { task, place, text });
            }
        }
        state.line = line;
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

    /// The branch of an unbiased `select!` that is polled first.
    pub(crate) fn choose(&self, below: u32) -> u32 {
        self.0.schedule.choose(below)
    }
}

impl State {
    fn place(&mut self, at: &'static Location<'static>) -> PlaceId {
        let places = &mut self.recording.places;
        *self
            .places
            .entry(std::ptr::from_ref(at) as usize)
            .or_insert_with(|| {
                places.push(Place {
                    file: at.file().to_owned(),
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
        let recording = &mut self.recording;
        let base = self.bases.entry(full).or_insert_with(|| {
            let (function, within) = names::of_future(full);
            let name = match kind {
                _ if !within => recording.add_name(function),
                TaskKind::Blocking => recording.add_name(&format!("{function}.thread")),
                _ => recording.add_name(&format!("{function}.block")),
            };
            Base { name, count: 0 }
        });
        base.count += 1;
        (base.name, base.count - 1)
    }
}

impl Live {
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
                self.stuck += 1
            } else {
                self.stuck -= 1
            }
        }
    }

    /// Whether only another task can wake each of them.
    pub(super) fn all_stuck(&self) -> bool {
        self.alive > 0 && self.stuck == self.alive && self.blocking == 0
    }
}
