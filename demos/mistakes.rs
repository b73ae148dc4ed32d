//! Common mistakes: five programs that look right, and what gives them away.
//!
//! Each mistake is made once and then put right, with the same work both times.
//! Watch the end of each line: a count tells what no exception does.
//!
//! # Key insight
//!
//! Most mistakes in async code raise no error. They show in what does *not*
//! happen: a heartbeat, a record, an update. So count what must happen.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `time.sleep(1)` blocks the loop | so does `std::thread::sleep` |
//! | `save()` makes a coroutine: a warning at run time | a future: a warning of the compiler |
//! | a task without reference may even be collected | a detached task runs on until the runtime ends |
//! | `asyncio.run()` inside raises `RuntimeError` | `block_on` inside panics |
//! | `asyncio.Lock` | `tokio::sync::Mutex` |
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
//!         save(records).close()
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
//!     letters = [asyncio.create_task(post(sent)) for _ in range(3)]
//!     for letter in letters:
//!         letter.cancel()  # as asyncio.run does when main returns
//!     print(f"Wrong: three spawned and left, sent: {len(sent)}")
//!     await asyncio.gather(*(post(sent) for _ in range(3)))
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
//! async def raise_counter():
//!     global count
//!     seen = count
//!     await asyncio.sleep(0.01)
//!     count = seen + 1
//!
//! async def raise_counter_inside(lock):
//!     async with lock:
//!         await raise_counter()
//!
//! async def shared_state():
//!     global count
//!     print("shared-state: read, await, write")
//!     count = 0
//!     await asyncio.gather(*(raise_counter() for _ in range(10)))
//!     print(f"Wrong: ten workers at once, counter: {count}")
//!     count, lock = 0, asyncio.Lock()
//!     await asyncio.gather(*(raise_counter_inside(lock) for _ in range(10)))
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
//! # When to use
//!
//! Before a review, as a list of what to look for; after a strange bug, as a
//! list of suspects.
//!
//! # Pitfalls
//!
//! - Joining a thread on the loop's own thread blocks the loop that the thread
//!   may be waiting for: await its handle instead.
//! - `let _ = save();` silences the compiler's warning, and with it the record.
//! - A lock that is released before the `.await` and taken again after it keeps
//!   nothing together.
//! - That a mistake does not show on your machine says little: most of them
//!   need two tasks at the same place, and the customer has them.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo mistakes blocking-loop
//! $ asyncdemo mistakes shared-state --where
//! $ asyncdemo mistakes --clock virtual
//! ```

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use clap::ValueEnum;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Lane, Stage, catch_panic};

/// Options of the recipe.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Mistakes {
    /// The mistake to make and to put right [default: all five]
    #[arg(value_enum, value_name = "MISTAKE")]
    name: Option<Mistake>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// Work that never awaits, on the loop
    BlockingLoop,
    /// A future that nobody awaits
    MissingAwait,
    /// Tasks that nobody joins
    FireAndForget,
    /// Waiting for the loop on the loop
    NestedRuntime,
    /// A value that is read, and written after an await
    SharedState,
}

type Count = Arc<AtomicUsize>;

/// How long everything else takes.
const STEP: Duration = Duration::from_millis(10);

impl Demo for Mistakes {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let all = Mistake::value_variants();
        for mistake in self.name.as_ref().map_or(all, std::slice::from_ref) {
            match mistake {
                Mistake::BlockingLoop => blocking_loop(&stage).await?,
                Mistake::MissingAwait => missing_await(&stage).await,
                Mistake::FireAndForget => fire_and_forget(&stage).await,
                Mistake::NestedRuntime => nested_runtime(&stage).await,
                Mistake::SharedState => shared_state(&stage).await,
            }
        }
        Ok(())
    }
}

#[track_caller]
fn wrong(stage: &Stage, what: &str, symptom: impl Display) {
    stage.say("❌", format_args!("Wrong: {what}: {symptom}"));
}

#[track_caller]
fn right(stage: &Stage, what: &str, result: impl Display) {
    stage.say("✅", format_args!("Right: {what}: {result}"));
}

async fn blocking_loop(stage: &Stage) -> anyhow::Result<()> {
    const WORK: Duration = Duration::from_millis(225);
    stage.say("🧱", "blocking-loop: work that never awaits");
    let count = Count::default();
    let heart = tokio::spawn(beat(stage.lane("Heart"), Arc::clone(&count)));
    stage.block(WORK);
    let beats = count.swap(0, Relaxed);
    wrong(stage, "225 ms of it on the loop, heartbeats", beats); // nobody else had a turn
    stage.spawn_blocking(|thread| thread.sleep(WORK)).await?;
    let beats = count.swap(0, Relaxed);
    right(stage, "225 ms of it on a thread, heartbeats", beats); // the loop only awaits the thread's handle
    heart.abort();
    Ok(())
}

async fn beat(lane: Lane, count: Count) {
    let every = Duration::from_millis(50);
    loop {
        lane.works_on("resting", sleep(every)).await;
        count.fetch_add(1, Relaxed);
    }
}

async fn missing_await(stage: &Stage) {
    stage.say("💤", "missing-await: a future is a plan, not a deed");
    let (lane, saved) = (stage.lane("Records"), Count::default());
    for _ in 0..3 {
        drop(save(&lane, &saved));
    }
    let count = saved.load(Relaxed);
    wrong(stage, "three made and dropped, saved", count); // not even their first lines have run
    for _ in 0..3 {
        save(&lane, &saved).await;
    }
    let count = saved.load(Relaxed);
    right(stage, "three made and awaited, saved", count);
}

async fn save(lane: &Lane, saved: &Count) {
    lane.works_on("saving", sleep(STEP)).await;
    saved.fetch_add(1, Relaxed);
}

async fn fire_and_forget(stage: &Stage) {
    stage.say("📮", "fire-and-forget: tasks that nobody joins");
    let sent = Count::default();
    let post_three = || {
        let post = |number| {
            let lane = stage.lane(format_args!("Letter-{number}"));
            post(lane, Arc::clone(&sent))
        };
        (1..=3).map(post).collect::<JoinSet<_>>()
    };
    drop(post_three()); // as the runtime does with all tasks when `main` returns
    let count = sent.load(Relaxed);
    wrong(stage, "three spawned and left, sent", count); // and an error would have been lost as well
    post_three().join_all().await;
    let count = sent.load(Relaxed);
    right(stage, "three spawned and joined, sent", count);
}

async fn post(lane: Lane, sent: Count) {
    lane.works_on("on its way", sleep(STEP)).await;
    sent.fetch_add(1, Relaxed);
}

async fn nested_runtime(stage: &Stage) {
    stage.say("🪆", "nested-runtime: waiting for the loop on the loop");
    let lane = stage.lane("Answer");
    let answer = catch_panic(|| Handle::current().block_on(ask(&lane)));
    let answer = answer.map_or("refused".to_owned(), |answer| answer.to_string());
    wrong(stage, "block until it answers, answer", answer); // tokio panics: a blocked loop could never answer
    let answer = ask(&lane).await;
    right(stage, "await until it answers, answer", answer);
}

async fn ask(lane: &Lane) -> usize {
    lane.works_on("answering", sleep(STEP)).await;
    42
}

async fn shared_state(stage: &Stage) {
    stage.say("🧮", "shared-state: read, await, write");
    let raise_by_ten = async |lock: Option<Mutex<()>>| {
        let (counter, lock) = (Count::default(), Arc::new(lock));
        let raise = |number| {
            let lane = stage.lane(format_args!("Worker-{number}"));
            raise(lane, Arc::clone(&counter), Arc::clone(&lock))
        };
        let workers: JoinSet<_> = (1..=10).map(raise).collect();
        workers.join_all().await;
        counter.load(Relaxed)
    };
    let value = raise_by_ten(None).await;
    wrong(stage, "ten workers at once, counter", value); // all of them had read the same
    let value = raise_by_ten(Some(Mutex::default())).await;
    right(stage, "ten workers in turn, counter", value);
}

async fn raise(lane: Lane, counter: Count, lock: Arc<Option<Mutex<()>>>) {
    let _guard = match &*lock {
        Some(lock) => Some(lane.waits_for("the lock", lock.lock()).await),
        None => None,
    };
    let seen = counter.load(Relaxed);
    lane.works_on("thinking", sleep(STEP)).await;
    counter.store(seen + 1, Relaxed); // atomic, and yet wrong: the read was long ago
}
