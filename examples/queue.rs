//! Two producers add items to a queue, two consumers process them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender, error::SendError};
use tokio::{sync::Mutex, task::JoinSet, time::sleep};

const PRODUCE: [[u64; 3]; 2] = [[179, 189, 164], [235, 162, 282]];
const PROCESS: [[u64; 3]; 2] = [[203, 394, 278], [223, 389, 258]];

type Item = (String, Sender<()>); // dropping the sender marks the item as done

#[tokio::main(flavor = "current_thread")] // one thread, so that the lines keep their order
async fn main() -> Result<(), Box<dyn Error>> {
    let (queue, items) = mpsc::channel(100);
    let items = Arc::new(Mutex::new(items));
    let (done, mut all_done) = mpsc::channel(1);
    let (mut producers, mut consumers) = (JoinSet::new(), JoinSet::new());
    for number in 0..2 {
        producers.spawn(producer(number, queue.clone(), done.clone()));
    }
    for number in 0..2 {
        consumers.spawn(consumer(number, Arc::clone(&items)));
    }
    while let Some(ended) = producers.join_next().await {
        ended??;
    }
    drop(done);
    all_done.recv().await; // `None` once the last item is dropped
    println!("All items processed!");
    drop(queue); // closes the channel: the consumers receive `None`
    while let Some(ended) = consumers.join_next().await {
        ended?;
    }
    Ok(())
}

async fn producer(n: usize, queue: Sender<Item>, done: Sender<()>) -> Result<(), SendError<Item>> {
    for (i, rest) in PRODUCE[n].into_iter().enumerate() {
        queue.send((format!("Item-{n}-{i}"), done.clone())).await?;
        let size = queue.max_capacity() - queue.capacity();
        println!("Producer-{n}: Added Item-{n}-{i} (queue size: {size})");
        sleep(Duration::from_millis(rest)).await;
    }
    println!("Producer-{n}: Finished");
    Ok(())
}

async fn consumer(n: usize, items: Arc<Mutex<Receiver<Item>>>) {
    let mut times = PROCESS[n].into_iter();
    loop {
        let received = items.lock().await.recv().await; // the consumers take turns
        let Some((item, _done)) = received else { break };
        println!("Consumer-{n}: Processing {item}");
        sleep(Duration::from_millis(times.next().unwrap_or(300))).await;
    }
    println!("Consumer-{n}: Shutting down");
}
