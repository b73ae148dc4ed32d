//! Notices that no task can go on, and says who waits for what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use super::Recorder;
use super::event::{Op, ResourceId, TaskId, WaitsFor};
use super::recorder::{LiveWait, State};
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
    /// What is likely to have led to it, in sentences, where that is known.
    pub causes: Vec<String>,
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
    /// Who holds it: the tasks that acquired the resource, the task that is to
    /// be joined, or those of a join set. Empty where that is not known, as for
    /// the senders of a channel.
    pub held_by: Vec<String>,
}

impl Recorder {
    /// Ends when no task can go on. It must be polled by the runtime itself,
    /// outside every task.
    pub async fn deadlock(&self) -> Deadlock {
        if self.is_virtual() {
            self.deadlock_of_virtual_clock().await;
        } else {
            self.deadlock_of_real_clock().await;
        }
        self.state().deadlock()
    }

    /// Timers that are not observed fire before the far one does. I/O that is
    /// not observed does not: while a task waits for it, there is no far timer.
    async fn deadlock_of_virtual_clock(&self) {
        loop {
            let may_look = self.parked_stuck() || !self.may_wait_for_io();
            tokio::select! {
                biased;
                () = self.stuck_changed() => {}
                () = sleep(FAR), if may_look => return,
            }
        }
    }

    async fn deadlock_of_real_clock(&self) {
        let mut quiet_since = None;
        loop {
            sleep(LOOK).await;
            let state = self.state();
            if quiet_since == Some(state.live.life) && state.live.all_stuck() {
                return;
            }
            quiet_since = Some(state.live.life);
        }
    }
}

impl State {
    fn deadlock(&self) -> Deadlock {
        let mut waits: Vec<_> = self.live.waits.iter().filter(|wait| wait.open).collect();
        waits.sort_by_key(|wait| (wait.task, wait.number));
        let mut held: Vec<_> = self.live.held.keys().copied().collect();
        held.sort_unstable();
        let holders = |target| self.holders(target, &held);
        let name = |task: TaskId| self.recording.name(task).into_owned();
        let stuck = waits.iter().map(|wait| Stuck {
            task: name(wait.task),
            op: wait.op,
            what: self.what(wait.target.get()),
            at: self.recording.places[wait.place.0 as usize].clone(),
            held_by: holders(wait.target.get()).into_iter().map(name).collect(),
        });
        let stuck = stuck.collect();
        let mut next = BTreeMap::<_, Vec<_>>::new();
        for wait in &waits {
            next.entry(wait.task)
                .or_default()
                .extend(holders(wait.target.get()));
        }
        let cycle = cycle(&next);
        let mut causes = self.causes_of_cycle(&cycle, &waits);
        for wait in &waits {
            let cause = self.cause(wait, &holders(wait.target.get()));
            causes.extend(cause.filter(|cause| !causes.contains(cause)));
        }
        let cycle = cycle.into_iter().map(name).collect();
        Deadlock {
            stuck,
            cycle,
            causes,
        }
    }

    fn causes_of_cycle(&self, cycle: &[TaskId], waits: &[&LiveWait]) -> Vec<String> {
        let locks = |task: &TaskId| {
            let mut waits = waits.iter().filter(|wait| wait.task == *task);
            waits.any(|wait| wait.op != Op::Join)
        };
        let cause = match cycle {
            [] => return Vec::new(),
            [task] => format!(
                "{} waits for what it has itself",
                self.recording.name(*task)
            ),
            tasks if tasks.iter().all(locks) => {
                "each has what the next one waits for: acquire in the same order everywhere"
                    .to_owned()
            }
            _ => return Vec::new(),
        };
        vec![cause]
    }

    /// Why nothing ends a wait.
    fn cause(&self, wait: &LiveWait, holders: &[TaskId]) -> Option<String> {
        let WaitsFor::Resource(id) = wait.target.get() else {
            return None;
        };
        let resource = self
            .recording
            .resources
            .get((id.0 as usize).checked_sub(1)?)?;
        let name = resource.name.as_deref().unwrap_or(&resource.kind);
        match wait.op {
            Op::Notified => Some(match self.live.notified.get(&id) {
                None => format!("{name} was never notified"),
                Some(last) => {
                    let at = self.recording.places.get(last.place.0 as usize)?;
                    format!(
                        "{name} was last notified at {}:{} by {}, before this wait began",
                        at.file,
                        at.line,
                        self.recording.name(last.task)
                    )
                }
            }),
            Op::Acquire if holders.is_empty() && resource.kind == "semaphore" => {
                Some(format!("no task holds a permit of semaphore {name}"))
            }
            _ => None,
        }
    }

    /// Who holds up a wait, in the order of the tasks. `held` is all that is
    /// held, in order.
    fn holders(&self, target: WaitsFor, held: &[(ResourceId, TaskId)]) -> Vec<TaskId> {
        let mut holders: Vec<_> = match target {
            WaitsFor::Clock => Vec::new(),
            WaitsFor::Task(task) => vec![task],
            WaitsFor::Resource(id) => {
                let first = held.partition_point(|(resource, _)| *resource < id);
                let of_it = held[first..].iter().take_while(|(other, _)| *other == id);
                let members = self.live.members.get(&id).into_iter().flatten();
                let members = members.filter(|task| {
                    let live = self.live.tasks.get(task.0 as usize);
                    live.is_some_and(|live| !live.ended)
                });
                of_it
                    .map(|(_, task)| task)
                    .chain(members)
                    .copied()
                    .collect()
            }
        };
        holders.sort_unstable();
        holders.dedup();
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

/// The first circle of tasks that wait for each other; empty if there is none.
/// `next` says for whom each task waits.
fn cycle(next: &BTreeMap<TaskId, Vec<TaskId>>) -> Vec<TaskId> {
    let mut seen = BTreeSet::new();
    for start in next.keys() {
        // The way from `start`, each with the number of its next successor.
        let mut way = vec![(*start, 0)];
        let mut on_way = BTreeSet::from([*start]);
        if !seen.insert(*start) {
            continue;
        }
        while let Some((task, number)) = way.last_mut() {
            let successor = next.get(task).and_then(|tasks| tasks.get(*number));
            *number += 1;
            match successor {
                None => {
                    on_way.remove(task);
                    way.pop();
                }
                Some(task) if on_way.contains(task) => {
                    let tasks = way.iter().map(|(task, _)| *task);
                    return tasks.skip_while(|other| other != task).collect();
                }
                Some(task) if seen.insert(*task) => {
                    on_way.insert(*task);
                    way.push((*task, 0));
                }
                Some(_) => {}
            }
        }
    }
    Vec::new()
}

/// So many names are printed in a list.
const MOST_NAMES: usize = 10;

fn list(names: &[String]) -> String {
    let shown = names.len().min(MOST_NAMES);
    let list = names[..shown].join(", ");
    match names.len() - shown {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

impl fmt::Display for Deadlock {
    /// The waits, the circle and the likely causes. Who waits for the end of a
    /// task that waits itself is left out, unless that is all there is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let follows = |stuck: &&Stuck| stuck.op == Op::Join && !self.cycle.contains(&stuck.task);
        let all_follow = self.stuck.iter().all(|stuck| follows(&stuck));
        let told = self
            .stuck
            .iter()
            .filter(|stuck| all_follow || !follows(stuck));
        let mut told: Vec<_> = told.map(ToString::to_string).collect();
        if let Some(more @ 1..) = told.len().checked_sub(MOST_NAMES) {
            told.truncate(MOST_NAMES);
            told.push(format!("and {more} more wait"));
        }
        if let Some(first) = self.cycle.first() {
            told.push(format!("cycle: {} → {first}", self.cycle.join(" → ")));
        }
        if !self.causes.is_empty() {
            told.push(format!("likely cause: {}", self.causes.join(", ")));
        }
        f.write_str(&told.join("; "))
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
        match (op, &**held_by) {
            (_, []) => Ok(()),
            // The sentence says which task, or that it is one of a set.
            (Op::Join, [task]) if what.ends_with(&**task) => Ok(()),
            (Op::Join, tasks) => write!(f, ", of {}", list(tasks)),
            (_, tasks) => write!(f, ", held by {}", list(tasks)),
        }
    }
}
