//! Queue: pass work from producers to consumers.
//!
//! Two producers add items, two consumers process them, and neither side needs
//! to know the other. Watch the queue grow while the consumers are busy, and how
//! the run ends: first all items are processed, then the consumers stop.
//!
//! # Key insight
//!
//! Is the queue empty, and is all work done? These are two questions: an item
//! that was taken out is in no queue and yet not done. asyncio answers the second
//! one with `task_done` and `join`. In tokio a channel closes when its last
//! sender is dropped: `recv()` then returns what is left, and `None` at the end.
//! Consumers that have ended have processed everything.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Queue(maxsize)` | `mpsc::channel(capacity)` |
//! | `asyncio.Queue()` | `mpsc::unbounded_channel()` |
//! | `await queue.put(item)` | `sender.send(item).await?` |
//! | `await queue.get()` | `receiver.recv().await` |
//! | several consumers | an `Arc<Mutex<Receiver>>`, or the crate async-channel |
//! | `queue.shutdown()` (Python 3.13), or a `None` for each consumer | drop all senders |
//! | `queue.task_done()`, `queue.join()` | join the consumers, or count what is not done, as the recipe does |
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
//! # In tokio
//!
//! The complete program, as one writes it without `task_done`: each item carries a
//! sender, so that dropping the item marks it as done.
//!
//! ```rust,ignore
//! //! Two producers add items to a queue, two consumers process them.
//!
//! use std::error::Error;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tokio::sync::mpsc::{self, Receiver, Sender, error::SendError};
//! use tokio::{sync::Mutex, task::JoinSet, time::sleep};
//!
//! const PRODUCE: [[u64; 3]; 2] = [[179, 189, 164], [235, 162, 282]];
//! const PROCESS: [[u64; 3]; 2] = [[203, 394, 278], [223, 389, 258]];
//!
//! type Item = (String, Sender<()>); // dropping the sender marks the item as done
//!
//! #[tokio::main(flavor = "current_thread")] // one thread, so that the lines keep their order
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let (queue, items) = mpsc::channel(100);
//!     let items = Arc::new(Mutex::new(items));
//!     let (done, mut all_done) = mpsc::channel(1);
//!     let (mut producers, mut consumers) = (JoinSet::new(), JoinSet::new());
//!     for number in 0..2 {
//!         producers.spawn(producer(number, queue.clone(), done.clone()));
//!     }
//!     for number in 0..2 {
//!         consumers.spawn(consumer(number, Arc::clone(&items)));
//!     }
//!     while let Some(ended) = producers.join_next().await {
//!         ended??;
//!     }
//!     drop(done);
//!     all_done.recv().await; // `None` once the last item is dropped
//!     println!("All items processed!");
//!     drop(queue); // closes the channel: the consumers receive `None`
//!     while let Some(ended) = consumers.join_next().await {
//!         ended?;
//!     }
//!     Ok(())
//! }
//!
//! async fn producer(n: usize, queue: Sender<Item>, done: Sender<()>) -> Result<(), SendError<Item>> {
//!     for (i, rest) in PRODUCE[n].into_iter().enumerate() {
//!         queue.send((format!("Item-{n}-{i}"), done.clone())).await?;
//!         let size = queue.max_capacity() - queue.capacity();
//!         println!("Producer-{n}: Added Item-{n}-{i} (queue size: {size})");
//!         sleep(Duration::from_millis(rest)).await;
//!     }
//!     println!("Producer-{n}: Finished");
//!     Ok(())
//! }
//!
//! async fn consumer(n: usize, items: Arc<Mutex<Receiver<Item>>>) {
//!     let mut times = PROCESS[n].into_iter();
//!     loop {
//!         let received = items.lock().await.recv().await; // the consumers take turns
//!         let Some((item, _done)) = received else { break };
//!         println!("Consumer-{n}: Processing {item}");
//!         sleep(Duration::from_millis(times.next().unwrap_or(300))).await;
//!     }
//!     println!("Consumer-{n}: Shutting down");
//! }
//! ```
//!
//! # When to use
//!
//! Where work arrives and is processed at different speeds. Give the queue a
//! capacity: a producer that is faster then waits, instead of filling the memory.
//!
//! With one consumer, tokio's channel is all that it takes, and closing it is how
//! the consumer learns of the end (`--stop close`):
//!
//! ```rust,ignore
//! drop(sender); // the producers hold the others
//! while let Some(item) = receiver.recv().await {
//!     process(item).await;
//! }
//! ```
//!
//! Several consumers share the receiver behind a mutex, as here, or use the crate
//! async-channel, whose receivers can be cloned. To wait for the work itself, join
//! the consumers; `task_done` and `join` are for consumers that go on.
//!
//! # Pitfalls
//!
//! - A pill ends one consumer. The published tutorial of this program sent a
//!   single `None` to several consumers: one stopped, the others waited for ever
//!   (`--one-pill`). In asyncio each pill also needs its `task_done`, or a later
//!   `join` waits for ever. Closing the channel reaches all consumers.
//! - An item whose `task_done` is forgotten is never done, and `join` never
//!   returns (`--forget-task-done`). Releasing on drop, as in the program above,
//!   cannot be forgotten, and a panic or a cancellation does not skip it.
//! - A consumer that stops after a timeout (`--stop timeout`) stops at the first
//!   lull.
//! - A channel stays open while any sender lives, one in `main` included.
//! - `while let Some(item) = items.lock().await.recv().await { … }` holds the lock
//!   during the loop's body, so that one item is processed at a time. Receive in a
//!   statement of its own.
//! - Waiting tasks take turns in FIFO order. asyncio's consumers do not: one that
//!   comes back at the right moment takes an item before those that wait.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo queue --producers 3 --consumers 1
//! $ asyncdemo queue --capacity 1 --stop timeout
//! $ asyncdemo queue --stop close
//! $ asyncdemo queue --forget-task-done
//! $ asyncdemo queue --one-pill
//! ```
//!
//! # Read on
//!
//! - [`tokio::sync::mpsc`](https://docs.rs/tokio/latest/tokio/sync/mpsc/index.html),
//!   with sections on clean shutdown and on several consumers
//! - [`Notified::enable`](https://docs.rs/tokio/latest/tokio/sync/futures/struct.Notified.html#method.enable):
//!   how `join` (in `src/kit/work.rs`) misses no notification
//! - [`asyncio.Queue`](https://docs.python.org/3/library/asyncio-queue.html); its
//!   `shutdown()` is new in Python 3.13

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::kit::{BREAK_IT, DurationLists, Result, Work, capacity, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of producers
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    producers: usize,
    /// Number of consumers
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    consumers: usize,
    /// Number of items that each producer adds
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    items: usize,
    /// Number of items that the queue can hold, from 0 to 1000000; 0 is no limit
    #[arg(long, value_name = "NUMBER", value_parser = capacity, default_value = "0")]
    capacity: usize,
    /// Time that a producer rests after each item: a list for each producer, such as
    /// 100ms,200ms/1s, or a range to draw from; lists that run out start over
    #[arg(long, value_name = "LISTS", default_value = "100ms..300ms")]
    produce_delays: DurationLists,
    /// Time that a consumer processes each item, likewise
    #[arg(long, value_name = "LISTS", default_value = "200ms..400ms")]
    process_delays: DurationLists,
    /// How the consumers learn that there is no more work
    #[arg(long, value_enum, value_name = "HOW", default_value = "pill")]
    stop: Stop,
    /// Time that a consumer waits for an item before it exits, with --stop timeout
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    idle: Duration,
    /// Never mark an item as done: no one learns that all items are processed
    #[arg(long, help_heading = BREAK_IT)]
    forget_task_done: bool,
    /// Send one pill for all consumers: the others wait for ever
    #[arg(long, help_heading = BREAK_IT)]
    one_pill: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// A last item for each consumer says so
    Pill,
    /// They exit when nothing has come for a while
    Timeout,
    /// They are cancelled
    Cancel,
    /// The channel closes when its last sender is dropped
    Close,
}

type Sender = mpsc::Sender<Option<String>>; // `None` is a pill
type Jobs = Arc<Mutex<mpsc::Receiver<Option<String>>>>; // one receiver: the consumers take turns

/// Starts producers and consumers, and stops the consumers once all items are processed.
pub async fn main(options: Options) -> Result {
    let (sender, jobs) = mpsc::channel(options.capacity);
    let jobs = Arc::new(Mutex::new(jobs));
    let all_done = Work::new(); // what asyncio's queue has and tokio's channels lack
    let mut producers = JoinSet::new();
    let mut consumers = JoinSet::new();
    for number in 0..options.producers {
        let (sender, work) = (sender.clone(), all_done.clone());
        producers.spawn(producer(number, options.clone(), sender, work));
    }
    for number in 0..options.consumers {
        let (jobs, work) = (Arc::clone(&jobs), all_done.clone());
        if options.forget_task_done {
            consumers.spawn(forgetful_consumer(number, options.clone(), jobs));
        } else {
            consumers.spawn(consumer(number, options.clone(), jobs, work));
        }
    }
    while let Some(ended) = producers.join_next().await {
        ended??;
    }
    all_done.join().await;
    println!("📋 All items processed!"); // "the queue is empty" would not do: it was empty while the last items were processed
    match options.stop {
        // Missing: for _ in 0..options.consumers
        Stop::Pill if options.one_pill => sender.send(None).await?,
        Stop::Pill => {
            for _ in 0..options.consumers {
                sender.send(None).await?;
            }
        }
        Stop::Cancel => consumers.shutdown().await,
        Stop::Close => drop(sender), // the producers have dropped theirs
        Stop::Timeout => {}
    }
    consumers.join_all().await;
    Ok(())
}

async fn producer(number: usize, options: Options, sender: Sender, work: Work) -> Result {
    let name = format!("Producer-{number}");
    for (item, rest) in (0..options.items).zip(options.produce_delays.of(number, &name)) {
        let item = format!("Item-{number}-{item}");
        let place = sender.reserve().await?; // waits for room in the queue, in FIFO order
        work.add();
        let size = sender.max_capacity() - sender.capacity();
        println!("📦 {name}: Added {item} (queue size: {size})"); // before it is sent: no consumer prints first
        place.send(Some(item));
        sleep(rest).await;
    }
    println!("🏁 {name}: Finished");
    Ok(())
}

async fn consumer(number: usize, options: Options, jobs: Jobs, work: Work) {
    let name = format!("Consumer-{number}");
    let mut times = options.process_delays.of(number, &name);
    while let Some(item) = next_item(&name, &options, &jobs).await {
        println!("📨 {name}: Processing {item}");
        sleep(times.next().unwrap_or_default()).await;
        work.task_done(); // only now is it done: taken is not processed
    }
}

async fn forgetful_consumer(number: usize, options: Options, jobs: Jobs) {
    let name = format!("Consumer-{number}");
    let mut times = options.process_delays.of(number, &name);
    while let Some(item) = next_item(&name, &options, &jobs).await {
        println!("📨 {name}: Processing {item}");
        sleep(times.next().unwrap_or_default()).await;
        // Missing: work.task_done();
    }
}

/// The next item, or `None` where the consumer is to stop.
async fn next_item(name: &str, options: &Options, jobs: &Jobs) -> Option<String> {
    let next = async { jobs.lock().await.recv().await.flatten() };
    let item = match options.stop {
        Stop::Timeout => timeout(options.idle, next).await,
        _ => Ok(next.await),
    };
    match &item {
        Ok(Some(_)) => {}
        Ok(None) => println!("🛑 {name}: Shutting down"), // a pill of its own, or the channel is closed
        Err(_) => println!("⏰ {name} timed out, exiting"), // a lull looks just like the end
    }
    item.ok().flatten()
}
