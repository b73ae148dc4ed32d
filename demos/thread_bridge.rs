//! A bridge: a thread that knows no async asks the loop and waits for the answer.
//!
//! A thread hands a future to the loop and blocks until its result is there.
//! The loop runs the future among its other tasks; only the thread stands
//! still. When the answer takes longer than the thread's patience, it gives up.
//!
//! # Key insight
//!
//! A thread may block, the loop may not. So the bridge is crossed with a future
//! in one direction and with a blocking wait in the other, and never from the
//! loop's own side: it would wait for an answer that it alone can give.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop = asyncio.get_running_loop()` | `let handle = Handle::current();` |
//! | `asyncio.run_coroutine_threadsafe(coro, loop)` | `handle.spawn(future)` |
//! | `future.result()` in the thread | `handle.block_on(task)` |
//! | `future.result(timeout=5)` | `handle.spawn(timeout(limit, future))` |
//! | `loop.call_soon_threadsafe(callback)` | `handle.spawn(async { … })` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def double(value):
//!     await asyncio.sleep(1)
//!     return value * 2
//!
//!
//! def ask(loop):
//!     answer = asyncio.run_coroutine_threadsafe(double(21), loop)
//!     try:
//!         print(f"Thread got result: {answer.result(timeout=5)}")
//!     except TimeoutError:
//!         answer.cancel()
//!         print("Thread gave up after 5s")
//!
//!
//! async def main():
//!     await asyncio.to_thread(ask, asyncio.get_running_loop())
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Where code that you cannot make async needs something async: a callback of
//! a C library, a plug-in, a worker thread of an older part of the program.
//!
//! # Pitfalls
//!
//! - A thread that is joined on the loop's own thread never ends: the loop that
//!   it waits for is blocked by the join. Await its handle.
//! - To block on the runtime from inside it can only deadlock. Tokio refuses with
//!   a panic (`--inside`); asyncio hangs.
//! - Who gives up must also stop the work. In asyncio the coroutine runs on
//!   unless it is cancelled; here the limit is part of the future, which is
//!   dropped when the time is up.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo thread-bridge --value 4 --takes 250ms
//! $ asyncdemo thread-bridge --takes 2s --timeout 500ms
//! $ asyncdemo thread-bridge --inside
//! ```

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, Thread, catch_panic, duration, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct ThreadBridge {
    /// The number that the thread wants doubled (a whole number from -1000000000 to 1000000000)
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = number,
        allow_negative_numbers = true,
        default_value = "21"
    )]
    value: i64,

    /// How long the loop takes for it
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    takes: Duration,

    /// How long the thread is ready to wait
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    timeout: Duration,

    /// Blocks on the runtime from inside it
    #[arg(long, help_heading = BREAK_IT)]
    inside: bool,
}

fn number(text: &str) -> Result<i64, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| (-1_000_000_000..=1_000_000_000).contains(number))
        .ok_or("expected a whole number from -1000000000 to 1000000000")
}

impl Demo for ThreadBridge {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        // A thread does not belong to any runtime: it takes a handle along.
        let handle = Handle::current();
        if self.inside {
            self.ask_from_inside(&stage, &handle);
            return Ok(());
        }
        let (asks, answers) = (stage.lane("Thread"), stage.lane("Loop"));
        let thread = stage.spawn_blocking(move |thread| self.ask(thread, &handle, asks, answers));
        thread.await? // awaited, not joined: the loop has to answer meanwhile
    }
}

impl ThreadBridge {
    /// On a thread of its own.
    fn ask(
        self,
        thread: &Thread,
        handle: &Handle,
        asks: Lane,
        answers: Lane,
    ) -> anyhow::Result<()> {
        // The limit is around the future, not around our wait: when the time is
        // up the loop drops the future, and nobody works for nothing.
        let doubled = double(answers, self.value, self.takes);
        let answer = handle.spawn(timeout(self.timeout, doubled));
        let (answer, asks) = thread.block_on(async {
            let answer = asks.pauses_for("the answer", answer).await;
            (answer, asks)
        });
        if let Ok(result) = answer? {
            asks.log("🌉", format_args!("Thread got result: {result}"));
        } else {
            let limit = seconds(self.timeout);
            asks.log("⏰", format_args!("Thread gave up after {limit}")); // and the loop has dropped the work
        }
        Ok(())
    }

    /// On the loop's own thread, which is the broken way.
    fn ask_from_inside(&self, stage: &Stage, handle: &Handle) {
        let lane = stage.lane("Loop");
        match catch_panic(|| handle.block_on(double(lane, self.value, self.takes))) {
            Ok(result) => stage.say("🌉", format_args!("Loop got result: {result}")),
            Err(refusal) => {
                // Tokio's own words: the first sentence says it, the others advise.
                let refusal = refusal.split(". ").next().unwrap_or_default();
                stage.say("💥", format_args!("Caught: {refusal}")); // a panic, since no caller could go on from here
                let why = "The loop's thread would wait for an answer that only the loop can give";
                stage.say("💡", why); // asyncio would really wait, for ever
            }
        }
    }
}

/// On the loop.
async fn double(lane: Lane, value: i64, takes: Duration) -> i64 {
    lane.works_on("doubling", sleep(takes)).await;
    value * 2
}
