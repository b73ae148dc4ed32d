//! Graceful shutdown: stop every task, and wait for its clean-up.
//!
//! Two workers run until you press Ctrl-C (or send SIGTERM, or use `--after`).
//! Watch how each of them stops at its next `.await`, takes half a second to
//! clean up, and ends before the program does. A second Ctrl-C during the
//! clean-up ends the program immediately.
//!
//! # Key insight
//!
//! A signal is one more event to wait for. The steps after it make a shutdown
//! graceful: tell every task to stop, wait for every task, set a deadline, and
//! let a second signal interrupt the wait.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `loop.add_signal_handler(SIGTERM, f)` | `signal(SignalKind::terminate())?` |
//! | `task.cancel()` for each task | `token.cancel()` once, for all of them |
//! | `except CancelledError:`, clean up, `raise` | `token.cancelled()` in a `select!`, then clean up |
//! | `await gather(*tasks, return_exceptions=True)` | `join_next()` until the set is empty |
//! | `asyncio.timeout(10)` around it | `timeout(limit, …)`, then `shutdown()` on the set |
//!
//! ```python
//! import asyncio
//! import os
//! import signal
//!
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
//!         raise  # so that the task counts as cancelled
//!
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
//!     await asyncio.gather(*workers, return_exceptions=True)
//!     assert all(worker.cancelled() for worker in workers)
//!     print("All tasks cancelled")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! With tokio alone, a closed `broadcast` channel tells the workers to stop; the
//! recipe uses `CancellationToken` of the crate `tokio-util` instead, which
//! needs no channel and has child tokens.
//!
//! ```rust,no_run
//! //! Two workers work until Ctrl-C, then clean up.
//!
//! use std::time::Duration;
//!
//! use tokio::process::Command;
//! use tokio::signal::unix::{Signal, SignalKind, signal};
//! use tokio::sync::broadcast;
//! use tokio::task::JoinSet;
//! use tokio::time::sleep;
//!
//! // One thread, so that the workers print in the order of their numbers.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut signals = (
//!         signal(SignalKind::interrupt())?,
//!         signal(SignalKind::terminate())?,
//!     );
//!     let (stop, _) = broadcast::channel::<()>(1);
//!     let mut workers = JoinSet::new();
//!     for number in 1..=2 {
//!         workers.spawn(worker(number, stop.subscribe()));
//!     }
//!     let mut kill = Command::new("kill");
//!     kill.args(["-INT", &std::process::id().to_string()]);
//!     tokio::spawn(async move {
//!         sleep(Duration::from_millis(2500)).await; // or remove this, and press Ctrl-C
//!         kill.status().await
//!     });
//!     next(&mut signals).await;
//!     println!("Shutdown requested...");
//!     drop(stop); // every receiver sees that the channel is closed
//!     let all_ended = async { while workers.join_next().await.is_some() {} };
//!     tokio::select! {
//!         biased;
//!         () = next(&mut signals) => return Err("Forced exit".into()), // a second signal
//!         () = all_ended => println!("All tasks cancelled"),
//!     }
//!     Ok(())
//! }
//!
//! async fn next((interrupt, terminate): &mut (Signal, Signal)) {
//!     tokio::select! {
//!         _ = interrupt.recv() => {}
//!         _ = terminate.recv() => {}
//!     }
//! }
//!
//! async fn worker(number: usize, mut stopped: broadcast::Receiver<()>) {
//!     loop {
//!         println!("Worker-{number} working...");
//!         tokio::select! {
//!             biased;
//!             _ = stopped.recv() => break,
//!             () = sleep(Duration::from_secs(1)) => {}
//!         }
//!     }
//!     println!("Worker-{number} cancelled, cleaning up...");
//!     sleep(Duration::from_millis(500)).await;
//!     println!("Worker-{number} cleanup done");
//! }
//! ```
//!
//! # When to use
//!
//! In every program that runs until it is stopped. Ctrl-C sends SIGINT; service
//! managers and containers send SIGTERM, and kill a process that has not ended
//! a few seconds later, 10 s for Docker and 30 s for Kubernetes by default.
//! Choose a deadline below that. A program that holds nothing to flush, close or
//! hand back can rely on the default action of the signal.
//!
//! # Pitfalls
//!
//! - A second Ctrl-C interrupts the clean-up. Decide what it means; here it ends
//!   the program immediately with exit code 130.
//! - Install the handlers before the first task starts. Until then, a signal
//!   kills the program without any clean-up. From then on, tokio keeps the
//!   default action disabled for the rest of the process.
//! - Clean-up can hang. Set a deadline (`--deadline`), and abort what is left.
//! - Aborting the tasks (`--no-cleanup`) is not a shutdown: `Drop` runs, but an
//!   aborted task cannot await anything, such as a flush or a closing message.
//! - In asyncio, re-raise `CancelledError` after the clean-up. A task that
//!   swallows it looks finished, and `timeout()` and `TaskGroup` misbehave.
//! - Several equal signals that arrive in quick succession can be received as one.
//! - A `JoinSet` keeps the result of each task until it is joined. For tasks that
//!   come and go, use `TaskTracker` of `tokio-util`, which only counts them.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo shutdown --after 1500ms
//! $ asyncdemo shutdown --clock virtual --workers 3 --cleanup 2s
//! $ asyncdemo shutdown --after 1500ms --cleanup 5s --deadline 300ms
//! $ asyncdemo shutdown --after 1500ms --no-cleanup
//! ```
//!
//! # Read on
//!
//! - tokio: [Graceful Shutdown](https://tokio.rs/tokio/topics/shutdown),
//!   [`tokio::signal`](https://docs.rs/tokio/latest/tokio/signal/index.html),
//!   [`JoinSet::shutdown`](https://docs.rs/tokio/latest/tokio/task/struct.JoinSet.html#method.shutdown)
//! - tokio-util: [`CancellationToken`](https://docs.rs/tokio-util/latest/tokio_util/sync/struct.CancellationToken.html),
//!   [`TaskTracker`](https://docs.rs/tokio-util/latest/tokio_util/task/struct.TaskTracker.html)
//! - Python: [`loop.add_signal_handler`](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.add_signal_handler),
//!   [task cancellation](https://docs.python.org/3/library/asyncio-task.html#task-cancellation)
//!   (`asyncio.timeout` needs Python 3.11)

use std::io;
use std::time::Duration;

use signal_hook::consts::SIGINT;
use signal_hook::low_level::raise;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::kit::{BREAK_IT, Clock, Result, clock, count, duration, seconds};
use crate::recipe::Interrupted;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of workers
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    workers: usize,

    /// Interval at which each worker prints a line
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    every: Duration,

    /// Time that each worker takes to clean up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    cleanup: Duration,

    /// Limit for the clean-up, after which the workers are aborted [default: no limit]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    deadline: Option<Duration>,

    /// Time after which the program sends itself SIGINT; on the virtual clock, it acts as if it
    /// had [default: never, it waits for a signal; 2.5s on the virtual clock]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    after: Option<Duration>,

    /// Skip the clean-up: abort the workers
    #[arg(long, help_heading = BREAK_IT)]
    no_cleanup: bool,
}

/// Works until a signal arrives, then cleans up; a second signal forces the end.
pub async fn main(options: Options) -> Result {
    let mut signals = Signals::listen()?; // until here, a signal kills the program
    let stop = CancellationToken::new();
    let mut workers = JoinSet::new();
    for number in 1..=options.workers {
        let (every, cleanup) = (options.every, options.cleanup);
        workers.spawn(worker(number, every, cleanup, stop.clone()));
    }
    requested(&mut signals, options.after).await?;
    println!("🛑 Shutdown requested...");
    let all_ended = async {
        if options.no_cleanup {
            abort(workers).await
        } else {
            stop.cancel(); // one call, and every worker sees it
            clean_up(workers, options.deadline).await
        }
    };
    tokio::select! {
        biased; // a second signal comes first
        () = signals.next() => {
            println!("💥 Forced exit"); // the workers are dropped where they are
            return Err(Interrupted.into());
        }
        result = all_ended => result?,
    }
    println!("✅ All tasks cancelled"); // each of them has ended
    Ok(())
}

/// The signals that ask a program to end: Ctrl-C, and that of service managers.
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
            biased; // it makes no difference which of them arrives
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn worker(number: usize, every: Duration, cleanup: Duration, stop: CancellationToken) {
    loop {
        println!("🔧 Worker-{number} working...");
        tokio::select! {
            biased; // a cancelled worker starts nothing new
            () = stop.cancelled() => break,
            () = sleep(every.max(Duration::from_millis(1))) => {}
        }
    }
    println!("🧹 Worker-{number} cancelled, cleaning up..."); // still running: it may await
    sleep(cleanup).await;
    println!("✨ Worker-{number} cleanup done");
}

/// Waits for a signal, which the program sends itself after a while.
async fn requested(signals: &mut Signals, after: Option<Duration>) -> io::Result<()> {
    // Simulated time does not wait for a key.
    let simulated = clock() == Clock::Virtual;
    let after = after.or(simulated.then_some(Duration::from_millis(2500)));
    tokio::select! {
        biased; // a signal from outside comes first
        () = signals.next() => {}
        () = sleep(after.unwrap_or_default()), if after.is_some() => if !simulated {
            raise(SIGINT)?; // a real signal, which takes the same path as Ctrl-C
            signals.next().await;
        }
    }
    Ok(())
}

/// Waits until all workers have ended, but no longer than the deadline.
async fn clean_up(mut workers: JoinSet<()>, deadline: Option<Duration>) -> Result {
    let all_ended = async {
        while let Some(ended) = workers.join_next().await {
            ended?;
        }
        Ok(())
    };
    let limit = deadline.unwrap_or(Duration::MAX);
    if let Ok(ended) = timeout(limit, all_ended).await {
        return ended;
    }
    let (left, limit) = (workers.len(), seconds(limit));
    println!("⏰ Not done within {limit}: {left} aborted");
    workers.shutdown().await; // aborts the others, and waits until they are gone
    Ok(())
}

async fn abort(mut workers: JoinSet<()>) -> Result {
    // Missing: stop.cancel(), so that the workers can clean up
    workers.shutdown().await;
    Ok(())
}
