//! Event loop: run what is ready, then sleep until the next timer.
//!
//! A complete event loop that runs real futures, with a ready queue and a queue
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
//! | `loop._scheduled`, a heap | a `BTreeMap` of timers; tokio has a timer wheel |
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
//!   count its polls. A sleep that `select!` drops leaves its timer behind,
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

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use std::{future::poll_fn, mem};

use futures_util::future::{BoxFuture, Fuse, FutureExt as _};
use tokio::time::{Instant, sleep};

use crate::kit::{BREAK_IT, Cycle, Result, duration, lock, seconds};
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
    let delays = options.delays.round().iter();
    let tasks = delays.map(|&delay| match options.limit {
        _ if options.no_heap => nap_without_timer(mini.clone(), delay).boxed().fuse(),
        Some(limit) => nap_at_most(mini.clone(), delay, limit).boxed().fuse(),
        None => nap(mini.clone(), delay).boxed().fuse(),
    });
    mini.run_until_complete(tasks.collect()).await;
    Ok(())
}

async fn nap(mini: Mini, delay: Duration) {
    mini.sleep(delay).await;
    println!("✅ Task {} done", seconds(delay).trim_end_matches('s'));
}

async fn nap_at_most(mini: Mini, delay: Duration, limit: Duration) {
    tokio::select! {
        biased;
        () = nap(mini.clone(), delay) => {}
        () = mini.sleep(limit) => println!("⏰ Task {} gave up", seconds(delay).trim_end_matches('s')),
    }
}

async fn nap_without_timer(mini: Mini, delay: Duration) {
    let when = lock(&mini.timers).now + delay;
    poll_fn(|context| {
        if lock(&mini.timers).now >= when {
            return Poll::Ready(());
        }
        // Missing: a timer that wakes the task when its time has come
        thread::sleep(Duration::from_millis(10)); // the processor time of a poll, exaggerated
        context.waker().wake_by_ref(); // so the loop finds it ready in every turn
        Poll::Pending
    })
    .await;
    println!("✅ Task {} done", seconds(delay).trim_end_matches('s'));
}

/// The loop. It has locks because a `Waker` may be sent to another thread.
#[derive(Clone, Default)]
struct Mini {
    ready: Arc<Mutex<VecDeque<Callback>>>, // in the order in which they came
    timers: Arc<Mutex<Timers>>,
}

enum Callback {
    Step(usize), // of the task with this number
    Join,        // a task is done
    Stop,        // all are
}

#[derive(Default)]
struct Timers {
    now: Duration,                               // read once a turn
    scheduled: BTreeMap<(Duration, u64), Waker>, // the earliest timer first
    latest: u64,                                 // the number of a timer keeps equal times in order
}

impl Mini {
    async fn run_until_complete(&self, mut tasks: Vec<Fuse<BoxFuture<'static, ()>>>) {
        let (start, mut unfinished) = (Instant::now(), tasks.len());
        lock(&self.ready).extend((0..unfinished).map(Callback::Step)); // callbacks like all others
        loop {
            let (scheduled, idle) = self.advance(start.elapsed());
            let turn = mem::take(&mut *lock(&self.ready)); // what it adds is for the next one
            println!("🔄 Ready: {}, Scheduled: {scheduled}", turn.len()); // a turn begins
            if turn.is_empty() {
                sleep(idle).await; // once for all tasks, until the next timer
            }
            for callback in turn {
                match callback {
                    Callback::Step(number) => {
                        let waker = Waker::from(Arc::new(Task(number, self.clone())));
                        let context = &mut Context::from_waker(&waker);
                        if tasks[number].poll_unpin(context).is_ready() {
                            lock(&self.ready).push_back(Callback::Join);
                        } // a timer may wake it after its end: then `fuse` polls nothing
                    }
                    Callback::Join if unfinished > 1 => unfinished -= 1,
                    Callback::Join => lock(&self.ready).push_back(Callback::Stop),
                    Callback::Stop => return,
                }
            }
        }
    }

    /// Wakes what is due. Returns how many timers are left, and the time to the next.
    fn advance(&self, now: Duration) -> (usize, Duration) {
        let mut timers = lock(&self.timers);
        timers.now = now;
        let later = timers.scheduled.split_off(&(now, u64::MAX));
        let due = mem::replace(&mut timers.scheduled, later);
        due.into_values().for_each(Waker::wake); // each readies its task
        let next = timers.scheduled.keys().next().map_or(now, |timer| timer.0);
        (timers.scheduled.len(), next.saturating_sub(now))
    }

    async fn sleep(&self, delay: Duration) {
        let mut timer = None; // set at the first poll
        poll_fn(|context| {
            let mut timers = lock(&self.timers);
            if timer.is_some_and(|(when, _)| when <= timers.now) {
                return Poll::Ready(());
            }
            timers.latest += 1;
            let timer = *timer.get_or_insert((timers.now + delay, timers.latest));
            timers.scheduled.insert(timer, context.waker().clone()); // of the latest poll
            Poll::Pending
        })
        .await;
    }
}

struct Task(usize, Mini); // its number, and its loop

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        lock(&self.1.ready).push_back(Callback::Step(self.0)); // it runs in the next turn
    }
}
