//! Three items leave a queue by their priority.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), AcquireError> {
    let queue = PriorityQueue {
        heap: Mutex::default(),
        ready: Semaphore::new(0),
    };
    for (priority, item) in [
        (3, "low priority"),
        (1, "high priority"),
        (2, "medium priority"),
    ] {
        println!("Added: {item} (priority {priority})");
        queue.put(priority, item);
    }
    for _ in 0..3 {
        let (priority, item) = queue.get().await?;
        println!("Processing: {item} (priority {priority})");
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

#[derive(Default)]
struct Heap {
    entries: BinaryHeap<Reverse<(i32, u64, &'static str)>>,
    arrivals: u64,
}

struct PriorityQueue {
    heap: Mutex<Heap>, // the std mutex: no one awaits while holding it
    ready: Semaphore,  // a permit for each item
}

impl PriorityQueue {
    fn put(&self, priority: i32, item: &'static str) {
        let mut heap = self.heap.lock().unwrap();
        heap.arrivals += 1;
        let entry = (priority, heap.arrivals, item); // equal priorities leave in order of arrival
        heap.entries.push(Reverse(entry));
        self.ready.add_permits(1);
    }

    async fn get(&self) -> Result<(i32, &'static str), AcquireError> {
        self.ready.acquire().await?.forget(); // waits for an item
        let mut heap = self.heap.lock().unwrap();
        let Reverse((priority, _, item)) = heap.entries.pop().unwrap(); // there is one
        Ok((priority, item))
    }
}
