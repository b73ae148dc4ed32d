//! An event: many wait, one signal lets all of them go on.
//!
//! Three waiters stop at the same event. The signaler sets it a second later,
//! and all of them pass at the same instant, in the order in which they came.
//! Whoever arrives afterwards passes at once, for the event stays set.
//!
//! # Key insight
//!
//! An event is a flag and a wake-up. The flag is what latecomers see, the
//! wake-up is what those already there feel; leave out either and somebody
//! waits for ever.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.Event()` | an `AtomicBool` and a `Notify` |
//! | `await event.wait()` | look at the flag, then `notified().await` |
//! | `event.set()` | set the flag, then `notify_waiters()` |
//! | `event.is_set()` | the flag |
//!
//! ```python
//! import asyncio
//!
//!
//! async def waiter(name, event):
//!     print(f"{name}: Waiting for signal...")
//!     await event.wait()
//!     print(f"{name}: Received signal! Proceeding...")
//!
//!
//! async def signaler(event, delay):
//!     print(f"Signaler: Will send signal in {delay}s...")
//!     await asyncio.sleep(delay)
//!     event.set()
//!     print("Signaler: Signal sent!")
//!
//!
//! async def main():
//!     event = asyncio.Event()
//!     waiters = [waiter(f"Waiter-{n}", event) for n in (1, 2, 3)]
//!     await asyncio.gather(*waiters, signaler(event, 1.0))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! To hold tasks back until something has happened once and for all: the
//! configuration is loaded, the connection is up.
//!
//! # Pitfalls
//!
//! - `notify_waiters` alone remembers nothing: who comes a moment later waits
//!   for ever. That is what `--notify` shows.
//! - Register with `notified()` before you look at the flag. The other way
//!   round, a signal between the look and the registration is lost.
//! - `watch` channels carry a flag as well, but they wake in no fixed order.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo event --waiters 5 --late 2
//! $ asyncdemo event --delay 750ms
//! $ asyncdemo event --notify
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::recipe::{Demo, Published};
use crate::stage::{BREAK_IT, Lane, Stage, count, count_or_zero, duration, seconds_as_float};

/// How long after the signal the latecomers arrive.
const LATE: Duration = Duration::from_millis(500);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Event {
    /// How many wait from the beginning
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    waiters: usize,

    /// How long the signaler takes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    delay: Duration,

    /// How many more arrive 500 ms after the signal (a whole number from 0 to 1000000)
    /// [default: 0, with --notify 1]
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero)]
    late: Option<usize>,

    /// Takes the flag away: a bare notification, which latecomers miss
    #[arg(long, help_heading = BREAK_IT)]
    notify: bool,
}

/// What asyncio calls an event. tokio has none, since it is a field and two lines.
#[derive(Default)]
struct Signal {
    /// `None` where the recipe is broken: nobody remembers.
    set: Option<AtomicBool>,
    sent: Notify,
}

impl Signal {
    async fn wait(&self) {
        // Registered from here on: a signal after this line wakes us, one
        // before it shows in the flag.
        let sent = self.sent.notified();
        if !self.set.as_ref().is_some_and(|set| set.load(SeqCst)) {
            sent.await;
        }
    }

    fn set(&self) {
        if let Some(set) = &self.set {
            set.store(true, SeqCst);
        }
        self.sent.notify_waiters();
    }
}

impl Demo for Event {
    const PUBLISHED: Option<Published> = Some(Published {
        log: include_str!("../tests/walkthrough/event.log"),
        start: "08:49:11.014",
        options: &[],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    });

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let signal = Arc::new(Signal {
            set: (!self.notify).then(AtomicBool::default),
            sent: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        let waiter = |number| {
            let lane = stage.lane(format_args!("Waiter-{number}"));
            wait(lane, Arc::clone(&signal))
        };
        for number in 1..=self.waiters {
            tasks.spawn(waiter(number));
        }
        tasks.spawn(send(
            stage.lane("Signaler"),
            Arc::clone(&signal),
            self.delay,
        ));
        let late = self.late.unwrap_or(usize::from(self.notify));
        if late > 0 {
            stage.works_on("being late", sleep(self.delay + LATE)).await;
        }
        for number in 1..=late {
            tasks.spawn(waiter(self.waiters + number));
        }
        while tasks.join_next().await.is_some() {}
        Ok(())
    }
}

async fn wait(lane: Lane, signal: Arc<Signal>) {
    lane.say("⏳", "Waiting for signal...");
    lane.waits_for("the signal", signal.wait()).await;
    lane.say("🎉", "Received signal! Proceeding..."); // all at the same instant, first come first
}

async fn send(lane: Lane, signal: Arc<Signal>, delay: Duration) {
    lane.say(
        "⏰",
        format_args!("Will send signal in {}...", seconds_as_float(delay)),
    );
    lane.works_on("getting ready", sleep(delay)).await;
    signal.set();
    lane.say("📢", "Signal sent!"); // the waiters are awake, but it is still our turn
}
