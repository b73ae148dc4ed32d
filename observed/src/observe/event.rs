//! What can happen, with numbers instead of names.

use std::fmt;
use std::time::Duration;

/// A task, counted from 1; 0 is code that runs outside every task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// A resource, counted from 1 in the order of first use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub u32);

/// A source line, as an index into [`Recording::places`](super::Recording::places).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceId(pub u32);

/// A wait, counted from 0 in the order in which waits begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaitId(pub u32);

/// An event and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds of the run's clock since the run began.
    pub nanos: u64,
    /// What happened.
    pub what: What,
}

impl Event {
    /// Time since the run began.
    #[must_use]
    pub fn t(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A task was spawned; its entry in the table of tasks says by whom.
    Spawned(TaskId),
    /// A task was polled.
    Polled {
        /// The task.
        task: TaskId,
        /// What woke it.
        woken: Waker,
        /// How long the poll took on the run's clock, in microseconds. On the
        /// virtual clock a poll takes no time unless it blocks.
        micros: u32,
    },
    /// A task began to wait. It gets the next [`WaitId`].
    Waits {
        /// The task.
        task: TaskId,
        /// What it waits for.
        target: Target,
        /// What it wants to do.
        op: Op,
        /// Where.
        place: PlaceId,
    },
    /// A wait is over.
    Waited {
        /// Which.
        wait: WaitId,
        /// Whether the operation completed; otherwise it was dropped.
        done: bool,
    },
    /// A task acquired some of a resource.
    Acquired {
        /// The task.
        task: TaskId,
        /// The resource.
        resource: ResourceId,
        /// How much: 1, or a number of permits.
        amount: u32,
    },
    /// Some of a resource that a task had acquired was released.
    Released {
        /// The task that acquired it.
        task: TaskId,
        /// The resource.
        resource: ResourceId,
        /// How much.
        amount: u32,
    },
    /// The state of a resource changed: free permits, queue length, receivers.
    State {
        /// The resource.
        resource: ResourceId,
        /// Its state now.
        value: u32,
    },
    /// A line was printed.
    Printed {
        /// The task that printed it.
        task: TaskId,
        /// Where.
        place: PlaceId,
        /// The line, as an index into the texts.
        text: u32,
    },
    /// A task ended.
    Ended {
        /// The task.
        task: TaskId,
        /// How.
        end: End,
    },
}

/// What a task waits for, packed into four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(u32);

/// The same, spelled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The clock: a sleep or an interval.
    Clock,
    /// The end of a task.
    Task(TaskId),
    /// A resource.
    Resource(ResourceId),
}

/// The bit that marks a task among the targets.
const TASK: u32 = 1 << 31;

impl Target {
    /// The clock.
    pub const CLOCK: Self = Self(0);

    /// The end of a task.
    #[must_use]
    pub const fn task(task: TaskId) -> Self {
        Self(task.0 | TASK)
    }

    /// A resource.
    #[must_use]
    pub const fn resource(resource: ResourceId) -> Self {
        Self(resource.0)
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    pub(super) const fn of(bits: u32) -> Self {
        Self(bits)
    }

    /// What it is.
    #[must_use]
    pub const fn get(self) -> WaitsFor {
        match self.0 {
            0 => WaitsFor::Clock,
            id if id & TASK != 0 => WaitsFor::Task(TaskId(id & !TASK)),
            id => WaitsFor::Resource(ResourceId(id)),
        }
    }
}

/// What woke a task, packed into four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waker(u32);

/// The same, spelled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WokenBy {
    /// Nothing: it was spawned just now.
    Spawn,
    /// Another task.
    Task(TaskId),
    /// It gave up its turn, or used up its budget.
    Itself,
    /// The driver: a timer, I/O, or a thread that is not observed.
    Outside,
}

impl Waker {
    /// It was spawned just now.
    pub const SPAWN: Self = Self(0);
    /// It woke itself.
    pub const ITSELF: Self = Self(u32::MAX - 1);
    /// The driver, or a thread that is not observed.
    pub const OUTSIDE: Self = Self(u32::MAX);

    /// Another task.
    #[must_use]
    pub const fn task(task: TaskId) -> Self {
        Self(task.0)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn of(bits: u32) -> Self {
        Self(bits)
    }

    /// What it is.
    #[must_use]
    pub const fn get(self) -> WokenBy {
        match self {
            Self::SPAWN => WokenBy::Spawn,
            Self::ITSELF => WokenBy::Itself,
            Self::OUTSIDE => WokenBy::Outside,
            Self(id) => WokenBy::Task(TaskId(id)),
        }
    }
}

/// What a waiting task wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Sleep until a deadline.
    Sleep,
    /// Wait for an interval's next tick.
    Tick,
    /// Join a task.
    Join,
    /// Acquire permits of a semaphore, or room in a channel.
    Acquire,
    /// Lock a mutex.
    Lock,
    /// Lock an `RwLock` for reading.
    Read,
    /// Lock an `RwLock` for writing.
    Write,
    /// Be notified.
    Notified,
    /// Receive a message.
    Receive,
    /// Send a message.
    Send,
    /// See a new value.
    Changed,
    /// See the other side close.
    Closed,
    /// Meet the other tasks at a barrier.
    Meet,
    /// See a cell's value.
    Initialized,
    /// Sleep without letting other tasks run: the thread is blocked.
    Block,
}

impl fmt::Display for Op {
    /// As it stands after "to".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Op::Sleep => "wait for",
            Op::Tick => "tick with",
            Op::Join => "see",
            Op::Acquire => "acquire",
            Op::Lock => "lock",
            Op::Read => "read",
            Op::Write => "write",
            Op::Notified => "be notified by",
            Op::Receive => "receive from",
            Op::Send => "send to",
            Op::Changed => "see a change of",
            Op::Closed => "see the end of",
            Op::Meet => "meet at",
            Op::Initialized => "see the value of",
            Op::Block => "block the thread by",
        })
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    /// It returned.
    Finished,
    /// It returned an `Err`.
    Failed,
    /// It was aborted, or dropped with its runtime.
    Cancelled,
    /// It panicked.
    Panicked,
}
