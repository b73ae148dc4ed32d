//! Select: wait for several things, and continue with the first.
//!
//! A loop waits for messages and for a timer. Every message arrives in two
//! halves, and the timer fires between two halves of the second message. Watch
//! that no half is lost. If the loop makes a new `receive` future in each turn
//! (`--unsafe`), the timer cancels it, together with the half that it had
//! already received.
//!
//! # Key insight
//!
//! `select!` runs the branch that is ready first and drops the futures of the
//! others. A future that must survive is made outside the loop and selected by
//! reference, `&mut future`: then only the reference is dropped.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.wait(tasks, return_when=FIRST_COMPLETED)` | `select! { … }` |
//! | `if receiving in done:` | a branch: `message = &mut receiving => …` |
//! | losers go on until `task.cancel()` | losers are dropped, unless they are selected by reference |
//! | `asyncio.shield` | a spawned task, selected by its handle |
//! | `done` is a set, without an order | one branch; `biased;` tries them in order |
//!
//! ```python
//! import asyncio
//!
//!
//! async def send(parts):
//!     for number in ["1", "2", "3"]:
//!         for half in ["message-", number]:
//!             await asyncio.sleep(0.3)
//!             await parts.put(half)
//!     await parts.put(None)
//!
//!
//! async def receive(parts):
//!     first = await parts.get()
//!     return first and first + await parts.get()
//!
//!
//! async def main():
//!     parts = asyncio.Queue()
//!     sending = asyncio.create_task(send(parts))
//!     receiving = asyncio.create_task(receive(parts))
//!     ticking = asyncio.create_task(asyncio.sleep(1))
//!     while True:
//!         done, _ = await asyncio.wait(
//!             [receiving, ticking], return_when=asyncio.FIRST_COMPLETED
//!         )
//!         if ticking in done:
//!             print("Tick")
//!             ticking = asyncio.create_task(asyncio.sleep(1))
//!         if receiving in done:
//!             if receiving.result() is None:
//!                 break
//!             print(f"Received: {receiving.result()}")
//!             receiving = asyncio.create_task(receive(parts))
//!     ticking.cancel()
//!     await sending
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! Each message has one `receive` future, which survives every tick:
//!
//! ```rust,ignore
//! //! A loop waits for messages and for a timer, and loses neither.
//!
//! use std::pin::pin;
//! use std::time::Duration;
//!
//! use tokio::select;
//! use tokio::sync::mpsc::{self, Receiver, Sender};
//! use tokio::time::{Instant, Interval, interval_at, sleep};
//!
//! #[tokio::main]
//! async fn main() {
//!     let (sender, parts) = mpsc::channel(8);
//!     tokio::spawn(send(sender));
//!     let tick = Duration::from_secs(1);
//!     receive_all(parts, interval_at(Instant::now() + tick, tick)).await;
//! }
//!
//! /// Sends every message in two halves.
//! async fn send(parts: Sender<String>) {
//!     for number in 1..=3 {
//!         for half in ["message-".to_owned(), number.to_string()] {
//!             sleep(Duration::from_millis(300)).await;
//!             if parts.send(half).await.is_err() {
//!                 return; // the receiver is gone
//!             }
//!         }
//!     }
//! }
//!
//! async fn receive_all(mut parts: Receiver<String>, mut ticks: Interval) {
//!     loop {
//!         let mut receiving = pin!(receive(&mut parts)); // one future for each message
//!         let message = loop {
//!             select! {
//!                 message = &mut receiving => break message,
//!                 _ = ticks.tick() => println!("Tick"), // `receiving` lives on, with its first half
//!             }
//!         };
//!         let Some(message) = message else { break };
//!         println!("Received: {message}");
//!     }
//! }
//!
//! /// Receives both halves of a message. Not cancel safe: dropped between the two,
//! /// it loses the first.
//! async fn receive(parts: &mut Receiver<String>) -> Option<String> {
//!     let first = parts.recv().await?;
//!     let second = parts.recv().await?;
//!     Some(first + &second)
//! }
//! ```
//!
//! # When to use
//!
//! To react to the first of several events: a message or a shutdown signal, an
//! answer or a key press. To wait for all of them, use `join!`. To wait for many
//! futures of the same kind, use a `JoinSet` (`as-completed`). For a time limit,
//! `timeout` says more.
//!
//! # Pitfalls
//!
//! - A future is cancel safe if dropping it loses nothing. `recv`, `tick` and
//!   `accept` are; `read_exact`, `write_all`, and most functions with two
//!   `.await`s are not. tokio's documentation says so for each method.
//! - `select!` tries its branches in random order, so that none starves. With
//!   `biased;` the first branch that is ready wins: put the shutdown signal
//!   first, and the busy channel last. `--handle 1200ms --biased` shows a timer
//!   that starves.
//! - A branch whose pattern does not match is disabled; if all are, and there is
//!   no `else`, `select!` panics.
//! - While the handler of one branch awaits, the other branches are not polled.
//! - A future that has completed must not be polled again. Replace it, or leave
//!   the inner loop, as this recipe does.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo select --tick 350ms
//! $ asyncdemo select --unsafe
//! $ asyncdemo select --handle 1200ms
//! $ asyncdemo select --handle 1200ms --biased
//! ```
//!
//! # Read on
//!
//! - [`tokio::select!`, and which methods are cancel safe](https://docs.rs/tokio/latest/tokio/macro.select.html)
//! - [The tutorial's chapter about `select!`](https://tokio.rs/tokio/tutorial/select)
//! - [`asyncio.wait`](https://docs.python.org/3/library/asyncio-task.html#asyncio.wait)
//!   (tasks only since Python 3.11, no coroutines)

use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, Interval, interval_at, sleep};

use crate::kit::{BREAK_IT, Result, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of messages, each sent in two halves
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    messages: usize,

    /// Time before each half is sent
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "300ms")]
    every: Duration,

    /// Interval of the timer; 0s counts as 1ms
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    tick: Duration,

    /// Time that the loop needs to handle a message
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    handle: Duration,

    /// Try the message first whenever it and the timer are ready
    #[arg(long)]
    biased: bool,

    /// Make a new future in each turn: the timer cancels it, and halves are lost
    #[arg(long = "unsafe", conflicts_with = "biased", help_heading = BREAK_IT)]
    rebuild: bool,
}

/// Receives all messages, and prints a line whenever the timer fires.
pub async fn main(options: Options) -> Result {
    let (sender, parts) = mpsc::channel(8);
    let sending = tokio::spawn(send(sender, options.messages, options.every));
    let tick = options.tick.max(Duration::from_millis(1));
    let ticks = interval_at(Instant::now() + tick, tick);
    if options.rebuild {
        receive_all_unsafely(parts, ticks, options.handle).await;
    } else if options.biased {
        receive_all_biased(parts, ticks, options.handle).await;
    } else {
        receive_all(parts, ticks, options.handle).await;
    }
    sending.await?
}

/// Sends every message in two halves.
async fn send(parts: Sender<String>, messages: usize, every: Duration) -> Result {
    for number in 1..=messages {
        for half in ["message-".to_owned(), number.to_string()] {
            sleep(every).await;
            parts.send(half).await?;
        }
    }
    Ok(())
}

async fn receive_all(mut parts: Receiver<String>, mut ticks: Interval, handle: Duration) {
    loop {
        let mut receiving = pin!(receive(&mut parts)); // one future for each message
        let message = loop {
            select! {
                message = &mut receiving => break message,
                _ = ticks.tick() => println!("⏱️ Tick"), // `receiving` lives on, with its first half
            }
        };
        let Some(message) = message else { break };
        println!("📨 Received: {message}");
        sleep(handle).await; // no branch is polled meanwhile
    }
}

/// Receives both halves of a message. Not cancel safe: dropped between the two,
/// it loses the first.
async fn receive(parts: &mut Receiver<String>) -> Option<String> {
    let first = Half(Some(parts.recv().await?));
    let second = parts.recv().await?;
    Some(first.joined(&second))
}

/// Prints a line if it is dropped without the other half.
struct Half(Option<String>);

impl Half {
    fn joined(mut self, second: &str) -> String {
        self.0.take().unwrap_or_default() + second
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        if let Some(half) = &self.0 {
            println!("❌ Lost: {half}"); // its future was dropped
        }
    }
}

async fn receive_all_biased(mut parts: Receiver<String>, mut ticks: Interval, handle: Duration) {
    loop {
        let mut receiving = pin!(receive(&mut parts));
        let message = loop {
            select! {
                biased;
                message = &mut receiving => break message, // tried first: the timer may starve
                _ = ticks.tick() => println!("⏱️ Tick"),
            }
        };
        let Some(message) = message else { break };
        println!("📨 Received: {message}");
        sleep(handle).await; // no branch is polled meanwhile
    }
}

async fn receive_all_unsafely(mut parts: Receiver<String>, mut ticks: Interval, handle: Duration) {
    loop {
        // Missing: a pinned future that is selected by reference
        select! {
            message = receive(&mut parts) => {
                let Some(message) = message else { break };
                println!("📨 Received: {message}");
                sleep(handle).await; // no branch is polled meanwhile
            }
            _ = ticks.tick() => println!("⏱️ Tick"), // `receive` was dropped before this line
        }
    }
}
