//! A graceful shutdown: on Ctrl-C, tell everybody, wait for them, then go.
//!
//! Two workers work until you press Ctrl-C (or send SIGTERM, or let `--after`
//! do it). Watch them stop at their next `.await`, take half a second to clean
//! up, and end before the program does. Press Ctrl-C again meanwhile and it
//! ends at once.
//!
//! # Key insight
//!
//! A signal is one more thing to wait for. What makes a shutdown graceful comes
//! after it: every task is told, every task is waited for, and whoever insists
//! is heard.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop.add_signal_handler(SIGTERM, f)` | `signal(SignalKind::terminate())?` |
//! | `task.cancel()` for each task | `token.cancel()` once, for all |
//! | `except CancelledError:` and clean up | `token.cancelled()` in a `select!` |
//! | `await gather(*tasks)` | `join_next()` until the set is empty |
//!
//! ```python
//! import asyncio
//! import os
//! import signal
//!
//! async def work(name):
//!     try:
//!         while True:
//!             print(f"{name} working...")
//!             await asyncio.sleep(1)
//!     except asyncio.CancelledError:
//!         print(f"{name} cancelled, cleaning up...")
//!         await asyncio.sleep(0.5)
//!         print(f"{name} cleanup done")
//!
//! async def main():
//!     loop = asyncio.get_running_loop()
//!     requested = asyncio.Event()
//!     for number in (signal.SIGINT, signal.SIGTERM):
//!         loop.add_signal_handler(number, requested.set)
//!     workers = [asyncio.create_task(work(f"Worker-{n}")) for n in (1, 2)]
//!     loop.call_later(2.5, os.kill, os.getpid(), signal.SIGINT)
//!     await requested.wait()
//!     print("Shutdown requested...")
//!     for worker in workers:
//!         worker.cancel()
//!     await asyncio.gather(*workers)
//!     print("All tasks cancelled")
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! In every program that runs until somebody stops it. Ctrl-C sends SIGINT;
//! service managers and containers send SIGTERM, and kill what has not ended
//! some seconds later.
//!
//! # Pitfalls
//!
//! - A second Ctrl-C during clean-up interrupts the clean-up. Decide what it
//!   means: here, that you mean it.
//! - Listen before the first task starts. Until then a signal kills the program
//!   without a word.
//! - To abort the tasks (`--no-cleanup`) is not to shut down: `Drop` runs, but
//!   whatever they wanted to await in the end does not.
//! - Equal signals that arrive together are seen as one.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo shutdown --after 1500ms
//! $ asyncdemo shutdown --clock virtual --workers 3 --cleanup 2s
//! $ asyncdemo shutdown --after 1500ms --no-cleanup
//! ```

use std::io;
use std::time::Duration;

use signal_hook::consts::SIGINT;
use signal_hook::low_level::raise;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::recipe::{Demo, Interrupted, Needs};
use crate::stage::{BREAK_IT, Clock, Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Shutdown {
    /// How many workers there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    workers: usize,

    /// How long each of them works before it says so again
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    every: Duration,

    /// How long each of them takes to clean up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    cleanup: Duration,

    /// When the program sends itself SIGINT; on the virtual clock, when it acts as if it had
    /// [default: never, it waits for you; 2.5s on the virtual clock]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    after: Option<Duration>,

    /// Aborts the workers: none of them cleans up
    #[arg(long, help_heading = BREAK_IT)]
    no_cleanup: bool,
}

/// What asks a program to end: Ctrl-C, or whoever manages it.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            biased; // which of them it was makes no difference
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

impl Demo for Shutdown {
    const NEEDS: Needs = Needs {
        io: true,
        signals: true,
        ..Needs::NOTHING
    };

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        let token = CancellationToken::new();
        let mut workers = JoinSet::new();
        for number in 1..=self.workers {
            let lane = stage.lane(format_args!("Worker-{number}"));
            workers.spawn(self.clone().work(lane, token.clone()));
        }

        // Nobody can press Ctrl-C while simulated time passes.
        let by_itself = (stage.clock() == Clock::Virtual).then_some(Duration::from_millis(2500));
        let after = self.after.or(by_itself);
        let asked = async {
            tokio::select! {
                biased; // once somebody has asked, we need not
                () = signals.next() => {}
                () = sleep(after.unwrap_or_default()), if after.is_some() => {
                    if stage.clock() == Clock::Real {
                        raise(SIGINT)?; // a real signal: it takes the way of every Ctrl-C
                        signals.next().await;
                    }
                }
            }
            io::Result::Ok(())
        };
        stage.works_on("waiting for a signal", asked).await?;
        stage.say("🛑", "Shutdown requested...");

        if self.no_cleanup {
            workers.abort_all();
        }
        token.cancel(); // one word, and every worker hears it
        let all_gone = async { while workers.join_next().await.is_some() {} };
        tokio::select! {
            biased; // whoever insists does not wait
            () = signals.next() => {
                stage.say("💥", "Forced exit"); // the workers are dropped where they stand
                return Err(Interrupted.into());
            }
            () = all_gone => {}
        }
        stage.say("✅", "All tasks cancelled"); // not a hope: each of them was waited for
        Ok(())
    }
}

impl Shutdown {
    async fn work(self, lane: Lane, token: CancellationToken) {
        // A timer of tokio's is never shorter than a millisecond.
        let every = self.every.max(Duration::from_millis(1));
        loop {
            lane.log("🔧", format_args!("{lane} working..."));
            tokio::select! {
                biased; // who is told to stop begins nothing new
                () = token.cancelled() => break,
                () = lane.works_on("working", sleep(every)) => {}
            }
        }
        lane.log("🧹", format_args!("{lane} cancelled, cleaning up...")); // still alive: it may await
        lane.works_on("cleaning up", sleep(self.cleanup)).await;
        lane.log("✨", format_args!("{lane} cleanup done"));
    }
}
