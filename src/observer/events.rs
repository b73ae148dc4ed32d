//! What is observed, as events of a recording.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::observe::{
    self, Line, Op, PlaceId, Recorder, Recording, Target, TaskId, WaitId, WaitsFor, WokenBy,
};

use crate::output::icon;
use crate::recording::{End, Event, Kind, LaneRef, Place, Sink, Span, TaskKind, Waker, What};

/// A poll that takes this long on the real clock is shown.
const SHOWN: Duration = Duration::from_millis(1);

/// Passes what is observed on to a sink.
pub struct Events {
    sink: Box<dyn Sink>,
    /// What takes time now, by its number there and here.
    open: BTreeMap<WaitId, (TaskId, u32)>,
    /// Threads that run, and the number of that.
    threads: BTreeMap<TaskId, u32>,
    /// Waits that have begun there.
    begun: u32,
    /// What takes time has a number of its own here.
    numbers: u32,
    /// Resources that the sink knows.
    made: u32,
    /// The poll that is under way.
    poll: Poll,
}

#[derive(Default)]
struct Poll {
    task: TaskId,
    since: Duration,
    woken: Waker,
    /// When the runtime had nothing to do afterwards.
    over: Option<Duration>,
    /// Whether it has blocked the thread, which is shown as such.
    blocked: bool,
}

impl Events {
    pub fn new(sink: Box<dyn Sink>) -> Self {
        Self {
            sink,
            open: BTreeMap::new(),
            threads: BTreeMap::new(),
            begun: 0,
            numbers: 0,
            made: 0,
            poll: Poll::default(),
        }
    }

    fn pass(
        &mut self,
        t: Duration,
        task: TaskId,
        at: Place<'_>,
        kind: Kind<&str>,
        recording: &Recording,
    ) -> io::Result<()> {
        let name = recording.name(task);
        self.sink.event(&Event {
            t,
            lane: lane(task, &name),
            at,
            kind,
        })
    }

    fn number(&mut self) -> u32 {
        self.numbers = self.numbers.wrapping_add(1);
        self.numbers - 1
    }

    /// The poll that was under way is over.
    fn polled(&mut self, now: Duration, recording: &Recording) -> io::Result<()> {
        let Poll {
            task,
            since,
            blocked,
            ..
        } = std::mem::take(&mut self.poll);
        let took = now.saturating_sub(since);
        if task == TaskId(0) || blocked || took < SHOWN {
            return Ok(());
        }
        self.pass(now, task, Place::default(), Kind::Ran(took), recording)
    }

    /// Says what a resource is before it is named, and gives its number here.
    fn made(
        &mut self,
        t: Duration,
        id: observe::ResourceId,
        recording: &Recording,
    ) -> io::Result<u32> {
        while self.made < id.0 {
            self.made += 1;
            let id = observe::ResourceId(self.made);
            let name = recording.short_name(id);
            let name = name.as_str();
            let made = recording.resources.get(self.made as usize - 1);
            let at = made.map_or_else(Place::default, |made| place(recording, made.place));
            let resource = self.made - 1;
            let kind = Kind::Made { resource, name };
            self.pass(t, TaskId(1), at, kind, recording)?;
        }
        Ok(id.0.saturating_sub(1))
    }

    fn begin(
        &mut self,
        t: Duration,
        task: TaskId,
        (target, op): (Target, Op),
        at: Place<'_>,
        recording: &Recording,
    ) -> io::Result<()> {
        let wait = WaitId(self.begun);
        self.begun = self.begun.wrapping_add(1);
        let name;
        let (span, what) = match (target.get(), op) {
            (WaitsFor::Clock, Op::Block) if !is_thread(task, recording) => {
                self.poll.blocked = true;
                (Span::Blocking, What::Nothing)
            }
            (WaitsFor::Clock, _) => (Span::Sleeping, What::Nothing),
            (WaitsFor::Task(of), _) => {
                name = recording.name(of);
                let lane = of.0.checked_sub(2).map(What::Task);
                (Span::Task, lane.unwrap_or(What::Named(&*name)))
            }
            (WaitsFor::Resource(id), _) => {
                let resource = self.made(t, id, recording)?;
                let span = if op == Op::Join {
                    Span::Task
                } else {
                    Span::Resource
                };
                (span, What::Resource(resource))
            }
        };
        let number = self.number();
        self.open.insert(wait, (task, number));
        let op = format!("{op:?}").to_lowercase();
        let kind = Kind::Begin {
            wait: number,
            span,
            what,
            op: &op,
        };
        self.pass(t, task, at, kind, recording)
    }
}

/// The first task is the main one, and so is code outside every task.
fn lane(task: TaskId, name: &str) -> Option<LaneRef<'_>> {
    let id = task.0.checked_sub(2)?;
    Some(LaneRef { id, name })
}

fn place(recording: &Recording, id: PlaceId) -> Place<'_> {
    let place = recording.places.get(id.0 as usize);
    place.map_or_else(Place::default, |place| Place {
        file: &place.file,
        line: place.line,
    })
}

fn is_thread(task: TaskId, recording: &Recording) -> bool {
    let index = (task.0 as usize).checked_sub(1);
    let task = index.and_then(|index| recording.tasks.get(index));
    task.is_some_and(|task| task.kind == observe::TaskKind::Blocking)
}

/// The error of the log, as it is reported.
fn cannot_write(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write the log: {error}"))
}

impl observe::Sink for Events {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.take_line(line).map_err(|error| cannot_write(&error))
    }

    fn event(&mut self, event: &observe::Event, recording: &Recording) -> io::Result<()> {
        let taken = self.take_event(event, recording);
        taken.map_err(|error| cannot_write(&error))
    }

    fn idle(&mut self) -> io::Result<()> {
        self.flush().map_err(|error| cannot_write(&error))
    }
}

impl Events {
    fn take_line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let name = (line.name)();
        let at = Place {
            file: line.file,
            line: line.line,
        };
        let (icon, text) = icon::split(line.text);
        self.sink.event(&Event {
            t: line.t,
            lane: lane(line.task, &name),
            at,
            kind: Kind::Line { icon, text },
        })
    }

    fn take_event(&mut self, event: &observe::Event, recording: &Recording) -> io::Result<()> {
        let (t, nowhere) = (event.t(), Place::default());
        if let Some(over) = self.poll.over {
            self.polled(over, recording)?;
        }
        match event.what {
            observe::What::Spawned(task) => self.spawned(t, task, recording),
            observe::What::Polled { task, .. } if is_thread(task, recording) => {
                self.runs(t, task, recording)
            }
            observe::What::Polled { task, woken, .. } => {
                self.polled(t, recording)?;
                self.poll = Poll {
                    task,
                    since: t,
                    woken: waker(woken.get()),
                    ..Poll::default()
                };
                Ok(())
            }
            observe::What::Waits {
                task,
                target,
                op,
                place: at,
            } => self.begin(t, task, (target, op), place(recording, at), recording),
            observe::What::Waited { wait, done } => {
                let Some((task, wait)) = self.open.remove(&wait) else {
                    return Ok(());
                };
                let by = if done && task == self.poll.task {
                    self.poll.woken
                } else {
                    Waker::Outside
                };
                self.pass(t, task, nowhere, Kind::Over { wait, done, by }, recording)
            }
            observe::What::Acquired {
                task,
                resource: id,
                amount,
            } => {
                let resource = self.made(t, id, recording)?;
                let kind = Kind::Acquired { resource, amount };
                self.pass(t, task, nowhere, kind, recording)
            }
            observe::What::Released {
                task,
                resource: id,
                amount,
            } => {
                let resource = self.made(t, id, recording)?;
                let kind = Kind::Released { resource, amount };
                self.pass(t, task, nowhere, kind, recording)
            }
            observe::What::State {
                resource: id,
                value,
            } => {
                let resource = self.made(t, id, recording)?;
                let kind = Kind::State { resource, value };
                self.pass(t, self.poll.task, nowhere, kind, recording)
            }
            observe::What::Ended { task, end } => self.ended(t, task, end, recording),
            observe::What::Printed { .. } => Ok(()), // It came as a line.
        }
    }

    fn spawned(&mut self, t: Duration, task: TaskId, recording: &Recording) -> io::Result<()> {
        let name = recording.name(task);
        let Some(lane) = lane(task, &name) else {
            return Ok(()); // The main task is there from the beginning.
        };
        self.sink.lane(lane);
        let spawned = recording.tasks[task.0 as usize - 1];
        let kind = Kind::Spawned {
            parent: spawned.parent.0.checked_sub(2),
            task: match spawned.kind {
                observe::TaskKind::Blocking => TaskKind::Blocking,
                _ => TaskKind::Async,
            },
        };
        self.pass(t, task, place(recording, spawned.place), kind, recording)
    }

    /// A thread runs until its task ends.
    fn runs(&mut self, t: Duration, task: TaskId, recording: &Recording) -> io::Result<()> {
        if self.threads.contains_key(&task) {
            return Ok(()); // The runtime's part of it.
        }
        let wait = self.number();
        self.threads.insert(task, wait);
        let kind = Kind::Begin {
            wait,
            span: Span::Running,
            what: What::Nothing,
            op: "",
        };
        self.pass(t, task, Place::default(), kind, recording)
    }

    fn ended(
        &mut self,
        t: Duration,
        task: TaskId,
        end: observe::End,
        recording: &Recording,
    ) -> io::Result<()> {
        let nowhere = Place::default();
        if let Some(wait) = self.threads.remove(&task) {
            let (done, by) = (true, Waker::Outside);
            self.pass(t, task, nowhere, Kind::Over { wait, done, by }, recording)?;
        }
        if self.poll.task == task {
            self.polled(t, recording)?;
        }
        if task.0 < 2 {
            return Ok(()); // How the run ended tells it.
        }
        let end = match end {
            observe::End::Finished => End::Finished,
            observe::End::Failed => End::Failed,
            observe::End::Cancelled => End::Cancelled,
            observe::End::Panicked => End::Panicked,
        };
        self.pass(t, task, nowhere, Kind::Ended(end), recording)
    }

    fn flush(&mut self) -> io::Result<()> {
        // What ran until now is told with the next event, when names are known.
        if self.poll.over.is_none() {
            self.poll.over = Recorder::current().map(|recorder| recorder.now());
        }
        self.sink.flush()
    }
}

fn waker(woken: WokenBy) -> Waker {
    match woken {
        WokenBy::Task(TaskId(1)) => Waker::Main,
        WokenBy::Task(TaskId(id)) if id > 1 => Waker::Lane(id - 2),
        _ => Waker::Outside,
    }
}
