//! One thing that happened in a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One thing that happened, borrowed from its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Time since the run's first moment.
    pub t: Duration,
    /// The task that it happened to; `None` is the main task.
    pub lane: Option<LaneRef<'a>>,
    /// The source line that made it.
    pub at: Place<'a>,
    /// What it was.
    pub kind: Kind<&'a str>,
}

/// A task as events name it: a row of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneRef<'a> {
    /// Counts from 0 in the order in which tasks were spawned.
    pub id: u32,
    /// Its name, which its first line may change.
    pub name: &'a str,
}

/// A line of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Path from the repository's root, such as `demos/lock.rs`; empty where
    /// the place is not known.
    pub file: &'a str,
    /// Counts from 1.
    pub line: u32,
}

/// The kinds of event; `T` is their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<T> {
    /// A line of the log.
    Line {
        /// One emoji, or nothing.
        icon: T,
        /// The line without time and icon.
        text: T,
    },
    /// The task was spawned.
    Spawned {
        /// By which task; `None` is the main task.
        parent: Option<u32>,
        /// What kind of task it is.
        task: TaskKind,
    },
    /// The task ended.
    Ended(End),
    /// Something that takes time begins. A task may do several such things at a
    /// time, such as to wait for a message and for the clock.
    Begin {
        /// Counts these in the run; its end has the same number.
        wait: u32,
        /// What the task does.
        span: Span,
        /// What it waits for.
        what: What<T>,
        /// What it wants to do: `acquire`, `lock`, `receive`; may be empty.
        op: T,
    },
    /// It is over.
    Over {
        /// Its number.
        wait: u32,
        /// Whether it came to its end; otherwise it was dropped.
        done: bool,
        /// What woke the task.
        by: Waker,
    },
    /// The task has run for this long without letting other tasks run.
    Ran(Duration),
    /// A resource was used for the first time.
    Made {
        /// Counts from 0 in the order of first use.
        resource: u32,
        /// What it is and what it is bound to: `semaphore permits`.
        name: T,
    },
    /// The task acquired some of a resource.
    Acquired {
        /// Which.
        resource: u32,
        /// How much.
        amount: u32,
    },
    /// The task released some of a resource.
    Released {
        /// Which.
        resource: u32,
        /// How much.
        amount: u32,
    },
    /// The state of a resource changed.
    State {
        /// Which.
        resource: u32,
        /// Free permits, length of a queue, receivers.
        value: u32,
    },
}

impl<T> Kind<T> {
    /// The same with another type of text.
    pub fn map<'a, U>(&'a self, text: impl Fn(&'a T) -> U) -> Kind<U> {
        match self {
            Self::Line { icon, text: said } => Kind::Line {
                icon: text(icon),
                text: text(said),
            },
            Self::Begin {
                wait,
                span,
                what,
                op,
            } => Kind::Begin {
                wait: *wait,
                span: *span,
                what: match what {
                    What::Nothing => What::Nothing,
                    What::Task(lane) => What::Task(*lane),
                    What::Resource(id) => What::Resource(*id),
                    What::Named(name) => What::Named(text(name)),
                },
                op: text(op),
            },
            Self::Made { resource, name } => Kind::Made {
                resource: *resource,
                name: text(name),
            },
            Self::Spawned { parent, task } => Kind::Spawned {
                parent: *parent,
                task: *task,
            },
            Self::Ended(end) => Kind::Ended(*end),
            Self::Over { wait, done, by } => Kind::Over {
                wait: *wait,
                done: *done,
                by: *by,
            },
            Self::Ran(took) => Kind::Ran(*took),
            Self::Acquired { resource, amount } => Kind::Acquired {
                resource: *resource,
                amount: *amount,
            },
            Self::Released { resource, amount } => Kind::Released {
                resource: *resource,
                amount: *amount,
            },
            Self::State { resource, value } => Kind::State {
                resource: *resource,
                value: *value,
            },
        }
    }
}

/// What a task does. Where it does several things at a time, a timeline shows
/// the last of them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// It runs: on its own thread, or for so long that it shows.
    Running,
    /// It waits for the clock.
    Sleeping,
    /// It waits for another task to end.
    Task,
    /// It waits for a resource.
    Resource,
    /// It blocks the thread that the other tasks need.
    Blocking,
    /// It cannot run because another task blocks the thread. No recording has
    /// this; the timeline finds it out.
    #[serde(skip)]
    Starved,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<T> {
    /// Nothing that has a name.
    Nothing,
    /// The end of a task.
    Task(u32),
    /// A resource.
    Resource(u32),
    /// Something that is known by its name alone.
    Named(T),
}

/// What woke a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waker {
    /// The main task.
    Main,
    /// Another task.
    Lane(u32),
    /// A timer, I/O, or something that is not known.
    #[default]
    Outside,
}

/// The kinds of task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// A future, which takes turns with others on one thread.
    #[default]
    Async,
    /// A closure on a thread of its own, where it may block.
    Blocking,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// It returned.
    Finished,
    /// It returned an error.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It panicked.
    Panicked,
}
