//! Runs small programs, and checks what was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending};
use std::time::Duration;

use tokio::observe::{
    self, Deadlock, Ending, Options, Recorder, Recording, ResourceId, TaskId, WaitsFor, What,
    WokenBy,
};
use tokio::runtime::Builder;

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A run of a program on the virtual clock.
pub struct Run<T> {
    pub ending: Ending<T>,
    pub recording: Recording,
}

/// Runs a program on the virtual clock, and checks the recording.
#[track_caller]
pub fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> Run<T> {
    run_with(Options::default(), program)
}

#[track_caller]
pub fn run_with<T: Send + 'static>(
    options: Options,
    program: impl Future<Output = T> + Send + 'static,
) -> Run<T> {
    let builder = &mut Builder::new_current_thread();
    builder.enable_time();
    run_on(builder, options, program)
}

#[track_caller]
pub fn run_on<T: Send + 'static>(
    builder: &mut Builder,
    options: Options,
    program: impl Future<Output = T> + Send + 'static,
) -> Run<T> {
    let recorder = Recorder::new(options, ());
    let ending = observe::run(&recorder, builder, program, pending()).expect("a runtime");
    let recording = recorder.finish().expect("nothing is printed");
    match ending {
        // What waits for ever has no end.
        Ending::Deadlock(_) => assert_ne!(check_events(&recording), 0),
        _ => check(&recording),
    }
    Run { ending, recording }
}

impl<T> Run<T> {
    #[track_caller]
    pub fn done(self) -> T {
        match self.ending {
            Ending::Done(output) => output,
            Ending::Panicked => panic!("it panicked"),
            Ending::Deadlock(deadlock) => panic!("{deadlock}"),
            Ending::Failed | Ending::Interrupted => panic!("it was ended"),
        }
    }

    #[track_caller]
    pub fn deadlock(self) -> Deadlock {
        match self.ending {
            Ending::Deadlock(deadlock) => deadlock,
            _ => panic!("no deadlock"),
        }
    }

    /// All waits, as sentences, in the order in which they began.
    pub fn waits(&self) -> Vec<String> {
        waits(&self.recording)
    }

    /// Who woke a task, poll by poll.
    pub fn wakes(&self, task: &str) -> Vec<String> {
        let recording = &self.recording;
        let polls = recording
            .events
            .iter()
            .filter_map(|event| match event.what {
                What::Polled { task, woken, .. } => Some((task, woken.get())),
                _ => None,
            });
        polls
            .filter(|(polled, _)| recording.name(*polled) == task)
            .map(|(_, woken)| match woken {
                WokenBy::Spawn => "spawn".to_owned(),
                WokenBy::Itself => "itself".to_owned(),
                WokenBy::Outside => "outside".to_owned(),
                WokenBy::Task(task) => recording.name(task).into_owned(),
            })
            .collect()
    }

    /// How each task ended.
    pub fn ends(&self) -> Vec<String> {
        let recording = &self.recording;
        let ends = recording
            .events
            .iter()
            .filter_map(|event| match event.what {
                What::Ended { task, end } => Some(format!("{} {end:?}", recording.name(task))),
                _ => None,
            });
        ends.collect()
    }

    /// Who acquired and released what.
    pub fn holds(&self) -> Vec<String> {
        let recording = &self.recording;
        let holds = recording.events.iter().filter_map(|event| {
            let (task, verb, id, amount) = match event.what {
                What::Acquired {
                    task,
                    resource,
                    amount,
                } => (task, "acquires", resource, amount),
                What::Released {
                    task,
                    resource,
                    amount,
                } => (task, "releases", resource, amount),
                _ => return None,
            };
            let (task, name) = (recording.name(task), recording.short_name(id));
            Some(format!("{task} {verb} {amount} of {name}"))
        });
        holds.collect()
    }
}

/// `task: op what, from-to ms, done`.
pub fn waits(recording: &Recording) -> Vec<String> {
    let mut waits: Vec<(String, u128, String)> = Vec::new();
    for event in &recording.events {
        let now = event.t().as_millis();
        match event.what {
            What::Waits {
                task, target, op, ..
            } => {
                let what = match target.get() {
                    WaitsFor::Clock => "the clock".to_owned(),
                    WaitsFor::Task(task) => recording.name(task).into_owned(),
                    WaitsFor::Resource(id) => recording.short_name(id),
                };
                let task = recording.name(task);
                waits.push((format!("{task}: {op} {what}"), now, String::new()));
            }
            What::Waited { wait, done } => {
                let (_, from, end) = &mut waits[wait.0 as usize];
                let done = if done { "done" } else { "dropped" };
                *end = format!("{from}-{now} ms, {done}");
            }
            _ => {}
        }
    }
    waits
        .into_iter()
        .map(|(wait, _, end)| format!("{wait}, {end}"))
        .collect()
}

/// Whether the recording is well-formed: each begin has its end.
#[track_caller]
pub fn check(recording: &Recording) {
    if recording.cut_short {
        return;
    }
    let without_end = check_events(recording);
    assert_eq!(without_end, 0, "what never ends");
}

/// The same for the events one by one; gives the number of waits, of holds and of
/// tasks that have no end.
fn check_events(recording: &Recording) -> usize {
    let mut latest = 0;
    let mut alive = BTreeSet::new();
    let mut spawned = 0;
    let mut open = BTreeMap::new();
    let mut begun = 0;
    let mut held = BTreeMap::<(ResourceId, TaskId), u32>::new();
    for event in &recording.events {
        assert!(event.nanos >= latest, "{event:?} runs back from {latest}");
        latest = event.nanos;
        let so_far = spawned;
        let known = |task: TaskId| assert!(task.0 <= so_far, "{event:?} comes before its task");
        let exists =
            |id: ResourceId| assert!(id.0 > 0 && id.0 as usize <= recording.resources.len());
        match event.what {
            What::Spawned(task) => {
                assert_eq!(
                    task.0,
                    spawned + 1,
                    "tasks are numbered as they are spawned"
                );
                known(recording.tasks[task.0 as usize - 1].parent);
                spawned += 1;
                alive.insert(task);
            }
            What::Polled { task, woken, .. } => {
                assert!(alive.contains(&task), "{event:?}: it does not exist");
                if let WokenBy::Task(by) = woken.get() {
                    known(by);
                }
            }
            What::Waits {
                task,
                target,
                place,
                ..
            } => {
                known(task);
                assert!((place.0 as usize) < recording.places.len());
                match target.get() {
                    WaitsFor::Clock => {}
                    WaitsFor::Task(task) => known(task),
                    WaitsFor::Resource(id) => exists(id),
                }
                open.insert(begun, task);
                begun += 1;
            }
            What::Waited { wait, .. } => {
                assert!(open.remove(&wait.0).is_some(), "{event:?}: it is not open");
            }
            What::Acquired {
                task,
                resource,
                amount,
            } => {
                known(task);
                exists(resource);
                *held.entry((resource, task)).or_default() += amount;
            }
            What::Released {
                task,
                resource,
                amount,
            } => {
                let held = held.entry((resource, task)).or_default();
                *held = held.checked_sub(amount).expect("it held that much");
            }
            What::State { resource, .. } => exists(resource),
            What::Printed { task, place, .. } => {
                known(task);
                assert!((place.0 as usize) < recording.places.len());
            }
            What::Ended { task, .. } => {
                assert!(alive.remove(&task), "{event:?}: it is not alive");
            }
        }
    }
    held.retain(|_, amount| *amount > 0);
    open.len() + held.len() + alive.len()
}
