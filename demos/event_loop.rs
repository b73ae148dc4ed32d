//! Event loop: run what is ready, then sleep until the next timer.
//!
//! A complete event loop that runs real futures, with a ready queue and a heap
//! of timers. Three tasks sleep on it. At the beginning of each turn the loop
//! prints how many callbacks are ready and how many timers are set. If callbacks
//! are ready, it runs them; if none is, it sleeps until the next timer.
//!
//! # Key insight
//!
//! A task that awaits does not block. It leaves its waker with whatever will
//! have the answer, and returns to the loop; the waker puts the task's next step
//! into the ready queue. Only the loop sleeps, once for all tasks.
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
//! asyncio's own loop takes the same turns if a subclass counts them:
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
//! # In tokio
//!
//! The same loop without tokio: the standard library has all that it takes. To
//! be short, it runs on one thread, gives its tasks numbers, and keeps its timers
//! in a sorted map:
//!
//! ```rust,ignore
//! //! An event loop in std alone: a queue of ready tasks and a sorted map of timers.
//!
//! use std::cell::RefCell;
//! use std::collections::{BTreeMap, VecDeque};
//! use std::sync::Arc;
//! use std::task::{Context, Poll, Wake, Waker};
//! use std::time::{Duration, Instant};
//! use std::{future::poll_fn, thread};
//!
//! thread_local! {
//!     static READY: RefCell<VecDeque<usize>> = RefCell::default(); // numbers of tasks
//!     static SCHEDULED: RefCell<BTreeMap<(Instant, usize), Waker>> = RefCell::default();
//! }
//!
//! struct Task(usize);
//!
//! impl Wake for Task {
//!     fn wake(self: Arc<Self>) {
//!         READY.with_borrow_mut(|ready| ready.push_back(self.0)); // it is polled in the next turn
//!     }
//! }
//!
//! fn main() {
//!     let mut tasks = [0.1, 0.2, 0.3].map(|delay| Some(Box::pin(nap(delay))));
//!     let wakers = [0, 1, 2].map(|task| Waker::from(Arc::new(Task(task))));
//!     wakers.iter().for_each(Waker::wake_by_ref);
//!     while tasks.iter().any(Option::is_some) {
//!         let due = (Instant::now(), usize::MAX);
//!         let later = SCHEDULED.with_borrow_mut(|timers| timers.split_off(&due));
//!         let (scheduled, next) = (later.len(), later.keys().next().copied());
//!         SCHEDULED.replace(later).into_values().for_each(Waker::wake);
//!         let turn = READY.take(); // what it adds is for the next turn
//!         println!("Ready: {}, Scheduled: {scheduled}", turn.len());
//!         if let (true, Some((when, _))) = (turn.is_empty(), next) {
//!             thread::sleep(when.saturating_duration_since(Instant::now())); // once for all tasks
//!         }
//!         for task in turn {
//!             let context = &mut Context::from_waker(&wakers[task]);
//!             let future = tasks[task].as_mut(); // none if it is woken after its end
//!             if future.is_some_and(|it| it.as_mut().poll(context).is_ready()) {
//!                 tasks[task] = None;
//!             }
//!         }
//!     }
//! }
//!
//! async fn nap(delay: f64) {
//!     let when = Instant::now() + Duration::from_secs_f64(delay);
//!     poll_fn(|context| {
//!         if Instant::now() >= when {
//!             return Poll::Ready(());
//!         }
//!         let timer = (when, context.waker().data() as usize);
//!         SCHEDULED.with_borrow_mut(|timers| timers.insert(timer, context.waker().clone()));
//!         Poll::Pending
//!     })
//!     .await;
//!     println!("Task {delay} done");
//! }
//! ```
//!
//! # When to use
//!
//! To learn what happens between two awaits, and on a device without an
//! operating system, where a small executor is all there is. Otherwise use
//! tokio: its loop also waits for sockets, distributes tasks over threads and
//! handles a million timers.
//!
//! # Pitfalls
//!
//! - A turn runs only the callbacks that were ready when it began. If it also ran
//!   those that they add, two tasks that wake each other would starve the timers.
//! - The time is read once a turn. If each timer read it, two equal delays set in
//!   the same turn would expire at different times.
//! - A future can be polled before it is woken: `join!` and `select!` poll all
//!   their futures when one is woken. `sleep` compares the time, and does not
//!   count its polls. A sleep that `select!` drops leaves its timer in the heap,
//!   so a task can be woken after its end.
//! - A future that returns `Pending` must have stored the waker of the latest
//!   poll, or its task never runs again.
//! - Without timers (`--no-heap`) each turn asks every task whether its time has
//!   come. That takes all of a processor, and the tasks are late.
//! - A callback that blocks delays the whole loop, timers included.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo event-loop --delays 300ms,100ms
//! $ asyncdemo event-loop --delays 100ms,100ms,0s
//! $ asyncdemo event-loop --limit 250ms
//! $ asyncdemo event-loop --no-heap
//! ```
//!
//! # Read on
//!
//! - [`std::task::Wake`](https://doc.rust-lang.org/std/task/trait.Wake.html)
//! - [Async in depth](https://tokio.rs/tokio/tutorial/async), which builds a small
//!   executor too
//! - [tokio's runtime](https://docs.rs/tokio/latest/tokio/runtime/index.html#detailed-runtime-behavior)
//! - [asyncio's event loop](https://docs.python.org/3/library/asyncio-eventloop.html)
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::iter::from_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Cycle, Result, duration, seconds};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Time that each task sleeps, a task for each, such as 100ms,1.5s, from 0s to 24h
    #[arg(long, value_name = "LIST", default_value = "100ms,200ms,300ms")]
    delays: Cycle,

    /// Time after which a task gives up, by `select!` [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,

    /// Set no timers: poll every task that sleeps in a busy loop
    #[arg(long, help_heading = BREAK_IT)]
    no_heap: bool,
}

/// Runs a task for each delay on the loop below.
pub async fn main(options: Options) -> Result {
    let mini = Mini::default();
    for &delay in options.delays.round() {
        match options.limit {
            _ if options.no_heap => mini.spawn(nap_without_timer(mini.clone(), delay)),
            Some(limit) => mini.spawn(nap_at_most(mini.clone(), delay, limit)),
            None => mini.spawn(nap(mini.clone(), delay)),
        }
    }
    mini.run_until_complete().await;
    Ok(())
}

async fn nap(mini: Mini, delay: Duration) {
    mini.sleep(delay).await;
    println!("✅ Task {} done", seconds(delay).trim_end_matches('s'));
}

async fn nap_at_most(mini: Mini, delay: Duration, limit: Duration) {
    select! {
        biased;
        () = nap(mini.clone(), delay) => {}
        () = mini.sleep(limit) => println!("⏰ Task {} gave up", seconds(delay).trim_end_matches('s')),
    }
}

/// The broken twin of `nap`.
async fn nap_without_timer(mini: Mini, delay: Duration) {
    let when = mini.state().now + delay;
    let due = |context: &mut Context<'_>| {
        if mini.state().now >= when {
            return Poll::Ready(());
        }
        // Missing: a timer that wakes the task when its time has come
        thread::sleep(Duration::from_millis(10)); // the processor time of a poll, exaggerated
        context.waker().wake_by_ref(); // so the loop finds it ready in every turn
        Poll::Pending
    };
    poll_fn(due).await;
    println!("✅ Task {} done", seconds(delay).trim_end_matches('s'));
}

/// The loop; its clones are the same loop. The mutex is there because a `Waker`
/// may be sent to another thread.
#[derive(Clone, Default)]
struct Mini(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,                                   // read once a turn
    ready: VecDeque<Callback>,                       // in the order in which they came
    scheduled: BinaryHeap<Reverse<(Duration, u64)>>, // the earliest timer on top
    wakers: BTreeMap<u64, Waker>,                    // what a timer wakes, by its number
    timers: u64,                                     // the latest number
    unfinished: usize,                               // tasks that are not joined
}

enum Callback {
    Step(Arc<Task>),
    Join, // a task is done
    Stop, // all are
}

impl Mini {
    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.state().unfinished += 1;
        let (mini, future) = (self.clone(), Mutex::new(Some(Box::pin(future) as Job)));
        Arc::new(Task { mini, future }).wake(); // the first step is a callback like all others
    }

    async fn run_until_complete(&self) {
        let start = Instant::now();
        loop {
            self.state().now = start.elapsed();
            from_fn(|| self.state().pop_due()).for_each(Waker::wake); // each readies its task
            let (ready, scheduled, idle) = self.state().counts();
            if ready + scheduled > 0 {
                println!("🔄 Ready: {ready}, Scheduled: {scheduled}"); // a turn begins
            }
            if ready == 0 {
                sleep(idle).await; // once for all tasks, until the next timer
            }
            let turn = std::mem::take(&mut self.state().ready); // what it adds is for the next one
            for callback in turn {
                match callback {
                    Callback::Step(task) => task.step(),
                    Callback::Join => self.state().join(),
                    Callback::Stop => return,
                }
            }
        }
    }

    /// Sets a timer at its first poll, and is ready when the time has come.
    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (mini, mut timer) = (self.clone(), None);
        poll_fn(move |context| {
            let mut state = mini.state();
            let (_, number) = match timer {
                Some((when, _)) if when <= state.now => return Poll::Ready(()),
                Some(timer) => timer, // too early: `join!` and `select!` poll all their futures
                None => *timer.insert(state.schedule(delay)),
            };
            state.wakers.insert(number, context.waker().clone());
            Poll::Pending
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn schedule(&mut self, delay: Duration) -> (Duration, u64) {
        self.timers += 1;
        let timer = (self.now + delay, self.timers); // the number keeps equal times in order
        self.scheduled.push(Reverse(timer));
        timer
    }

    fn pop_due(&mut self) -> Option<Waker> {
        let &Reverse((when, number)) = self.scheduled.peek()?;
        (when <= self.now).then(|| self.scheduled.pop())?;
        self.wakers.remove(&number)
    }

    /// How many are ready, how many scheduled, and the time to the next timer.
    fn counts(&self) -> (usize, usize, Duration) {
        let next = self.scheduled.peek().map_or(self.now, |timer| timer.0.0);
        (
            self.ready.len(),
            self.scheduled.len(),
            next.saturating_sub(self.now),
        )
    }

    fn join(&mut self) {
        self.unfinished -= 1;
        if self.unfinished == 0 {
            self.ready.push_back(Callback::Stop);
        }
    }
}

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    mini: Mini,
    future: Mutex<Option<Job>>, // none when it is done; a timer may still wake it
}

impl Task {
    /// Runs to the next `.await` that has to wait, or to the end.
    fn step(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let poll = |future: &mut Job| future.as_mut().poll(&mut Context::from_waker(&waker));
        if future.as_mut().map(poll) == Some(Poll::Ready(())) {
            *future = None;
            self.mini.state().ready.push_back(Callback::Join);
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let mini = self.mini.clone();
        mini.state().ready.push_back(Callback::Step(self)); // it runs in the next turn
    }
}
