//! An event loop: a queue of what can run now and a heap of what runs later.
//!
//! Here is a whole event loop on one page, and it runs real futures. Three tasks
//! sleep on it for different times. At the beginning of each turn it says how
//! many callbacks are ready and how many timers are set: when something is ready
//! it runs all of that, and when nothing is it sleeps until the next timer.
//!
//! # Key insight
//!
//! Nothing in an event loop waits. A task that awaits leaves its waker with
//! whoever will have the answer, and returns; the waker puts the task's next
//! step into the ready queue. The loop itself sleeps, once, for all of them.
//!
//! # In asyncio
//!
//! | asyncio | here, and inside tokio |
//! |---|---|
//! | `loop._ready`, a deque | a `VecDeque` of callbacks |
//! | `loop._scheduled`, a heap | a `BinaryHeap` of timers; tokio has a timer wheel |
//! | `loop.call_soon(callback)` | `ready.push_back(callback)` |
//! | `coroutine.send(None)` | `future.poll(context)` |
//! | `future.add_done_callback(task.wakeup)` | a `Waker` |
//! | `selector.select(timeout)` | sleep until the next timer |
//! | `loop.run_until_complete(gather(…))` | run until the last task is joined |
//!
//! asyncio's own loop takes the same turns, when it is asked to count them:
//!
//! ```python
//! import asyncio
//!
//!
//! class CountingLoop(asyncio.SelectorEventLoop):
//!     def _run_once(self):  # a turn
//!         ready, scheduled = len(self._ready), len(self._scheduled)
//!         if ready or scheduled:
//!             print(f"Ready: {ready}, Scheduled: {scheduled}")
//!         super()._run_once()
//!
//!
//! async def nap(delay):
//!     await asyncio.sleep(delay)
//!     print(f"Task {delay} done")
//!
//!
//! loop = CountingLoop()
//! naps = [loop.create_task(nap(delay)) for delay in (0.1, 0.2, 0.3)]
//! loop.run_until_complete(asyncio.gather(*naps))
//! loop.close()
//! ```
//!
//! # When to use
//!
//! Never at work: tokio's loop also waits for sockets, steals work and survives
//! a million tasks. Build one once, to know what happens between two awaits.
//!
//! # Pitfalls
//!
//! - A turn runs only the callbacks that were ready when it began. If it went on
//!   with what they add, two tasks that wake each other would starve the timers.
//! - The time is read once a turn. Read for each timer, two equal delays set in
//!   the same turn would be due at two times.
//! - A callback that blocks holds up the whole loop, timers included.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo event-loop --delays 300ms,100ms
//! $ asyncdemo event-loop --delays 100ms,100ms,0s
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::iter::from_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Cycle, Lane, Stage, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct EventLoop {
    /// How long each task sleeps, such as 100ms,1.5s: a task for each, from 0s to 24h
    #[arg(long, value_name = "LIST", default_value = "100ms,200ms,300ms")]
    delays: Cycle,
}

impl Demo for EventLoop {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let mini = Mini::default();
        for (number, delay) in self.delays.round().iter().enumerate() {
            let lane = stage.lane(format_args!("Task-{number}"));
            mini.spawn(nap(lane, mini.clone(), *delay));
        }
        mini.run_until_complete(&stage).await;
        Ok(())
    }
}

async fn nap(lane: Lane, mini: Mini, delay: Duration) {
    lane.works_on("a nap", mini.sleep(delay)).await;
    let seconds = seconds(delay);
    let seconds = seconds.trim_end_matches('s');
    lane.log("✅", format_args!("Task {seconds} done"));
}

/// The loop; its clones are the same loop. The mutex is for the compiler, which
/// cannot know that one thread does all of this.
#[derive(Clone, Default)]
struct Mini(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// When this turn began.
    now: Duration,
    ready: VecDeque<Callback>,
    /// The earliest on top; among equals, the timer that was set first.
    scheduled: BinaryHeap<Reverse<(Duration, u64)>>,
    /// Whom each timer wakes. Not in the heap, since wakers have no order.
    wakers: BTreeMap<u64, Waker>,
    /// How many timers were ever set.
    timers: u64,
    /// How many tasks are not joined.
    unfinished: usize,
    stopped: bool,
}

type Callback = Box<dyn FnOnce() + Send>;

impl Mini {
    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.state().unfinished += 1;
        let task = Arc::new(Task {
            future: Mutex::new(Box::pin(future)),
            mini: self.clone(),
        });
        task.wake(); // the first step is a callback like every other
    }

    async fn run_until_complete(&self, stage: &Stage) {
        while !self.state().stopped {
            self.wake_due(stage.elapsed());
            let (ready, scheduled, idle) = self.state().counts();
            if ready + scheduled > 0 {
                stage.say("🔄", format_args!("Ready: {ready}, Scheduled: {scheduled}")); // a turn begins
            }
            if ready == 0 {
                stage.works_on("idling", sleep(idle)).await;
            }
            // What these add to the queue is for the next turn.
            let turn = std::mem::take(&mut self.state().ready);
            for callback in turn {
                callback();
            }
        }
    }

    /// Moves those whose time has come to the ready queue.
    fn wake_due(&self, now: Duration) {
        self.state().now = now;
        from_fn(|| self.state().pop_due()).for_each(Waker::wake);
    }

    fn call_soon(&self, callback: impl FnOnce() + Send + 'static) {
        self.state().ready.push_back(Box::new(callback));
    }

    /// Sets a timer when it is first polled, and is done when that has come.
    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send + 'static {
        let mini = self.clone();
        let mut is_set = false;
        poll_fn(move |context| {
            if std::mem::replace(&mut is_set, true) {
                return Poll::Ready(()); // nobody but the timer wakes this task
            }
            mini.state().call_later(delay, context.waker().clone());
            Poll::Pending
        })
    }

    /// A task is done. The last one stops the loop, by a callback as well.
    fn join(&self) {
        self.state().unfinished -= 1;
        if self.state().unfinished == 0 {
            let mini = self.clone();
            self.call_soon(move || mini.state().stopped = true);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn call_later(&mut self, delay: Duration, waker: Waker) {
        self.timers += 1;
        let when = self.now + delay;
        self.scheduled.push(Reverse((when, self.timers)));
        self.wakers.insert(self.timers, waker);
    }

    fn pop_due(&mut self) -> Option<Waker> {
        let Reverse((when, timer)) = *self.scheduled.peek()?;
        (when <= self.now).then(|| self.scheduled.pop())?;
        self.wakers.remove(&timer)
    }

    /// How many are ready, how many scheduled, and the time to the next timer.
    fn counts(&self) -> (usize, usize, Duration) {
        let next = self.scheduled.peek().map(|Reverse((when, _))| *when);
        let idle = next.unwrap_or_default().saturating_sub(self.now);
        (self.ready.len(), self.scheduled.len(), idle)
    }
}

/// A future, and the loop that runs it step by step.
struct Task {
    future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
    mini: Mini,
}

impl Task {
    /// Runs to the next `.await` that has to wait, or to the end.
    fn step(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            let mini = self.mini.clone();
            self.mini.call_soon(move || mini.join());
        }
    }
}

impl Wake for Task {
    /// What is left with whoever has the answer: it does not run the task, it
    /// puts it in line.
    fn wake(self: Arc<Self>) {
        let mini = self.mini.clone();
        mini.call_soon(move || self.step());
    }
}
