//! A priority queue: the most urgent leaves first.
//!
//! Three items come in, the least urgent first, and leave by priority: the
//! smallest number is the most urgent. Items of equal priority leave in the
//! order in which they came.
//!
//! # Key insight
//!
//! A priority queue orders only what lies in it. An urgent item overtakes those
//! that wait, never the one that is being processed. Where the queue is mostly
//! empty, priorities change nothing: `--concurrent` shows it.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.PriorityQueue()` | a `BinaryHeap` behind a `Mutex` |
//! | `await queue.get()` | a `Semaphore` that counts the items, then `pop()` |
//! | smallest first | `Reverse`, since Rust's heap has the largest on top |
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
//!     arrival = count()  # among equals, first come first served
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
//! # When to use
//!
//! Where work piles up and some of it cannot wait: alarms before statistics,
//! what a user waits for before what nobody looks at.
//!
//! # Pitfalls
//!
//! - A heap keeps no order among equals. A queue of (priority, item) pairs goes
//!   on to compare the items: the order then depends on the payload, and in
//!   Python a payload that cannot be compared raises. Put a number that counts
//!   arrivals between the two.
//! - Under steady load the least urgent may wait for ever. Let priorities rise
//!   with age, or give each its share.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo priority --items "2:second,1:first,2:third" --every 100ms
//! $ asyncdemo priority --concurrent
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Lane, Stage, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Priority {
    /// The items in the order in which they come, as PRIORITY:ITEM,PRIORITY:ITEM; priorities are
    /// whole numbers from -10000000 to 10000000, and the smallest is the most urgent
    #[arg(
        long,
        value_name = "LIST",
        allow_hyphen_values = true,
        default_value = "3:low priority,1:high priority,2:medium priority"
    )]
    items: Items,

    /// How long an item is processed
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    every: Duration,

    /// Produces and consumes at the same time; the items come twice as fast as they leave
    #[arg(long)]
    concurrent: bool,
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

/// What asyncio calls a priority queue.
struct Queue {
    /// The heap compares from left to right: the priority, then the arrival,
    /// which is different for each. It never comes to compare the items. A std
    /// mutex: nobody awaits while holding it.
    heap: Mutex<BinaryHeap<Reverse<(i32, usize, String)>>>,
    /// A permit for each item.
    ready: Semaphore,
}

impl Queue {
    fn put(&self, priority: i32, arrival: usize, item: String) {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        heap.push(Reverse((priority, arrival, item)));
        self.ready.add_permits(1);
    }

    async fn get(&self) -> anyhow::Result<(i32, String)> {
        self.ready.acquire().await?.forget();
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        let Reverse((priority, _, item)) = heap.pop().context("a permit without an item")?;
        Ok((priority, item))
    }
}

impl Demo for Priority {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let queue = Arc::new(Queue {
            heap: Mutex::default(),
            ready: Semaphore::new(0),
        });
        let produce = self
            .clone()
            .produce(stage.lane("Producer"), Arc::clone(&queue));
        let consume = self.clone().consume(stage.lane("Consumer"), queue);
        if self.concurrent {
            let producer = tokio::spawn(produce);
            consume.await?;
            producer.await?;
        } else {
            produce.await;
            consume.await?;
        }
        Ok(())
    }
}

impl Priority {
    async fn produce(self, lane: Lane, queue: Arc<Queue>) {
        for (arrival, (priority, item)) in self.items.0.into_iter().enumerate() {
            lane.log("📥", format_args!("Added: {item} (priority {priority})"));
            queue.put(priority, arrival, item);
            if self.concurrent {
                lane.works_on("the next item", sleep(self.every / 2)).await;
            }
        }
    }

    async fn consume(self, lane: Lane, queue: Arc<Queue>) -> anyhow::Result<()> {
        for _ in &self.items.0 {
            let (priority, item) = lane.waits_for("an item", queue.get()).await?;
            let text = format!("Processing: {item} (priority {priority})");
            lane.log("🔧", text); // the most urgent of those that are here now
            lane.works_on("processing", sleep(self.every)).await;
        }
        Ok(())
    }
}
