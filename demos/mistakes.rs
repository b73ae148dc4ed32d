//! Mistakes: five programs that look right, and the symptom of each.
//!
//! Each program makes one mistake and then does the same work correctly. Compare
//! the number at the end of the two lines: a missing heartbeat, a missing record
//! and a lost update are counted, because no error reports them.
//!
//! # Key insight
//!
//! Most mistakes in async code raise no error. The symptom is something that does
//! *not* happen. So count what must happen.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `time.sleep(1)` blocks the loop | `std::thread::sleep` blocks a worker, and on one thread the loop |
//! | `save()` creates a coroutine: a `RuntimeWarning` at run time | a future: a warning of the compiler |
//! | a task without a reference may be garbage-collected | a task without a handle runs on until the runtime ends |
//! | `asyncio.run()` inside raises `RuntimeError` | `block_on` inside panics |
//! | `asyncio.Lock` | `tokio::sync::Mutex` |
//!
//! The program prints a warning on stderr, "coroutine 'save' was never awaited".
//! Besides the `RuntimeError` it is all that asyncio reports of the five mistakes.
//!
//! ```python
//! import asyncio
//! import time
//!
//! count = 0
//!
//! async def beat():
//!     global count
//!     while True:
//!         await asyncio.sleep(0.05)
//!         count += 1
//!
//! async def blocking_loop():
//!     global count
//!     print("blocking-loop: work that never awaits")
//!     heart = asyncio.create_task(beat())
//!     time.sleep(0.225)
//!     print(f"Wrong: 225 ms of it on the loop, heartbeats: {count}")
//!     count = 0
//!     await asyncio.to_thread(time.sleep, 0.225)
//!     print(f"Right: 225 ms of it on a thread, heartbeats: {count}")
//!     heart.cancel()
//!
//! async def save(records):
//!     await asyncio.sleep(0.01)
//!     records.append("record")
//!
//! async def missing_await():
//!     print("missing-await: a future is a plan, not a deed")
//!     records = []
//!     for _ in range(3):
//!         save(records)
//!     print(f"Wrong: three made and dropped, saved: {len(records)}")
//!     for _ in range(3):
//!         await save(records)
//!     print(f"Right: three made and awaited, saved: {len(records)}")
//!
//! async def post(sent):
//!     await asyncio.sleep(0.01)
//!     sent.append("letter")
//!
//! async def fire_and_forget():
//!     print("fire-and-forget: tasks that nobody joins")
//!     sent = []
//!     for _ in range(3):
//!         asyncio.create_task(post(sent))
//!     print(f"Wrong: three spawned and left, sent: {len(sent)}")
//!     sent = []
//!     async with asyncio.TaskGroup() as letters:  # Python 3.11
//!         for _ in range(3):
//!             letters.create_task(post(sent))
//!     print(f"Right: three spawned and joined, sent: {len(sent)}")
//!
//! async def ask():
//!     await asyncio.sleep(0.01)
//!     return 42
//!
//! async def nested_runtime():
//!     print("nested-runtime: waiting for the loop on the loop")
//!     question = ask()
//!     try:
//!         answer = asyncio.run(question)
//!     except RuntimeError:
//!         answer = "refused"
//!         question.close()
//!     print(f"Wrong: block until it answers, answer: {answer}")
//!     print(f"Right: await until it answers, answer: {await ask()}")
//!
//! async def increment():
//!     global count
//!     seen = count
//!     await asyncio.sleep(0.01)
//!     count = seen + 1
//!
//! async def increment_under(lock):
//!     async with lock:
//!         await increment()
//!
//! async def shared_state():
//!     global count
//!     print("shared-state: read, await, write")
//!     count = 0
//!     await asyncio.gather(*(increment() for _ in range(10)))
//!     print(f"Wrong: ten workers at once, counter: {count}")
//!     count, lock = 0, asyncio.Lock()
//!     await asyncio.gather(*(increment_under(lock) for _ in range(10)))
//!     print(f"Right: ten workers in turn, counter: {count}")
//!
//! async def main():
//!     await blocking_loop()
//!     await missing_await()
//!     await fire_and_forget()
//!     await nested_runtime()
//!     await shared_state()
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! All five, each mistake beside its correction:
//!
//! ```rust,ignore
//! //! Five mistakes that hardly any error reports, and the same work done correctly.
//!
//! use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
//! use std::time::Duration;
//! use std::{panic, thread};
//!
//! use tokio::runtime::Handle;
//! use tokio::task::{JoinError, JoinSet, spawn_blocking};
//! use tokio::{sync::Mutex, time::sleep};
//!
//! const STEP: Duration = Duration::from_millis(50);
//! static BEATS: AtomicUsize = AtomicUsize::new(0);
//! static SAVED: AtomicUsize = AtomicUsize::new(0);
//! static COUNTER: Mutex<u32> = Mutex::const_new(0);
//!
//! #[tokio::main(flavor = "current_thread")] // a blocked thread is a blocked loop
//! async fn main() -> Result<(), JoinError> {
//!     tokio::spawn(async {
//!         loop {
//!             sleep(STEP).await;
//!             BEATS.fetch_add(1, Relaxed);
//!         }
//!     });
//!     thread::sleep(STEP * 5);
//!     println!("Wrong: work on the loop, heartbeats: {BEATS:?}");
//!     spawn_blocking(|| thread::sleep(STEP * 5)).await?;
//!     println!("Right: work on a thread, heartbeats: {BEATS:?}");
//!
//!     drop(save());
//!     println!("Wrong: future made and dropped, saved: {SAVED:?}");
//!     save().await;
//!     println!("Right: future made and awaited, saved: {SAVED:?}");
//!
//!     let saving = tokio::spawn(save());
//!     println!("Wrong: spawned and left, saved: {SAVED:?}"); // a second one is under way
//!     saving.await?;
//!     println!("Right: spawned and joined, saved: {SAVED:?}");
//!
//!     panic::set_hook(Box::new(|_| ())); // the panic is expected: print no message
//!     let refused = panic::catch_unwind(|| Handle::current().block_on(save())).is_err();
//!     println!("Wrong: blocked until it answers, refused: {refused}"); // await it instead
//!
//!     let workers = (0..10).map(|_| async {
//!         let seen = *COUNTER.lock().await; // the lock is released at the end of this line
//!         sleep(STEP).await;
//!         *COUNTER.lock().await = seen + 1;
//!     });
//!     workers.collect::<JoinSet<_>>().join_all().await;
//!     println!("Wrong: ten at once, counter: {}", COUNTER.lock().await);
//!     *COUNTER.lock().await = 0;
//!     let workers = (0..10).map(|_| async { *COUNTER.lock().await += 1 });
//!     workers.collect::<JoinSet<_>>().join_all().await;
//!     println!("Right: ten in turn, counter: {}", COUNTER.lock().await);
//!     Ok(())
//! }
//!
//! async fn save() {
//!     sleep(STEP).await;
//!     SAVED.fetch_add(1, Relaxed);
//! }
//! ```
//!
//! # When to use
//!
//! Before a review, as a list of what to look for; after a strange fault, as a
//! list of suspects. The recipes `executor`, `debug`, `taskgroup`,
//! `thread-bridge` and `lock` treat one of the mistakes each.
//!
//! # Pitfalls
//!
//! - Dropping a `JoinHandle` stops nothing: the task is detached, and runs on
//!   until the runtime ends. What it has not done when `main` returns is lost,
//!   and so are its error and its panic. Dropping a `JoinSet` aborts its tasks.
//! - `let _ = save();` silences the compiler's warning, and nothing is saved.
//! - Joining a thread on the event loop's own thread blocks the loop, for which
//!   the thread may be waiting. Await its handle instead.
//! - A lock that is released before the `.await` and acquired again after it
//!   protects nothing. A `std::sync::Mutex` must not be held across an `.await`;
//!   tokio's may.
//! - On the multi-threaded runtime a blocked worker stops only the tasks that
//!   wait for it, until all workers are blocked, and a lost update needs no
//!   `.await` at all.
//! - That a mistake does not show on one machine proves little: most of them need
//!   two tasks at the same place at the same time.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo mistakes blocking-loop
//! $ asyncdemo mistakes shared-state --where
//! $ asyncdemo mistakes --clock virtual
//! ```
//!
//! # Read on
//!
//! - [`tokio::task`](https://docs.rs/tokio/latest/tokio/task/index.html): blocking, and what a
//!   dropped handle means
//! - [Shared state](https://tokio.rs/tokio/tutorial/shared-state), in tokio's tutorial
//! - [Developing with asyncio](https://docs.python.org/3/library/asyncio-dev.html)

use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use clap::ValueEnum;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use crate::kit::{Result, catch_panic};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Options {
    /// Mistake to make and to correct [default: all five]
    #[arg(value_enum, value_name = "MISTAKE")]
    name: Option<Mistake>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// Block the event loop with work that never awaits
    BlockingLoop,
    /// Create a future and never await it
    MissingAwait,
    /// Spawn tasks and never join them
    FireAndForget,
    /// Block on the runtime from inside it
    NestedRuntime,
    /// Read a value, await, and write it back
    SharedState,
}

/// Makes each mistake, and does the same work correctly.
pub async fn main(options: Options) -> Result {
    let name = options.name.as_ref();
    for mistake in name.map_or(Mistake::value_variants(), from_ref) {
        match mistake {
            Mistake::BlockingLoop => blocking_loop().await?,
            Mistake::MissingAwait => missing_await().await,
            Mistake::FireAndForget => fire_and_forget().await,
            Mistake::NestedRuntime => nested_runtime().await,
            Mistake::SharedState => shared_state().await,
        }
    }
    Ok(())
}

type Count = Arc<AtomicUsize>;

/// How long everything else takes.
const STEP: Duration = Duration::from_millis(10);

async fn blocking_loop() -> Result {
    const WORK: Duration = Duration::from_millis(225);
    println!("🧱 blocking-loop: work that never awaits");
    let count = Count::default();
    let mut heart = JoinSet::new(); // aborts its task when it is dropped
    heart.spawn(beat(Arc::clone(&count)));
    thread::sleep(WORK);
    let beats = count.swap(0, Relaxed);
    println!("❌ Wrong: 225 ms of it on the loop, heartbeats: {beats}"); // no other task had a turn
    spawn_blocking(|| thread::sleep(WORK)).await?;
    let beats = count.swap(0, Relaxed);
    println!("✅ Right: 225 ms of it on a thread, heartbeats: {beats}"); // the loop only awaits the thread's handle
    Ok(())
}

async fn beat(count: Count) {
    loop {
        sleep(Duration::from_millis(50)).await;
        count.fetch_add(1, Relaxed);
    }
}

async fn missing_await() {
    println!("💤 missing-await: a future is a plan, not a deed");
    let saved = Count::default();
    (0..3).for_each(|_| drop(save(Arc::clone(&saved))));
    let count = saved.load(Relaxed);
    println!("❌ Wrong: three made and dropped, saved: {count}"); // not even their first lines have run
    for _ in 0..3 {
        save(Arc::clone(&saved)).await;
    }
    let count = saved.load(Relaxed);
    println!("✅ Right: three made and awaited, saved: {count}");
}

async fn save(saved: Count) {
    sleep(STEP).await;
    saved.fetch_add(1, Relaxed);
}

async fn fire_and_forget() {
    println!("📮 fire-and-forget: tasks that nobody joins");
    let sent = Count::default();
    (0..3).for_each(|_| drop(tokio::spawn(save(Arc::clone(&sent))))); // they run on, detached
    let count = sent.load(Relaxed);
    println!("❌ Wrong: three spawned and left, sent: {count}"); // if `main` returned here, none would ever be sent
    let sent = Count::default();
    let letters = (0..3).map(|_| save(Arc::clone(&sent)));
    letters.collect::<JoinSet<_>>().join_all().await;
    let count = sent.load(Relaxed);
    println!("✅ Right: three spawned and joined, sent: {count}");
}

async fn nested_runtime() {
    println!("🪆 nested-runtime: waiting for the loop on the loop");
    let answer = catch_panic(|| Handle::current().block_on(ask()));
    let answer = answer.map_or("refused".to_owned(), |answer| answer.to_string());
    println!("❌ Wrong: block until it answers, answer: {answer}"); // tokio panics: a blocked loop could never answer
    let answer = ask().await;
    println!("✅ Right: await until it answers, answer: {answer}");
}

async fn ask() -> usize {
    sleep(STEP).await;
    42
}

async fn shared_state() {
    println!("🧮 shared-state: read, await, write");
    let counter = Arc::new(Mutex::new(0));
    let workers = (0..10).map(|_| increment_in_two_steps(Arc::clone(&counter)));
    workers.collect::<JoinSet<_>>().join_all().await;
    let value = counter.lock().await;
    println!("❌ Wrong: ten workers at once, counter: {value}"); // all ten had read the same value
    let counter = Arc::new(Mutex::new(0));
    let workers = (0..10).map(|_| increment(Arc::clone(&counter)));
    workers.collect::<JoinSet<_>>().join_all().await;
    let value = counter.lock().await;
    println!("✅ Right: ten workers in turn, counter: {value}");
}

async fn increment_in_two_steps(counter: Arc<Mutex<u32>>) {
    let seen = *counter.lock().await; // the lock is released at the end of this line
    sleep(STEP).await;
    *counter.lock().await = seen + 1;
}

async fn increment(counter: Arc<Mutex<u32>>) {
    let mut value = counter.lock().await; // held until the value is written
    sleep(STEP).await;
    *value += 1;
}
