//! Channels: choose among mpsc, oneshot, broadcast and watch.
//!
//! Three numbers go through each kind of channel, one kind after the other. The
//! receivers of `mpsc` and `watch` need more time than the sender. Watch that the
//! `mpsc` sender waits for its receiver, while the `watch` receiver skips a number.
//!
//! # Key insight
//!
//! A channel says who receives a message and what happens when receivers are slow:
//! `mpsc` makes the sender wait, `broadcast` drops the oldest message, `watch` keeps
//! the latest value only, and `oneshot` carries a single message.
//!
//! # In asyncio
//!
//! asyncio has one kind of channel, the queue. The other three are built from what
//! it has:
//!
//! | asyncio | tokio | receivers | a slow receiver |
//! |---|---|---|---|
//! | `asyncio.Queue(maxsize=1)` | `mpsc::channel(1)` | one of them gets a message | makes the sender wait |
//! | `asyncio.Queue()` | `mpsc::unbounded_channel()` | one of them gets a message | lets the queue grow |
//! | `loop.create_future()` | `oneshot::channel()` | one, once | |
//! | a queue for each receiver | `broadcast::channel(1)` | all get every message | misses the oldest |
//! | `asyncio.Event` and a variable | `watch::channel(0)` | all see the value | skips to the latest |
//! | a sentinel such as `None` | dropping the last sender | | |
//!
//! ```python
//! import asyncio
//!
//!
//! async def use_queue():  # mpsc
//!     numbers = asyncio.Queue(maxsize=1)
//!
//!     async def produce():
//!         for number in (1, 2, 3):
//!             await numbers.put(number)  # waits while the queue is full
//!             print(f"mpsc: Sent {number}")
//!             await asyncio.sleep(0.1)
//!         await numbers.put(None)
//!
//!     producing = asyncio.create_task(produce())
//!     while (number := await numbers.get()) is not None:
//!         print(f"mpsc: Received {number}, {numbers.qsize()} waiting")
//!         await asyncio.sleep(0.25)
//!     await producing
//!
//!
//! async def use_future():  # oneshot
//!     answer = asyncio.get_running_loop().create_future()
//!     print("oneshot: Asked")
//!     asyncio.get_running_loop().call_soon(answer.set_result, 42)
//!     print(f"oneshot: Answered {await answer}")
//!
//!
//! async def use_a_queue_each():  # broadcast
//!     async def subscribe(name, numbers):
//!         while (number := await numbers.get()) is not None:
//!             print(f"{name}: Received {number}")
//!
//!     queues = {name: asyncio.Queue() for name in "AB"}
//!     tasks = [asyncio.create_task(subscribe(*each)) for each in queues.items()]
//!     for number in (1, 2, 3, None):
//!         if number is not None:
//!             print(f"broadcast: Sent {number}")
//!         for queue in queues.values():
//!             queue.put_nowait(number)
//!         await asyncio.sleep(0.1)
//!     await asyncio.gather(*tasks)
//!
//!
//! async def use_event():  # watch
//!     changed, latest = asyncio.Event(), None
//!
//!     async def update():
//!         nonlocal latest
//!         for latest in (1, 2, 3):
//!             print(f"watch: Set {latest}")
//!             changed.set()
//!             await asyncio.sleep(0.1)
//!
//!     updating = asyncio.create_task(update())
//!     seen = 0
//!     while seen < 3:
//!         await changed.wait()
//!         changed.clear()
//!         seen = latest  # what came in between was overwritten
//!         print(f"watch: Saw {seen}")
//!         await asyncio.sleep(0.25)
//!     await updating
//!
//!
//! async def main():
//!     await use_queue()
//!     await use_future()
//!     await use_a_queue_each()
//!     await use_event()
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! Each receiving loop ends when the last sender is dropped:
//!
//! ```rust,ignore
//! //! Three numbers go through four kinds of channel.
//!
//! use std::time::Duration;
//!
//! use tokio::sync::{broadcast, broadcast::error::RecvError, mpsc, oneshot, watch};
//! use tokio::time::sleep;
//!
//! const EVERY: Duration = Duration::from_millis(100);
//! const HANDLE: Duration = Duration::from_millis(250);
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let (sender, mut receiver) = mpsc::channel(1);
//!     let producer = tokio::spawn(async move {
//!         for number in 1..=3 {
//!             sender.send(number).await?; // waits while the channel is full
//!             sleep(EVERY).await;
//!         }
//!         Ok::<_, mpsc::error::SendError<u32>>(()) // dropping the sender ends the loop below
//!     });
//!     while let Some(number) = receiver.recv().await {
//!         println!("mpsc: Received {number}"); // each message goes to one receiver
//!         sleep(HANDLE).await;
//!     }
//!     producer.await??;
//!
//!     let (reply, answer) = oneshot::channel();
//!     tokio::spawn(async move { reply.send(6 * 7) });
//!     println!("oneshot: Answered {}", answer.await?);
//!
//!     let (sender, mut receiver) = broadcast::channel(1);
//!     let subscriber = tokio::spawn(async move {
//!         loop {
//!             match receiver.recv().await {
//!                 Ok(number) => println!("broadcast: Received {number}"),
//!                 Err(RecvError::Lagged(missed)) => println!("broadcast: Missed {missed}"),
//!                 Err(RecvError::Closed) => break,
//!             }
//!         }
//!     });
//!     for number in 1..=3 {
//!         sender.send(number)?; // never waits: a slow receiver misses the oldest messages
//!         sleep(EVERY).await;
//!     }
//!     drop(sender);
//!     subscriber.await?;
//!
//!     let (sender, mut receiver) = watch::channel(0);
//!     tokio::spawn(async move {
//!         for number in 1..=3 {
//!             sender.send_replace(number); // overwrites the value
//!             sleep(EVERY).await;
//!         }
//!     });
//!     while receiver.changed().await.is_ok() {
//!         println!("watch: Saw {}", *receiver.borrow_and_update()); // the latest value only
//!         sleep(HANDLE).await;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # When to use
//!
//! | to | use |
//! |---|---|
//! | distribute work, or collect results | `mpsc` |
//! | return one answer to a request | `oneshot`, sent along with the request |
//! | announce events to several tasks | `broadcast` |
//! | publish a configuration or a state | `watch` |
//! | wake a task without data | `Notify` (`event`), or a `CancellationToken` to stop it |
//!
//! To share data that several tasks modify, a `Mutex` is simpler (`lock`). A queue
//! whose consumers confirm each item is in `queue`.
//!
//! # Pitfalls
//!
//! - An unbounded channel only hides that the receiver is too slow: memory grows
//!   until the process is killed (`--unbounded`).
//! - `broadcast` reports messages that a receiver missed as the error `Lagged`. The
//!   receiver is still subscribed. `while let Ok(…) = receiver.recv().await` treats
//!   the error as the end, and the task stops silently (`--lag`).
//! - A receiving loop does not end while any sender exists: drop your own copy after
//!   cloning it for the tasks.
//! - `broadcast` rounds its capacity up to a power of two, and delivers nothing that
//!   was sent before `subscribe()`.
//! - The guard of `watch`'s `borrow()` is a read lock. Copy the value and release the
//!   guard before the next `.await`, or the sender blocks its thread.
//! - `oneshot` reports a dropped sender as an error: the task that should have
//!   answered has panicked or returned early.
//! - Two tasks that send to each other over full channels wait forever.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo channels --kind mpsc --capacity 2 --messages 6
//! $ asyncdemo channels --kind mpsc --unbounded --messages 6
//! $ asyncdemo channels --kind broadcast --lag
//! $ asyncdemo channels --kind watch --handle 50ms
//! ```
//!
//! # Read on
//!
//! - [`tokio::sync`, with an overview of its channels](https://docs.rs/tokio/latest/tokio/sync/index.html#message-passing)
//! - [The tutorial's chapter about channels](https://tokio.rs/tokio/tutorial/channels)
//! - [`asyncio.Queue`](https://docs.python.org/3/library/asyncio-queue.html)
//!   (`shutdown()` since Python 3.13)

use std::slice::from_ref;
use std::time::Duration;

use clap::ValueEnum as _;
use tokio::sync::{Semaphore, broadcast, broadcast::error::RecvError, mpsc, oneshot, watch};
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Kind of channel [default: one after the other]
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,

    /// Number of messages that are sent
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    messages: usize,

    /// Number of messages that mpsc and broadcast hold
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "1")]
    capacity: usize,

    /// Time between two messages
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    every: Duration,

    /// Time that a slow receiver needs for a message
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "250ms")]
    handle: Duration,

    /// Use an mpsc channel without a limit: the queue grows
    #[arg(long, help_heading = BREAK_IT)]
    unbounded: bool,

    /// Make a broadcast receiver slow, and stop it at the first gap
    #[arg(long, help_heading = BREAK_IT)]
    lag: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Kind {
    Mpsc,
    Oneshot,
    Broadcast,
    Watch,
}

/// Sends messages through each kind of channel.
pub async fn main(options: Options) -> Result {
    let kinds = options.kind.as_ref();
    for kind in kinds.map_or(Kind::value_variants(), from_ref) {
        match kind {
            // Missing: a capacity. `unbounded_channel` is the same, without an `.await` to send
            Kind::Mpsc if options.unbounded => use_mpsc(Semaphore::MAX_PERMITS, &options).await?,
            Kind::Mpsc => use_mpsc(options.capacity, &options).await?,
            Kind::Oneshot => use_oneshot().await?,
            Kind::Broadcast => use_broadcast(&options).await?,
            Kind::Watch => use_watch(&options).await?,
        }
    }
    Ok(())
}

async fn use_mpsc(capacity: usize, options: &Options) -> Result {
    let (sender, mut receiver) = mpsc::channel(capacity);
    let producer = tokio::spawn(produce(sender, options.messages, options.every));
    while let Some(number) = receiver.recv().await {
        println!("📥 mpsc: Received {number}, {} waiting", receiver.len());
        sleep(options.handle).await;
    }
    producer.await?
}

async fn produce(sender: mpsc::Sender<usize>, messages: usize, every: Duration) -> Result {
    for number in 1..=messages {
        sender.send(number).await?; // waits while the channel is full
        println!("📤 mpsc: Sent {number}");
        sleep(every).await;
    }
    Ok(()) // drops the last sender, so `recv` returns `None`
}

async fn use_oneshot() -> Result {
    let (reply, answer) = oneshot::channel();
    println!("❓ oneshot: Asked");
    tokio::spawn(async move { reply.send(6 * 7) }); // an error: the receiver was dropped
    println!("💬 oneshot: Answered {}", answer.await?); // an error: the sender was dropped
    Ok(())
}

async fn use_broadcast(options: &Options) -> Result {
    let (sender, receiver) = broadcast::channel(options.capacity);
    let first = tokio::spawn(subscribe("A", receiver));
    let second = if options.lag {
        tokio::spawn(subscribe_slowly("B", sender.subscribe(), options.handle))
    } else {
        tokio::spawn(subscribe("B", sender.subscribe()))
    };
    for number in 1..=options.messages {
        println!("📤 broadcast: Sent {number}");
        sender.send(number)?; // never waits, whatever the receivers do
        sleep(options.every).await;
    }
    drop(sender); // ends the loops of all receivers
    first.await?;
    Ok(second.await?)
}

async fn subscribe(name: &str, mut numbers: broadcast::Receiver<usize>) {
    loop {
        match numbers.recv().await {
            Ok(number) => println!("📥 {name}: Received {number}"),
            Err(RecvError::Lagged(missed)) => println!("⚠️ {name}: Missed {missed}"),
            Err(RecvError::Closed) => break,
        }
    }
}

async fn use_watch(options: &Options) -> Result {
    let (sender, mut receiver) = watch::channel(0);
    let updating = tokio::spawn(update(sender, options.messages, options.every));
    while receiver.changed().await.is_ok() {
        let number = *receiver.borrow_and_update(); // copied: the guard is a lock
        println!("👀 watch: Saw {number}");
        sleep(options.handle).await; // what comes meanwhile is overwritten
    }
    Ok(updating.await?)
}

async fn update(sender: watch::Sender<usize>, messages: usize, every: Duration) {
    for number in 1..=messages {
        println!("📌 watch: Set {number}");
        sender.send_replace(number); // never waits
        sleep(every).await;
    }
}

async fn subscribe_slowly(name: &str, mut numbers: broadcast::Receiver<usize>, handle: Duration) {
    // Missing: a branch for `RecvError::Lagged`
    while let Ok(number) = numbers.recv().await {
        println!("📥 {name}: Received {number}");
        sleep(handle).await; // the channel drops what it cannot hold meanwhile
    }
    println!("💥 {name}: Stopped"); // the first gap looked like the end
}
