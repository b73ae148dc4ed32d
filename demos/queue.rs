//! A queue: some make work, others do it.
//!
//! Two producers add items, two consumers process them; the queue keeps the two
//! sides from having to know each other. Watch its size grow while the consumers
//! are busy, and how the end is told: first all items are processed, then the
//! consumers stop.
//!
//! # Key insight
//!
//! Two questions look like one: is the queue empty, and is all work done? An
//! item that was taken out is in no queue and yet not done. Hence `task_done`
//! and `join`.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Queue(maxsize)`, one consumer | `mpsc::channel(capacity)` |
//! | the same, several consumers | a `VecDeque` and a `Notify` for each side |
//! | `queue.task_done()`, `queue.join()` | a count of what is unfinished and a `Notify` |
//! | a `None` for each consumer | an enum with a variant for the end |
//!
//! ```python
//! import asyncio
//!
//! # As drawn from the default seed.
//! PRODUCE = [[0.179, 0.189, 0.164], [0.235, 0.162, 0.282]]
//! PROCESS = [[0.203, 0.394, 0.278], [0.223, 0.389, 0.258]]
//!
//!
//! async def producer(n, queue):
//!     for i, rest in enumerate(PRODUCE[n]):
//!         await queue.put(f"Item-{n}-{i}")
//!         print(f"Producer-{n}: Added Item-{n}-{i} (queue size: {queue.qsize()})")
//!         await asyncio.sleep(rest)
//!     print(f"Producer-{n}: Finished")
//!
//!
//! async def consumer(n, queue):
//!     times = iter(PROCESS[n])
//!     while (item := await queue.get()) is not None:
//!         print(f"Consumer-{n}: Processing {item}")
//!         await asyncio.sleep(next(times))
//!         queue.task_done()
//!     queue.task_done()  # the pill counts as well
//!     print(f"Consumer-{n}: Shutting down")
//!
//!
//! async def main():
//!     queue = asyncio.Queue()
//!     producers = [asyncio.create_task(producer(n, queue)) for n in (0, 1)]
//!     consumers = [asyncio.create_task(consumer(n, queue)) for n in (0, 1)]
//!     await asyncio.gather(*producers)
//!     await queue.join()
//!     print("All items processed!")
//!     for _ in consumers:
//!         await queue.put(None)
//!     await asyncio.gather(*consumers)
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Where making and doing have their own speeds. Give the queue a capacity: it
//! makes fast producers wait instead of filling the memory.
//!
//! # Pitfalls
//!
//! - A poison pill for each consumer comes after all items are processed, one
//!   for each, and counts in `join` as well; a pill left over is a consumer that
//!   still waits.
//! - An item whose `task_done` is forgotten is never done: `--forget-task-done`.
//! - Stopping by timeout (`--stop timeout`) stops at the first lull.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo queue --producers 3 --consumers 1
//! $ asyncdemo queue --capacity 1 --stop timeout
//! $ asyncdemo queue --forget-task-done
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Cycles, Lane, Stage, count, count_or_zero, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Queue {
    /// How many producers there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    producers: usize,

    /// How many consumers there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    consumers: usize,

    /// How many items each producer adds
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    items: usize,

    /// How many items the queue holds at most, from 0 to 1000000; 0 is no limit
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero, default_value = "0")]
    capacity: usize,

    /// How long each producer rests after each of its items, such as 100ms,200ms/1s: a list for
    /// each producer, lists that run out start over [default: drawn from 100ms to 300ms]
    #[arg(long, value_name = "LISTS")]
    produce_delays: Option<Cycles>,

    /// How long each consumer processes each of its items, likewise [default: drawn from 200ms
    /// to 400ms]
    #[arg(long, value_name = "LISTS")]
    process_delays: Option<Cycles>,

    /// How the consumers learn that there is no more work
    #[arg(long, value_enum, value_name = "HOW", default_value = "pill")]
    stop: Stop,

    /// How long a consumer waits for an item before it leaves, with --stop timeout
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    idle: Duration,

    /// Never says that an item is done: nobody learns that all are
    #[arg(long, help_heading = BREAK_IT)]
    forget_task_done: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// A last item for each that says so
    Pill,
    /// They give up when nothing has come for a while
    Timeout,
    /// They are cancelled
    Cancel,
}

/// What lies in the queue.
enum Job {
    Item(String),
    /// There will be no more.
    Pill,
}

/// What asyncio's queue is: first in first out, for many on both sides, with a
/// count of the unfinished.
#[derive(Default)]
struct Jobs {
    capacity: usize,
    /// The jobs, and how many were put and are not done. A std mutex: nobody
    /// awaits while holding it.
    state: Mutex<(VecDeque<Job>, usize)>,
    job_added: Notify,
    job_taken: Notify,
    all_done: Notify,
}

impl Jobs {
    /// Puts a job in, when there is room, and tells how many there are then.
    async fn put(&self, job: Job) -> usize {
        // To be woken is no promise: another may have taken the room meanwhile.
        while self.capacity > 0 && self.with(|(jobs, _)| jobs.len()) >= self.capacity {
            self.job_taken.notified().await;
        }
        let size = self.with(|(jobs, unfinished)| {
            jobs.push_back(job);
            *unfinished += 1;
            jobs.len()
        });
        self.job_added.notify_one();
        size
    }

    /// Takes the first job out, when there is one.
    async fn get(&self) -> Job {
        loop {
            if let Some(job) = self.with(|(jobs, _)| jobs.pop_front()) {
                self.job_taken.notify_one();
                return job;
            }
            // Wakes those who wait in the order in which they came. If we are
            // dropped once we are woken, it wakes the next instead.
            self.job_added.notified().await;
        }
    }

    fn task_done(&self) {
        let left = self.with(|(_, unfinished)| {
            *unfinished -= 1;
            *unfinished
        });
        if left == 0 {
            self.all_done.notify_waiters();
        }
    }

    /// Waits until every job that was put is done.
    async fn join(&self) {
        let all_done = self.all_done.notified();
        if self.with(|(_, unfinished)| *unfinished) > 0 {
            all_done.await;
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut (VecDeque<Job>, usize)) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Demo for Queue {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/queue.log"),
        start: "08:49:12.016",
        options: &[
            "--produce-delays",
            "130ms,127ms,174ms/281ms,164ms,203ms",
            "--process-delays",
            "258ms,341ms,290ms/312ms,301ms,368ms",
        ],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let jobs = Arc::new(Jobs {
            capacity: self.capacity,
            ..Jobs::default()
        });
        let (mut producers, mut consumers) = (JoinSet::new(), JoinSet::new());
        for number in 0..self.producers {
            let lane = stage.lane(format_args!("Producer-{number}"));
            producers.spawn(self.clone().produce(lane, number, Arc::clone(&jobs)));
        }
        for number in 0..self.consumers {
            let lane = stage.lane(format_args!("Consumer-{number}"));
            consumers.spawn(self.clone().consume(lane, number, Arc::clone(&jobs)));
        }

        producers.join_all().await;
        stage
            .waits_for("all items to be processed", jobs.join())
            .await;
        stage.say("📋", "All items processed!"); // not "the queue is empty": that was so long ago

        match self.stop {
            Stop::Timeout => {}
            Stop::Cancel => consumers.shutdown().await,
            Stop::Pill => {
                for _ in 0..self.consumers {
                    jobs.put(Job::Pill).await;
                }
                stage.waits_for("all pills to be taken", jobs.join()).await;
            }
        }
        consumers.join_all().await;
        Ok(())
    }
}

impl Queue {
    async fn produce(self, lane: Lane, number: usize, jobs: Arc<Jobs>) {
        let mut rng = lane.rng();
        for item in 0..self.items {
            let name = format!("Item-{number}-{item}");
            let put = jobs.put(Job::Item(name.clone()));
            let size = lane.waits_for("room in the queue", put).await;
            lane.say("📦", format_args!("Added {name} (queue size: {size})")); // a consumer may be awake already, but it has not had its turn
            let rest = match &self.produce_delays {
                Some(delays) => delays.get(number).get(item),
                None => rng.millis(100..=300),
            };
            lane.works_on("the next item", sleep(rest)).await;
        }
        lane.say("🏁", "Finished");
    }

    async fn consume(self, lane: Lane, number: usize, jobs: Arc<Jobs>) {
        let mut rng = lane.rng();
        for turn in 0.. {
            let job = if self.stop == Stop::Timeout {
                let job = timeout(self.idle, jobs.get());
                let Ok(job) = lane.pauses_for("an item", job).await else {
                    lane.log("⏰", format_args!("{lane} timed out, exiting")); // a lull looks just like the end
                    break;
                };
                job
            } else {
                lane.waits_for("an item", jobs.get()).await
            };
            let Job::Item(name) = job else {
                jobs.task_done();
                lane.say("🛑", "Shutting down"); // its own pill, and nobody else's
                break;
            };
            lane.say("📨", format_args!("Processing {name}"));
            let time = match &self.process_delays {
                Some(delays) => delays.get(number).get(turn),
                None => rng.millis(200..=400),
            };
            lane.works_on("processing", sleep(time)).await;
            if !self.forget_task_done {
                jobs.task_done(); // only now is it done: taken is not processed
            }
        }
    }
}
