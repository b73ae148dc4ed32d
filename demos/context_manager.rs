//! Context manager: release a resource even if its use fails.
//!
//! A connection is opened, used for a query and closed; opening and closing take
//! time. Watch the end with a failing query (`--fail`): the connection is closed
//! first, and only then is the error returned. With `--leak` the connection is
//! never closed.
//!
//! # Key insight
//!
//! The code that acquires a resource also releases it; the code that uses it runs
//! in between. A function that takes this code as a closure has a line after the
//! call, and that line may await. A destructor may not.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async with connection() as c:` | `with_connection(async \|c\| { … }).await` |
//! | `@asynccontextmanager`, `yield` | a function that takes an `AsyncFnOnce` |
//! | `__aenter__`, `__aexit__` | `Connection::open`, `Connection::close(self)` |
//! | `finally: await c.close()` | keep the result, `c.close().await`, return the result |
//! | `with open(…) as file:` | `Drop`, if the release does not await |
//!
//! ```python
//! import asyncio
//! from contextlib import asynccontextmanager
//!
//!
//! @asynccontextmanager
//! async def connection():
//!     print("Connecting...")
//!     await asyncio.sleep(1)
//!     print("Connected")
//!     try:
//!         yield query
//!     finally:
//!         print("Disconnecting...")
//!         await asyncio.sleep(0.5)
//!         print("Disconnected")
//!
//!
//! async def query(text):
//!     await asyncio.sleep(0.1)
//!     return f"Result of: {text}"
//!
//!
//! async def main():
//!     async with connection() as ask:
//!         print(await ask("SELECT * FROM users"))
//!
//!
//! asyncio.run(main())
//! ```
//!
//! As a class, which is used in the same way (`async with Connection() as ask:`):
//!
//! ```python
//! class Connection:
//!     async def __aenter__(self):
//!         print("Connecting...")
//!         await asyncio.sleep(1)
//!         print("Connected")
//!         return query
//!
//!     async def __aexit__(self, kind, error, traceback):
//!         print("Disconnecting...")
//!         await asyncio.sleep(0.5)
//!         print("Disconnected")
//! ```
//!
//! # In tokio
//!
//! The type `Connection` is the class form: it is opened and closed by hand.
//! `with_connection` is the function form, which cannot forget to close it:
//!
//! ```rust,ignore
//! //! A connection is opened, used and closed, even if its use fails.
//!
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
//!
//! #[tokio::main]
//! async fn main() -> Result {
//!     with_connection(async |connection| {
//!         let result = connection.query("SELECT * FROM users").await?; // leaves only this closure
//!         println!("{result}");
//!         Ok(())
//!     })
//!     .await
//! }
//!
//! async fn with_connection<T>(body: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
//!     let connection = Connection::open().await;
//!     let result = body(&connection).await; // no `?` here: close first
//!     connection.close().await;
//!     result
//! }
//!
//! struct Connection;
//!
//! impl Connection {
//!     async fn open() -> Self {
//!         println!("Connecting...");
//!         sleep(Duration::from_secs(1)).await;
//!         println!("Connected");
//!         Self
//!     }
//!
//!     async fn query(&self, text: &str) -> Result<String> {
//!         sleep(Duration::from_millis(100)).await;
//!         Ok(format!("Result of: {text}"))
//!     }
//!
//!     /// Takes the connection itself, so that a closed one cannot be used.
//!     async fn close(self) {
//!         println!("Disconnecting...");
//!         sleep(Duration::from_millis(500)).await;
//!         println!("Disconnected");
//!     }
//! }
//! ```
//!
//! # When to use
//!
//! For resources that are released by communicating: connections, transactions,
//! leases, locks on another machine. Memory, files and lock guards need no such
//! function; their `Drop` is enough.
//!
//! # Pitfalls
//!
//! - `Drop` cannot await: it is a synchronous function, and the resource is gone
//!   when it returns. Blocking in it, until the network answers, blocks the thread
//!   that has to process the answer. It can report the mistake: see `--leak`.
//! - A `?` or an early `return` between acquiring and releasing skips the release.
//!   Within the closure it leaves only the closure.
//! - Cancellation drops the future of `with_connection` as well: no line after its
//!   `.await` runs. In asyncio `finally` runs and may await. If the release
//!   matters, run the whole function in a task of its own.
//! - Release several resources in reverse order (`--nested`), because a later one
//!   may depend on an earlier one. Nested calls do so by themselves; in Python,
//!   `AsyncExitStack` does it for a number that is known only at run time.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo context-manager --fail
//! $ asyncdemo context-manager --leak
//! $ asyncdemo context-manager --nested
//! ```
//!
//! # Read on
//!
//! - [`AsyncFnOnce`](https://doc.rust-lang.org/std/ops/trait.AsyncFnOnce.html) (Rust
//!   1.85), [`Drop`](https://doc.rust-lang.org/std/ops/trait.Drop.html) and
//!   [tokio's shutdown guide](https://tokio.rs/tokio/topics/shutdown)
//! - Python: [`asynccontextmanager`](https://docs.python.org/3/library/contextlib.html#contextlib.asynccontextmanager)
//!   (3.7), [`AsyncExitStack`](https://docs.python.org/3/library/contextlib.html#contextlib.AsyncExitStack)
//!   (3.7) and [asynchronous context managers](https://docs.python.org/3/reference/datamodel.html#asynchronous-context-managers)

use std::time::Duration;

use anyhow::ensure;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Fail the query; the connection is closed all the same
    #[arg(long)]
    fail: bool,

    /// Use two nested resources instead of the connection
    #[arg(long, conflicts_with_all = ["fail", "leak"])]
    nested: bool,

    /// Forget to close the connection
    #[arg(long, help_heading = BREAK_IT)]
    leak: bool,
}

/// Uses a connection, and reports its error once it is closed.
pub async fn main(options: Options) -> Result {
    if options.nested {
        use_both("database", "cache").await;
        return Ok(());
    }
    let result = if options.leak {
        query_and_leak(options.fail).await
    } else {
        with_connection(async |connection| {
            let result = connection
                .query("SELECT * FROM users", options.fail)
                .await?;
            println!("📄 {result}"); // an error has left this closure above, and only this closure
            Ok(())
        })
        .await
    };
    if let Err(error) = result {
        println!("⚠️ Caught: {error}");
    }
    Ok(())
}

async fn with_connection<T>(body: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
    let connection = Connection::open().await;
    let result = body(&connection).await; // no `?` here: close first
    connection.close().await;
    result
}

async fn query_and_leak(fails: bool) -> Result {
    let connection = Connection::open().await;
    let result = connection.query("SELECT * FROM users", fails).await?;
    println!("📄 {result}");
    // Missing: connection.close().await; and a place for it that `?` does not skip
    Ok(())
}

struct Connection {
    open: bool,
}

impl Connection {
    async fn open() -> Self {
        println!("🔌 Connecting...");
        sleep(Duration::from_secs(1)).await;
        println!("✅ Connected");
        Self { open: true }
    }

    async fn query(&self, text: &str, fails: bool) -> Result<String> {
        sleep(Duration::from_millis(100)).await;
        ensure!(!fails, "query failed");
        Ok(format!("Result of: {text}"))
    }

    /// Takes the connection itself, so that a closed one cannot be used.
    async fn close(mut self) {
        println!("🔌 Disconnecting...");
        sleep(Duration::from_millis(500)).await; // this is what `Drop` cannot do
        self.open = false;
        println!("👋 Disconnected");
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.open {
            println!("💥 Never disconnected: the server still keeps it open"); // too late to await, early enough to report
        }
    }
}

async fn use_both(outer: &str, inner: &str) {
    let body = async || {
        for name in [outer, inner] {
            println!("🔧 Using {name}");
            sleep(Duration::from_millis(100)).await;
        }
    };
    with_resource(outer, async || with_resource(inner, body).await).await; // released in reverse order
}

async fn with_resource(name: &str, body: impl AsyncFnOnce()) {
    println!("🔑 Acquiring {name}");
    sleep(Duration::from_millis(100)).await;
    body().await;
    println!("🔓 Releasing {name}");
    sleep(Duration::from_millis(100)).await;
}
