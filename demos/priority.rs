//! Priority queue: process the most urgent item first.
//!
//! Three items arrive, the least urgent first, and leave by priority: the
//! smallest number is the most urgent. Items of equal priority leave in the
//! order in which they arrived. Compare that with `--compare-items`, which lets
//! the heap compare the items themselves.
//!
//! # Key insight
//!
//! A priority queue orders only what is in it. An urgent item overtakes those
//! that wait, never the one that is being processed. Where the queue is mostly
//! empty, priorities change nothing; `--concurrent` shows it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.PriorityQueue()` | a `BinaryHeap` behind a `std::sync::Mutex` |
//! | `await queue.get()` | acquire a `Semaphore` that counts the items, then `pop()` |
//! | smallest first | `Reverse`, because Rust's heap has the largest on top |
//! | `(priority, next(counter), item)` | the same, as a tuple |
//!
//! ```python
//! import asyncio
//! from itertools import count
//!
//! ITEMS = [(3, "low priority"), (1, "high priority"), (2, "medium priority")]
//!
//!
//! async def produce(queue):
//!     arrival = count()  # equal priorities leave in order of arrival
//!     for priority, item in ITEMS:
//!         await queue.put((priority, next(arrival), item))
//!         print(f"Added: {item} (priority {priority})")
//!
//!
//! async def consume(queue):
//!     for _ in ITEMS:
//!         priority, _, item = await queue.get()
//!         print(f"Processing: {item} (priority {priority})")
//!         await asyncio.sleep(0.5)
//!
//!
//! async def main():
//!     queue = asyncio.PriorityQueue()
//!     await produce(queue)
//!     await consume(queue)
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! The complete program. To share the queue between tasks, put it into an `Arc`.
//!
//! ```rust,ignore
//! //! Three items leave a queue by their priority.
//!
//! use std::cmp::Reverse;
//! use std::collections::BinaryHeap;
//! use std::sync::Mutex;
//! use std::time::Duration;
//!
//! use tokio::sync::{AcquireError, Semaphore};
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), AcquireError> {
//!     let queue = PriorityQueue {
//!         heap: Mutex::default(),
//!         ready: Semaphore::new(0),
//!     };
//!     for (priority, item) in [
//!         (3, "low priority"),
//!         (1, "high priority"),
//!         (2, "medium priority"),
//!     ] {
//!         println!("Added: {item} (priority {priority})");
//!         queue.put(priority, item);
//!     }
//!     for _ in 0..3 {
//!         let (priority, item) = queue.get().await?;
//!         println!("Processing: {item} (priority {priority})");
//!         sleep(Duration::from_millis(500)).await;
//!     }
//!     Ok(())
//! }
//!
//! #[derive(Default)]
//! struct Heap {
//!     entries: BinaryHeap<Reverse<(i32, u64, &'static str)>>,
//!     arrivals: u64,
//! }
//!
//! struct PriorityQueue {
//!     heap: Mutex<Heap>, // the std mutex: no one awaits while holding it
//!     ready: Semaphore,  // a permit for each item
//! }
//!
//! impl PriorityQueue {
//!     fn put(&self, priority: i32, item: &'static str) {
//!         let mut heap = self.heap.lock().unwrap();
//!         heap.arrivals += 1;
//!         let entry = (priority, heap.arrivals, item); // equal priorities leave in order of arrival
//!         heap.entries.push(Reverse(entry));
//!         self.ready.add_permits(1);
//!     }
//!
//!     async fn get(&self) -> Result<(i32, &'static str), AcquireError> {
//!         self.ready.acquire().await?.forget(); // waits for an item
//!         let mut heap = self.heap.lock().unwrap();
//!         let Reverse((priority, _, item)) = heap.entries.pop().unwrap(); // there is one
//!         Ok((priority, item))
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! Where work piles up and some of it cannot wait: alarms before statistics,
//! requests that a user waits for before background jobs. For two or three
//! levels, a channel for each and a `biased` `select!` over them is simpler.
//!
//! # Pitfalls
//!
//! - A heap keeps no order among equals. A queue of (priority, item) pairs goes
//!   on to compare the items (`--compare-items`): the order then depends on the
//!   payload, and in Python a payload that cannot be compared raises
//!   `TypeError`. Put a sequence number between the two.
//! - Under steady load the least urgent item may wait for ever. Raise the
//!   priority of an item with its age, or serve each level in turn.
//! - `while not queue.empty()` is no way to wait for items: it ends at the first
//!   moment at which the consumer is faster than the producer.
//! - This queue is unbounded. A second semaphore for the free places makes a
//!   fast producer wait.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo priority --items "2:second,1:first,2:third" --every 100ms
//! $ asyncdemo priority --concurrent
//! $ asyncdemo priority --items "2:write,1:urgent,2:answer"
//! $ asyncdemo priority --items "2:write,1:urgent,2:answer" --compare-items
//! ```
//!
//! # Read on
//!
//! - [`std::collections::BinaryHeap`](https://doc.rust-lang.org/std/collections/struct.BinaryHeap.html)
//! - [`tokio::sync::Semaphore`](https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html)
//! - [`asyncio.PriorityQueue`](https://docs.python.org/3/library/asyncio-queue.html#asyncio.PriorityQueue)

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::builder::ArgPredicate::IsPresent;
use tokio::sync::{AcquireError, Semaphore};
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, duration};

const ITEMS: &str = "3:low priority,1:high priority,2:medium priority";

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Items in the order of their arrival, as PRIORITY:ITEM,PRIORITY:ITEM; priorities are whole
    /// numbers from -10000000 to 10000000, and the smallest is the most urgent
    #[arg(long, value_name = "LIST", allow_hyphen_values = true, default_value = ITEMS)]
    #[arg(default_value_if("compare_items", IsPresent, "2:write,1:urgent,2:answer"))]
    items: Items,

    /// Time to process an item
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    every: Duration,

    /// Produce and consume concurrently; items arrive twice as fast as they leave
    #[arg(long)]
    concurrent: bool,

    /// Omit the sequence number: equal priorities leave in the order of their names
    #[arg(long, help_heading = BREAK_IT)]
    compare_items: bool,
}

#[derive(Clone, Debug)]
struct Items(Vec<(i32, String)>);

impl FromStr for Items {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = |pair: &str| {
            let (priority, item) = pair.split_once(':')?;
            let priority = priority.trim().parse().ok()?;
            let item = item.trim();
            let fits = (-10_000_000..=10_000_000).contains(&priority)
                && !item.is_empty()
                && !item.contains(char::is_control);
            fits.then(|| (priority, item.to_owned()))
        };
        let items = text.split(',').map(pair).collect::<Option<_>>();
        items.map(Self).ok_or(
            "expected PRIORITY:ITEM pairs separated by commas, such as 2:second,1:first, \
             each priority a whole number from -10000000 to 10000000",
        )
    }
}

/// Adds all items and processes them, one after the other or concurrently.
pub async fn main(options: Options) -> Result {
    let queue = Arc::new(PriorityQueue {
        heap: Mutex::default(),
        ready: Semaphore::new(0),
    });
    let producer = producer(options.clone(), Arc::clone(&queue));
    if options.concurrent {
        let producer = tokio::spawn(producer);
        consumer(options, queue).await?;
        producer.await?;
    } else {
        producer.await;
        consumer(options, queue).await?;
    }
    Ok(())
}

async fn producer(options: Options, queue: Arc<PriorityQueue>) {
    for (priority, item) in options.items.0 {
        println!("📥 Added: {item} (priority {priority})");
        if options.compare_items {
            queue.put_without_number(priority, item);
        } else {
            queue.put(priority, item);
        }
        if options.concurrent {
            sleep(options.every / 2).await;
        }
    }
}

async fn consumer(options: Options, queue: Arc<PriorityQueue>) -> Result<(), AcquireError> {
    for _ in options.items.0 {
        let (priority, item) = queue.get().await?;
        println!("🔧 Processing: {item} (priority {priority})"); // the most urgent of those that are here now
        sleep(options.every).await;
    }
    Ok(())
}

/// What asyncio calls a priority queue.
struct PriorityQueue {
    /// The std mutex, because no task awaits while holding it.
    heap: Mutex<Heap>,
    /// A permit for each item.
    ready: Semaphore,
}

#[derive(Default)]
struct Heap {
    /// Compared from left to right: priority, sequence number, item.
    entries: BinaryHeap<Reverse<(i32, u64, String)>>,
    arrivals: u64,
}

impl PriorityQueue {
    fn put(&self, priority: i32, item: String) {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        heap.arrivals += 1;
        let entry = (priority, heap.arrivals, item); // no two numbers are equal: the items are never compared
        heap.entries.push(Reverse(entry));
        self.ready.add_permits(1);
    }

    fn put_without_number(&self, priority: i32, item: String) {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        // Missing: heap.arrivals += 1;
        let entry = (priority, heap.arrivals, item);
        heap.entries.push(Reverse(entry));
        self.ready.add_permits(1);
    }

    async fn get(&self) -> Result<(i32, String), AcquireError> {
        self.ready.acquire().await?.forget(); // waits for an item, in FIFO order
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        let Reverse((priority, _, item)) = heap.entries.pop().expect("a permit for each item");
        Ok((priority, item))
    }
}
