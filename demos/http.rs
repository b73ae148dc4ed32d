//! HTTP: a server and many requests to it, at most so many at once.
//!
//! A small server of our own listens on this machine, and ten requests want an
//! answer from it, three at a time. Watch what one bad request does to the
//! others: nothing, be it answered with an error (`--fail`) or never (`--hang`).
//!
//! # Key insight
//!
//! A request is a future like any other: what bounds, times and cancels it is
//! the semaphore, the timeout and the drop of the other recipes. The network
//! adds only that everything may fail, each part by itself.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.start_server(…)` | `TcpSocket::listen(…)` and `axum::serve(…)` |
//! | `aiohttp.ClientSession()` | one `Client` for all: it keeps its connections |
//! | `async with semaphore:` | `let permit = semaphore.acquire().await?;` |
//! | `wait_for(get(url), 1)` | `timeout(limit, client.get(uri)).await` |
//! | `server.close()`, `wait_closed()` | `with_graceful_shutdown(…)`, and await it |
//!
//! ```python
//! import asyncio
//! import selectors
//!
//! class Simulated(selectors.DefaultSelector):
//!     """Where nothing happens, time jumps to the next timer."""
//!     now = 0.0
//!
//!     def select(self, timeout=None):
//!         ready = super().select(timeout and 0.001)
//!         if timeout and not ready:
//!             self.now += timeout + 1e-4
//!         return ready
//!
//!     def time(self):
//!         self.now += 1e-7  # equal deadlines would come in no fixed order
//!         return self.now
//!
//! present = most = 0
//!
//! async def answer(reader, writer):
//!     global present, most
//!     await reader.readuntil(b"\r\n\r\n")
//!     present += 1
//!     most = max(most, present)
//!     await asyncio.sleep(0.1)
//!     present -= 1
//!     writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
//!     writer.close()
//!
//! async def ask(path, port, permits):
//!     async with permits:
//!         print(f"GET {path}")
//!         asked = loop.time()
//!         reader, writer = await asyncio.open_connection("127.0.0.1", port)
//!         writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
//!         response = await asyncio.wait_for(reader.read(), 1)
//!         writer.close()
//!         took = round((loop.time() - asked) * 1000)
//!         print(f"{response.split()[1].decode()} {path} in {took} ms")
//!
//! async def main():
//!     server = await asyncio.start_server(answer, "127.0.0.1", 0)
//!     port = server.sockets[0].getsockname()[1]
//!     permits = asyncio.Semaphore(3)
//!     paths = [f"/item/{number}" for number in range(1, 11)]
//!     await asyncio.gather(*(ask(path, port, permits) for path in paths))
//!     server.close()
//!     print(f"{len(paths)} responses, at most {most} at once")
//!
//! clock = Simulated()
//! loop = asyncio.SelectorEventLoop(clock)
//! loop.time = clock.time
//! loop.run_until_complete(main())
//! loop.close()
//! ```
//!
//! # When to use
//!
//! To ask the same server for much. It sets the bound, not your machine: find
//! out what it bears, or it will tell you with errors.
//!
//! # Pitfalls
//!
//! - No limit of time is the default of most clients. One server that hangs
//!   then stops you for ever.
//! - An answer with status 500 is an answer: the request has succeeded, the
//!   server has not. Look at the status.
//! - A new client for each request is a new connection for each, and some
//!   thousands of them use up the machine's ports.
//! - Sockets come from the same small purse as files: every connection takes a
//!   descriptor, here even two, for both its ends are ours.
//! - A client that sends half a request keeps a graceful shutdown waiting: give
//!   it a limit of time. And every program on your machine can reach 127.0.0.1.
//! - A server lets only so many new connections wait, mostly 128. One more, and
//!   its client tries again after a second.
//! - Ask for port 0 in tests: the system picks a free one and tells which.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo http --requests 5 --limit 2
//! $ asyncdemo http --fail 2 --hang 3
//! $ asyncdemo http --requests 50 --limit 50 --latency 300ms
//! ```

use std::future::{IntoFuture as _, pending};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::routing::get;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::recipe::{Demo, Needs};
use crate::stage::{Lane, Stage, count, duration, file_descriptors, seconds};

/// Options of the recipe.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Http {
    /// How many requests there are
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "10")]
    requests: usize,

    /// How many may be on their way at once; no more than a quarter of the file
    /// descriptors, nor than 4096
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    limit: usize,

    /// How long the server takes for each
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    latency: Duration,

    /// The request that the server answers with an error
    #[arg(long, value_name = "COUNT", value_parser = count)]
    fail: Option<usize>,

    /// The request that the server never answers
    #[arg(long, value_name = "COUNT", value_parser = count)]
    hang: Option<usize>,

    /// How long the client waits for an answer
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    timeout: Duration,
}

impl Demo for Http {
    const NEEDS: Needs = Needs {
        io: true,
        ..Needs::NOTHING
    };

    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        // Any program on this machine can connect: our requests carry a secret.
        let secret = HeaderValue::from(RandomState::new().hash_one(()));
        let load = Arc::new(Load::default());
        let app = Router::new()
            .route("/item/{number}", get(Self::answer))
            .with_state((self, secret.clone(), Arc::clone(&load)));
        let listener = listen().context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let server =
            axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
        let mut server = tokio::spawn(server.into_future());

        // One client for all: it keeps its connections and uses them again.
        let client = Client::builder(TokioExecutor::new()).build_http();
        // A connection takes a descriptor at either end, and both ends are ours;
        // while one comes to rest, the next request opens another.
        let bound = (file_descriptors() / 4).clamp(1, BACKLOG as usize);
        let permits = Arc::new(Semaphore::new(self.limit.min(bound)));
        let mut requests = JoinSet::new();
        for number in 1..=self.requests {
            let lane = stage.lane(format_args!("/item/{number}"));
            let server = (address, secret.clone());
            let (client, permits) = (client.clone(), Arc::clone(&permits));
            requests.spawn(self.ask(lane, server, client, permits));
        }
        let mut responses = 0;
        while let Some(answered) = requests.join_next().await {
            responses += usize::from(answered??);
        }

        let most = load.most.load(Relaxed);
        stage.say(
            "🌐",
            format_args!("{responses} responses, at most {most} at once"),
        ); // as the server has counted them
        stop.cancel();
        drop(client); // its idle connections are what the server still waits for
        match timeout(GRACE, &mut server).await {
            Ok(ended) => ended??,
            Err(_) => server.abort(), // a foreign client has sent half a request
        }
        Ok(())
    }
}

/// How many connections at a blow a server may let wait until it accepts them;
/// Linux allows no more. Beyond, the system has the client try again in a second.
const BACKLOG: u32 = 4096;

/// How long the server waits for the requests of others at its end.
const GRACE: Duration = Duration::from_millis(500);

/// What `TcpListener::bind` does, which lets only 128 wait.
fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?; // the system picks a free port
    socket.listen(BACKLOG)
}

/// How many requests the server has seen at once.
#[derive(Default)]
struct Load {
    /// Each request that the server works on holds a clone.
    present: Arc<()>,
    most: AtomicUsize,
}

impl Http {
    /// The server's side. Where the client goes away, the future is dropped.
    async fn answer(
        State((options, secret, load)): State<(Self, HeaderValue, Arc<Load>)>,
        Path(number): Path<usize>,
        headers: HeaderMap,
    ) -> StatusCode {
        if headers.get(AUTHORIZATION) != Some(&secret) {
            return StatusCode::FORBIDDEN;
        }
        let present = Arc::clone(&load.present);
        load.most
            .fetch_max(Arc::strong_count(&present) - 1, Relaxed);
        if options.hang == Some(number) {
            pending::<()>().await;
        }
        sleep(options.latency).await;
        if options.fail == Some(number) {
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        StatusCode::OK
    }

    /// The client's side: whether there was an answer, whatever its status.
    async fn ask(
        self,
        lane: Lane,
        (server, secret): (SocketAddr, HeaderValue),
        client: Client<HttpConnector, Body>,
        permits: Arc<Semaphore>,
    ) -> anyhow::Result<bool> {
        let _permit = lane.waits_for("a permit", permits.acquire()).await?;
        lane.log("📡", format_args!("GET {lane}"));
        let asked = Instant::now();
        let request = Request::get(format!("http://{server}{lane}"));
        let request = request.header(AUTHORIZATION, secret);
        let answer = client.request(request.body(Body::empty())?);
        let answer = lane
            .pauses_for("the answer", timeout(self.timeout, answer))
            .await;
        let Ok(answer) = answer else {
            lane.log(
                "⏰",
                format_args!("Timeout {lane} after {}", seconds(self.timeout)),
            ); // the connection is closed, and so the server learns of it
            return Ok(false);
        };
        let status = answer
            .context("cannot reach the server on 127.0.0.1")?
            .status();
        let icon = if status.is_success() { "✅" } else { "💥" };
        let took = asked.elapsed().as_millis();
        lane.log(
            icon,
            format_args!("{} {lane} in {took} ms", status.as_u16()),
        );
        Ok(true)
    }
}
