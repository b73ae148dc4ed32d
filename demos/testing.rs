//! Testing: run async code against a mock server, on a clock that does not wait.
//!
//! A client asks a server whether it is ready, again and again, with longer and
//! longer pauses. Its tests talk to a mock server in memory and run on a paused
//! clock. Watch that they cover an hour and end immediately, on the real clock as
//! well.
//!
//! # Key insight
//!
//! With `start_paused = true` the runtime moves its clock to the next timer as soon
//! as no task can run. A test that waits for an hour takes no time, measures
//! exactly one hour, and gives the same result on a slow machine.
//!
//! # In asyncio
//!
//! asyncio has no paused clock; a loop with its own `time()` can act as one. The
//! package `looptime` does that for pytest.
//!
//! | asyncio | tokio |
//! |---|---|
//! | `unittest.IsolatedAsyncioTestCase`, `pytest-asyncio` | `#[tokio::test]` |
//! | a loop with its own `time()` | `#[tokio::test(start_paused = true)]` |
//! | `loop.time()` | `tokio::time::Instant::now()` |
//! | `unittest.mock.AsyncMock` | `tokio::io::duplex`, `tokio_test::io::Builder`, or a trait |
//! | | `tokio_test::assert_pending!`, to look at a single poll |
//!
//! ```python
//! import asyncio
//! import selectors
//!
//!
//! class PausedLoop(asyncio.SelectorEventLoop):
//!     """Moves its clock to the next timer instead of waiting for it."""
//!
//!     def __init__(self):
//!         self.now = 0.0
//!         selector = selectors.SelectSelector()
//!         select = selector.select
//!
//!         def advance(timeout=None):
//!             self.now += timeout or 0
//!             return select(0)
//!
//!         selector.select = advance
//!         super().__init__(selector)
//!
//!     def time(self):
//!         return self.now
//!
//!
//! class MockServer:
//!     def __init__(self, answers):
//!         self.answers = list(answers)
//!
//!     async def ask(self):
//!         if not self.answers:
//!             await asyncio.Event().wait()  # never answers
//!         print(f"Server: ready? {self.answers[0]}")
//!         return self.answers.pop(0)
//!
//!
//! async def wait_until_ready(server):
//!     """The code under test."""
//!     loop = asyncio.get_running_loop()
//!     started, pause = loop.time(), 1
//!     while await server.ask() != "yes":
//!         await asyncio.sleep(pause)
//!         pause *= 2
//!     return loop.time() - started
//!
//!
//! async def asks_until_ready():
//!     took = await wait_until_ready(MockServer(["no", "no", "no", "yes"]))
//!     assert took == 7, took
//!     print("ok: ready after 7s")
//!
//!
//! async def gives_up():
//!     try:
//!         await asyncio.wait_for(wait_until_ready(MockServer([])), 3600)
//!     except TimeoutError:
//!         print("ok: gave up after 3600s")
//!
//!
//! async def runs_in_order():
//!     order = []
//!
//!     async def nap(name, seconds):
//!         await asyncio.sleep(seconds)
//!         order.append(name)
//!
//!     await asyncio.gather(nap("A", 3), nap("B", 1), nap("C", 1))
//!     print(f"ok: the order is {', '.join(order)}")
//!
//!
//! for test in (asks_until_ready, gives_up, runs_in_order):
//!     print(f"Test: {test.__name__}")
//!     with asyncio.Runner(loop_factory=PausedLoop) as runner:
//!         runner.run(test())
//! ```
//!
//! # In tokio
//!
//! The client takes a stream, so that a test can give it one end of a pipe in
//! memory. The paused clock needs tokio's feature `test-util`, which is not part of
//! `full`:
//!
//! ```rust,ignore
//! //! A client, and its tests: `cargo add --dev tokio --features test-util`, `cargo test`.
//!
//! use std::{io, time::Duration};
//!
//! use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
//! use tokio::time::{Instant, sleep};
//!
//! #[tokio::main]
//! async fn main() -> io::Result<()> {
//!     let (client, server) = duplex(64); // in memory: no port, no network
//!     let serving = tokio::spawn(answer(server, vec!["no", "yes"]));
//!     println!("Ready after {:?}", wait_until_ready(client).await?);
//!     serving.await?
//! }
//!
//! /// The code under test: asks again after 1 s, 2 s, 4 s and so on.
//! async fn wait_until_ready(server: DuplexStream) -> io::Result<Duration> {
//!     let (started, mut server) = (Instant::now(), BufReader::new(server));
//!     let mut pause = Duration::from_secs(1);
//!     loop {
//!         server.write_all(b"ready?\n").await?;
//!         let mut answer = String::new();
//!         server.read_line(&mut answer).await?;
//!         if answer == "yes\n" {
//!             return Ok(started.elapsed()); // tokio's `Instant`: the test's clock
//!         }
//!         sleep(pause).await;
//!         pause *= 2;
//!     }
//! }
//!
//! /// The mock server: expects a question for each of its answers.
//! async fn answer(client: DuplexStream, answers: Vec<&str>) -> io::Result<()> {
//!     let mut client = BufReader::new(client);
//!     for answer in answers {
//!         let mut question = String::new();
//!         client.read_line(&mut question).await?;
//!         assert_eq!(question, "ready?\n");
//!         client.write_all(format!("{answer}\n").as_bytes()).await?;
//!     }
//!     Ok(())
//! }
//!
//! #[cfg(test)]
//! #[tokio::test(start_paused = true)]
//! async fn it_asks_until_the_server_is_ready() {
//!     let (client, server) = duplex(64);
//!     let serving = tokio::spawn(answer(server, vec!["no", "no", "no", "yes"]));
//!     let took = wait_until_ready(client).await.expect("an answer");
//!     assert_eq!(took, Duration::from_secs(1 + 2 + 4)); // exactly, and immediately
//!     serving.await.expect("no panic").expect("no error"); // or its assertions are lost
//! }
//!
//! #[cfg(test)]
//! #[tokio::test(start_paused = true)]
//! async fn a_server_that_never_answers_takes_an_hour() {
//!     let (client, _server) = duplex(64);
//!     let waiting = tokio::time::timeout(Duration::from_secs(3600), wait_until_ready(client));
//!     waiting.await.expect_err("no answer");
//! }
//! ```
//!
//! # When to use
//!
//! The paused clock is for everything that contains a timer: timeouts, retries, rate
//! limits, caches that expire. Leave it out where the test talks to real sockets,
//! processes or threads. To try other legal orders of the tasks, use `--schedule`
//! here, and `loom` or `shuttle` for code that shares memory between threads.
//!
//! # Pitfalls
//!
//! - `std::time::Instant` and `std::thread::sleep` ignore the paused clock
//!   (`--std-clock`).
//! - An assertion in a spawned task fails that task only. Await its handle, or the
//!   test passes.
//! - A paused clock moves whenever all tasks are idle, also while one of them waits
//!   for a socket or a process: a timeout around it fires immediately.
//! - `#[tokio::test]` uses one thread. `flavor = "multi_thread"` finds races, but it
//!   cannot be combined with `start_paused`.
//! - `tokio::time::pause()` in the middle of a test leaves earlier timers up to one
//!   millisecond off. Prefer `start_paused`.
//! - Do not use a short real sleep to wait for another task. Await a signal from it,
//!   or pause the clock.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo testing --busy 5
//! $ asyncdemo testing --patience 24h
//! $ asyncdemo testing --std-clock
//! ```
//!
//! # Read on
//!
//! - tokio: [unit testing](https://tokio.rs/tokio/topics/testing),
//!   [`tokio::test`](https://docs.rs/tokio/latest/tokio/attr.test.html),
//!   [`tokio::time::pause`](https://docs.rs/tokio/latest/tokio/time/fn.pause.html),
//!   [`tokio_test`](https://docs.rs/tokio-test/latest/tokio_test/)
//! - Python: [`IsolatedAsyncioTestCase`](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase),
//!   [`AsyncMock`](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};

use crate::kit::{BREAK_IT, Result, count_or_zero, duration, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of times that the mock server is not ready
    #[arg(long, value_name = "COUNT", value_parser = count_or_zero, default_value = "3")]
    busy: usize,

    /// Time after which the client gives up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h")]
    patience: Duration,

    /// Measure the time with std's clock, which is never paused
    #[arg(long, help_heading = BREAK_IT)]
    std_clock: bool,
}

/// Runs three tests, each on a runtime of its own.
pub async fn main(options: Options) -> Result {
    // A runtime blocks the thread that it is started on
    spawn_blocking(move || run_all(&options)).await?
}

fn run_all(options: &Options) -> Result {
    println!("🧪 Test: asks_until_ready");
    test(asks_until_ready(options.busy, options.std_clock))?;
    println!("🧪 Test: gives_up");
    test(gives_up(options.patience))?;
    println!("🧪 Test: runs_in_order");
    test(runs_in_order())
}

/// What `#[tokio::test(start_paused = true)]` does.
fn test(test: impl Future<Output = Result>) -> Result {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build()?;
    runtime.block_on(test)
}

async fn asks_until_ready(busy: usize, std_clock: bool) -> Result {
    let (client, server) = duplex(64); // in memory: no port, no network
    let serving = tokio::spawn(serve(server, busy));
    let took = if std_clock {
        wait_until_ready_on_std_clock(client).await?
    } else {
        wait_until_ready(client).await?
    };
    serving.await??; // or its assertions are lost
    let expected = (0..busy).map(pause).sum();
    if took == expected {
        println!("✅ ok: ready after {}", seconds(took)); // exactly, and immediately
    } else {
        println!(
            "❌ failed: {} instead of {}",
            seconds(took),
            seconds(expected)
        );
    }
    Ok(())
}

async fn gives_up(patience: Duration) -> Result {
    let (client, _server) = duplex(64); // never answers
    let started = Instant::now();
    let answer = timeout(patience, wait_until_ready(client)).await;
    assert!(answer.is_err());
    println!("✅ ok: gave up after {}", seconds(started.elapsed()));
    Ok(())
}

async fn runs_in_order() -> Result {
    let mut naps = JoinSet::new();
    for (name, time) in [("A", 3), ("B", 1), ("C", 1)] {
        naps.spawn(nap(name, Duration::from_secs(time)));
    }
    let order = naps.join_all().await.join(", ");
    println!("✅ ok: the order is {order}"); // equal deadlines: in the order of the calls
    Ok(())
}

async fn nap(name: &'static str, time: Duration) -> &'static str {
    sleep(time).await;
    name
}

/// The code under test: asks until the server is ready.
async fn wait_until_ready(server: DuplexStream) -> io::Result<Duration> {
    let (started, mut server) = (Instant::now(), BufReader::new(server));
    for turn in 0.. {
        if is_ready(&mut server).await? {
            break;
        }
        sleep(pause(turn)).await;
    }
    Ok(started.elapsed()) // tokio's `Instant`: the test's clock
}

async fn is_ready(server: &mut BufReader<DuplexStream>) -> io::Result<bool> {
    server.write_all(b"ready?\n").await?;
    let mut answer = String::new();
    server.read_line(&mut answer).await?;
    Ok(answer == "yes\n")
}

/// 1 s, 2 s, 4 s and so on, at most a minute.
fn pause(turn: usize) -> Duration {
    Duration::from_secs(60.min(1 << turn.min(6)))
}

/// The mock server, which is busy at first.
async fn serve(client: DuplexStream, busy: usize) -> io::Result<()> {
    let mut client = BufReader::new(client);
    for turn in 0..=busy {
        let mut question = String::new();
        client.read_line(&mut question).await?;
        assert_eq!(question, "ready?\n");
        let answer = if turn < busy { "no" } else { "yes" };
        println!("📨 Server: ready? {answer}");
        client.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn wait_until_ready_on_std_clock(server: DuplexStream) -> io::Result<Duration> {
    #[expect(clippy::disallowed_methods, reason = "what this twin does wrong")]
    let (started, mut server) = (std::time::Instant::now(), BufReader::new(server));
    for turn in 0.. {
        if is_ready(&mut server).await? {
            break;
        }
        sleep(pause(turn)).await;
    }
    Ok(Duration::from_secs(started.elapsed().as_secs())) // Missing: tokio's `Instant`
}
