//! Notices that no task can go on, and says who waits for what.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use super::Recorder;
use super::event::{Op, ResourceId, TaskId, WaitsFor};
use super::recorder::State;
use super::recording::Place;

/// Beyond every sleep of a program, and within the two years that tokio's
/// timers reach. On the virtual clock it fires when every task waits and no
/// other timer is pending.
const FAR: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How often the real clock's tasks are looked at; two looks alike are needed.
const LOOK: Duration = Duration::from_millis(150);

/// Every task that waited when none could go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deadlock {
    /// The waits, in the order of their tasks.
    pub stuck: Vec<Stuck>,
    /// Tasks that wait for each other, each for the next one and the last for
    /// the first; empty where there is no such circle.
    pub cycle: Vec<String>,
}

/// A wait that does not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The task.
    pub task: String,
    /// What it wants to do.
    pub op: Op,
    /// What it waits for: the kind of resource and its name.
    pub what: String,
    /// Where it waits.
    pub at: Place,
    /// Who holds it.
    pub held_by: Vec<String>,
}

impl Recorder {
    /// Ends when no task can go on. It must be polled by the runtime itself,
    /// outside every task.
    pub async fn deadlock(&self) -> Deadlock {
        let mut quiet_since = None;
        loop {
            sleep(if self.is_virtual() { FAR } else { LOOK }).await;
            let state = self.state();
            let alike = quiet_since == Some(state.live.life);
            if self.is_virtual() || alike && state.live.all_stuck() {
                return state.deadlock();
            }
            quiet_since = Some(state.live.life);
        }
    }
}

impl State {
    fn deadlock(&self) -> Deadlock {
        let mut waits: Vec<_> = self.live.waits.iter().filter(|wait| wait.open).collect();
        waits.sort_by_key(|wait| (wait.task, wait.number));
        let name = |task: TaskId| self.recording.name(task).into_owned();
        let stuck = waits.iter().map(|wait| Stuck {
            task: name(wait.task),
            op: wait.op,
            what: self.what(wait.target.get()),
            at: self.recording.places[wait.place.0 as usize].clone(),
            held_by: self
                .holders(wait.target.get())
                .into_iter()
                .map(name)
                .collect(),
        });
        let next = |task: TaskId| {
            let wait = waits.iter().find(|wait| wait.task == task)?;
            self.holders(wait.target.get()).into_iter().next()
        };
        let cycle = waits.iter().find_map(|wait| cycle(wait.task, next));
        Deadlock {
            stuck: stuck.collect(),
            cycle: cycle.unwrap_or_default().into_iter().map(name).collect(),
        }
    }

    /// Who has what a wait is for, in the order of the tasks.
    fn holders(&self, target: WaitsFor) -> Vec<TaskId> {
        match target {
            WaitsFor::Clock => Vec::new(),
            WaitsFor::Task(task) => vec![task],
            WaitsFor::Resource(id) => self.holders_of(id),
        }
    }

    fn holders_of(&self, id: ResourceId) -> Vec<TaskId> {
        let held = self
            .live
            .held
            .keys()
            .filter(|(resource, _)| *resource == id);
        let mut holders: Vec<_> = held.map(|(_, task)| *task).collect();
        holders.sort_unstable();
        holders
    }

    fn what(&self, target: WaitsFor) -> String {
        match target {
            WaitsFor::Clock => "the clock".to_owned(),
            WaitsFor::Task(task) => format!("the end of {}", self.recording.name(task)),
            WaitsFor::Resource(id) => self.recording.resource_name(id),
        }
    }
}

/// The tasks that lead from one back to itself.
fn cycle(from: TaskId, next: impl Fn(TaskId) -> Option<TaskId>) -> Option<Vec<TaskId>> {
    let mut path = vec![from];
    loop {
        let task = next(*path.last()?)?;
        if task == from {
            return Some(path);
        }
        if path.contains(&task) {
            return None; // It leads into a circle that it is not part of.
        }
        path.push(task);
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, stuck) in self.stuck.iter().enumerate() {
            let gap = if number == 0 { "" } else { "; " };
            write!(f, "{gap}{stuck}")?;
        }
        if !self.cycle.is_empty() {
            write!(f, "; cycle: {} → {}", self.cycle.join(" → "), self.cycle[0])?;
        }
        Ok(())
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            task,
            op,
            what,
            at,
            held_by,
        } = self;
        write!(f, "{task} waits at {}:{} to {op} {what}", at.file, at.line)?;
        if !held_by.is_empty() && *op != Op::Join {
            write!(f, ", held by {}", held_by.join(", "))?;
        }
        Ok(())
    }
}
