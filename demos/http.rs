//! HTTP: send many requests to one server, and limit how many run concurrently.
//!
//! A small server listens on this machine, and a client sends it ten requests,
//! three at a time. Watch how a request that fails (`--fail`) or never gets a
//! response (`--hang`) leaves the others unaffected.
//!
//! # Key insight
//!
//! A request is a future like any other: a semaphore limits it, a timeout bounds
//! it, and dropping it cancels it. The network adds that every request can fail
//! on its own, so each one returns a `Result`, and the caller decides which
//! errors end the program.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `aiohttp.web.Application()` | `axum::Router::new()` and `axum::serve(…)` |
//! | `aiohttp.ClientSession()` | one `reqwest::Client` or hyper-util `Client` for all requests |
//! | `async with semaphore:` | `let _permit = semaphore.acquire().await?;` |
//! | `await response.json()` | `response.json::<Item>().await?` (reqwest), or `serde_json::from_slice(&body)?` |
//! | `response.raise_for_status()` | `response.error_for_status()?` (reqwest), or compare `response.status()` |
//! | `wait_for(get(url), 1)` | `timeout(limit, client.get(url)).await` |
//! | `gather(*requests, return_exceptions=True)` | a `JoinSet` whose tasks return a `Result` |
//! | `server.close()`, `wait_closed()` | `with_graceful_shutdown(…)`, awaited under a time limit |
//!
//! The program needs only the standard library. Its loop has a simulated clock,
//! so that the times are exact.
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
//! # In tokio
//!
//! With tokio alone, HTTP is written by hand on a `TcpStream`. The recipe's
//! source uses axum, as you would at work, and in the place of reqwest a small
//! client on hyper-util (`src/kit/http.rs`).
//!
//! ```rust,no_run
//! //! Ten HTTP requests to a small server, three of them concurrently.
//!
//! use std::net::{Ipv4Addr, SocketAddr};
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
//! use std::time::Duration;
//!
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::{TcpListener, TcpStream};
//! use tokio::sync::Semaphore;
//! use tokio::task::JoinSet;
//! use tokio::time::{Instant, sleep, timeout};
//!
//! type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
//! static PRESENT: AtomicUsize = AtomicUsize::new(0);
//! static MOST: AtomicUsize = AtomicUsize::new(0);
//!
//! // One thread, so that the requests are sent in the order of their numbers.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<()> {
//!     let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
//!     let address = listener.local_addr()?;
//!     tokio::spawn(async move {
//!         while let Ok((client, _)) = listener.accept().await {
//!             tokio::spawn(answer(client));
//!         }
//!     });
//!     let permits = Arc::new(Semaphore::new(3));
//!     let mut requests = JoinSet::new();
//!     for number in 1..=10 {
//!         requests.spawn(request(number, address, Arc::clone(&permits)));
//!     }
//!     let ended = requests.join_all().await;
//!     let responses = ended.iter().filter(|result| result.is_ok()).count();
//!     println!("{responses} responses, at most {MOST:?} at once");
//!     Ok(())
//! }
//!
//! async fn answer(mut client: TcpStream) -> Result<()> {
//!     let _length = client.read(&mut [0; 1024]).await?; // the request fits into one packet
//!     MOST.fetch_max(PRESENT.fetch_add(1, Relaxed) + 1, Relaxed);
//!     sleep(Duration::from_millis(100)).await;
//!     PRESENT.fetch_sub(1, Relaxed);
//!     Ok(client.write_all(b"HTTP/1.0 200 OK\r\n\r\n{}").await?)
//! }
//!
//! async fn request(number: usize, address: SocketAddr, permits: Arc<Semaphore>) -> Result<()> {
//!     let _permit = permits.acquire().await?;
//!     let (path, asked) = (format!("/item/{number}"), Instant::now());
//!     println!("GET {path}");
//!     let mut server = TcpStream::connect(address).await?;
//!     let get = format!("GET {path} HTTP/1.0\r\n\r\n").into_bytes();
//!     server.write_all(&get).await?;
//!     let mut text = String::new();
//!     timeout(Duration::from_secs(1), server.read_to_string(&mut text)).await??;
//!     let status = text.split(' ').nth(1).ok_or("not an HTTP response")?;
//!     let took = asked.elapsed().as_millis() / 10 * 10; // to 10 ms: the clock is real
//!     println!("{status} {path} in {took} ms");
//!     Ok(())
//! }
//! ```
//!
//! # When to use
//!
//! When a program needs many responses from the same server: crawlers, batch
//! jobs, a page that is assembled from several services. Set the limit to what
//! the server can handle. For a limit on requests per second, see `ratelimit`;
//! to try failed requests again, see `retry`.
//!
//! # Pitfalls
//!
//! - Most clients have no time limit by default. One server that hangs then
//!   stops the program forever.
//! - A response with status 500 is still a response: the request succeeded, and
//!   the server failed. Check the status before you read the body.
//! - The time limit must cover the body as well as the head. A server can send
//!   the head immediately and the body never.
//! - A new client for each request opens a new connection for each, and a few
//!   thousand of them use up the machine's ports. Share one client.
//! - Sockets and files share the limit on file descriptors. Each connection takes
//!   one; here it takes two, because both ends are in this process.
//! - A client that sends half a request delays a graceful shutdown: set a time
//!   limit. Any program on your machine can connect to 127.0.0.1.
//! - A listener queues a limited number of new connections, often 128. When the
//!   queue is full, a client tries again after one second.
//! - In tests, bind port 0: the system picks a free port.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo http --requests 5 --limit 2
//! $ asyncdemo http --fail 2 --hang 3
//! $ asyncdemo http --requests 50 --no-limit
//! ```
//!
//! # Read on
//!
//! - tokio: [`TcpListener`](https://docs.rs/tokio/latest/tokio/net/struct.TcpListener.html),
//!   [`timeout`](https://docs.rs/tokio/latest/tokio/time/fn.timeout.html),
//!   [`Semaphore`](https://docs.rs/tokio/latest/tokio/sync/struct.Semaphore.html)
//! - [axum](https://docs.rs/axum/latest/axum/),
//!   [hyper-util's `Client`](https://docs.rs/hyper-util/latest/hyper_util/client/legacy/struct.Client.html),
//!   and [reqwest](https://docs.rs/reqwest/latest/reqwest/), which is built on it
//! - Python: [asyncio streams](https://docs.python.org/3/library/asyncio-stream.html),
//!   [`asyncio.wait_for`](https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for);
//!   `asyncio.timeout` needs Python 3.11

use std::future::pending;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::kit::{BREAK_IT, Load, Result, count, duration, seconds};
use crate::kit::{HttpClient as Client, HttpFailure as Failure, listen_locally, most_connections};

/// Options of the recipe.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Options {
    /// Number of requests
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "10")]
    requests: usize,
    /// Number of requests that may run concurrently, but no more than a quarter of the file
    /// descriptors, nor 4096
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    limit: usize,
    /// Time that the server takes for each request
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    latency: Duration,
    /// Number of the request that the server answers with status 500
    #[arg(long, value_name = "COUNT", value_parser = count)]
    fail: Option<usize>,
    /// Number of the request that the server never answers
    #[arg(long, value_name = "COUNT", value_parser = count)]
    hang: Option<usize>,
    /// Time limit of the client for each request
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    timeout: Duration,
    /// Disable the limit: send all requests immediately
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,
}

/// Starts the server, sends all requests, and shuts the server down.
pub async fn main(options: Options) -> Result {
    let listener = listen_locally().context("cannot listen on 127.0.0.1")?;
    let secret = HeaderValue::from(RandomState::new().hash_one(())); // other programs can connect
    let api = Client::new(listener.local_addr()?, secret.clone()); // reuses its connections
    let load = Load::default();
    let router = Router::new()
        .route("/item/{number}", get(item))
        .with_state((options, secret, load.clone()));
    let stop = CancellationToken::new();
    let mut server = tokio::spawn(serve(listener, router, stop.clone()));

    let permits = Arc::new(Semaphore::new(options.limit.min(most_connections())));
    let mut requests = JoinSet::new();
    for number in 1..=options.requests {
        let (limit, api) = (options.timeout, api.clone());
        if options.no_limit {
            requests.spawn(request_unlimited(number, limit, api));
        } else {
            requests.spawn(request(number, limit, api, Arc::clone(&permits)));
        }
    }
    let mut responses = 0;
    while let Some(ended) = requests.join_next().await {
        match ended? {
            Ok(_) | Err(Failure::Status(_)) => responses += 1, // both are responses
            Err(Failure::TimedOut) => {}
            Err(Failure::Other(error)) => return Err(error.context("the request failed")),
        }
    }
    println!("🌐 {responses} responses, at most {} at once", load.most()); // as the server counted them

    stop.cancel();
    drop(api); // closes its idle connections, which the server still serves
    match timeout(Duration::from_millis(500), &mut server).await {
        Ok(ended) => ended??,
        Err(_) => server.abort(), // another program's request is incomplete
    }
    Ok(())
}

type Answer = Result<Item, Failure>;

#[derive(Deserialize, Serialize)]
struct Item {
    id: usize,
}

async fn request(number: usize, limit: Duration, api: Client, permits: Arc<Semaphore>) -> Answer {
    let _permit = permits.acquire().await?; // the others wait here, in FIFO order
    report(number, limit, api).await
}

async fn request_unlimited(number: usize, limit: Duration, api: Client) -> Answer {
    // Missing: let _permit = permits.acquire().await?;
    report(number, limit, api).await
}

/// Requests one item, and prints what came of it.
async fn report(number: usize, limit: Duration, api: Client) -> Answer {
    let (path, asked) = (format!("/item/{number}"), Instant::now());
    println!("📡 GET {path}");
    let answer = timeout(limit, api.get(&path)).await;
    let answer = answer.unwrap_or(Err(Failure::TimedOut)); // the request is dropped, its connection closed
    let took = asked.elapsed().as_millis();
    match &answer {
        Ok(Item { id }) => println!("✅ 200 /item/{id} in {took} ms"),
        Err(Failure::Status(status)) => println!("💥 {} {path} in {took} ms", status.as_u16()),
        Err(Failure::TimedOut) => println!("⏰ Timeout {path} after {}", seconds(limit)),
        Err(Failure::Other(_)) => {} // ends the program
    }
    answer
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let server = axum::serve(listener, router);
    server.with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Answers a request. If its client disconnects, this future is dropped.
async fn item(
    State((options, secret, load)): State<(Options, HeaderValue, Load)>,
    Path(id): Path<usize>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    if headers.get(AUTHORIZATION) != Some(&secret) {
        return Err(StatusCode::FORBIDDEN);
    }
    let _in_progress = load.begin();
    if options.hang == Some(id) {
        pending::<()>().await;
    }
    sleep(options.latency).await;
    let body = serde_json::to_string(&Item { id });
    match body {
        Ok(body) if options.fail != Some(id) => Ok(([(CONTENT_TYPE, "application/json")], body)),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
