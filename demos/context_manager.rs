//! Context manager: release a resource whatever happens while it is used.
//!
//! A connection is opened, used for one query and closed. Watch that a failing
//! query (`--fail`) does not change the end: the connection is closed first, and
//! only then does the caller get the error.
//!
//! # Key insight
//!
//! The code that acquires a resource also releases it; the code that uses it is
//! passed in. A function that takes this code as a closure has a line after the
//! call, and that line may await. A destructor may not.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async with connection() as c:` | `with_connection(async \|c\| { … }).await` |
//! | `@asynccontextmanager` and `yield` | a function that takes an `AsyncFnOnce` |
//! | a class with `__aenter__` and `__aexit__` | a struct with `async fn open()` and `async fn close(self)` |
//! | `finally: await c.close()` | keep the result, `c.close().await`, return the result |
//! | `with open(…) as file:` | `Drop`, where the release does not await |
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
//! The class form of the same manager:
//!
//! ```text
//! class Connection:
//!     async def __aenter__(self):
//!         await asyncio.sleep(1)
//!         return self
//!
//!     async def __aexit__(self, kind, error, traceback):
//!         await asyncio.sleep(0.5)
//! ```
//!
//! # In tokio
//!
//! The complete program, for an empty project with tokio's `full` features:
//!
//! ```rust,ignore
//! //! A connection that is closed whatever happens to the code that uses it.
//!
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     let query = async |connection: &Connection| connection.query("SELECT * FROM users").await;
//!     if let Err(error) = with_connection(query).await {
//!         println!("Caught: {error}");
//!     }
//! }
//!
//! /// What `async with` is: acquires, lets `work` use it, releases.
//! async fn with_connection<T>(
//!     work: impl AsyncFnOnce(&Connection) -> Result<T, Box<dyn Error>>,
//! ) -> Result<T, Box<dyn Error>> {
//!     let connection = Connection::open().await;
//!     // No `?` here: the connection is closed after an error as well.
//!     let result = work(&connection).await;
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
//!     async fn query(&self, text: &str) -> Result<(), Box<dyn Error>> {
//!         sleep(Duration::from_millis(100)).await;
//!         println!("Result of: {text}");
//!         Ok(())
//!     }
//!
//!     /// Takes the connection itself: a closed one cannot be used any more.
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
//! For resources whose release talks to another machine: connections,
//! transactions, leases. Memory, files and the guards of locks do not need it,
//! because their `Drop` is enough.
//!
//! # Pitfalls
//!
//! - `Drop` cannot await. It is a plain function that runs at the end of a scope
//!   and must be done when it returns. Waiting there for the network would block
//!   the thread. What it can do is notice: see `--leak`.
//! - A `?` or an early `return` between acquiring and releasing skips the
//!   release. Inside the closure it only leaves the closure.
//! - Cancellation drops the whole future, and no line after the `.await` runs. In
//!   asyncio it raises an exception, and `finally` may await. If the release
//!   matters that much, spawn the work as a task of its own.
//! - Several resources are released in reverse order (`--nested`), because the
//!   later ones may need the earlier ones.
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
//! - tokio: [graceful shutdown](https://tokio.rs/tokio/topics/shutdown);
//!   Rust: [`AsyncFnOnce`](https://doc.rust-lang.org/std/ops/trait.AsyncFnOnce.html),
//!   since 1.85, and [`Drop`](https://doc.rust-lang.org/std/ops/trait.Drop.html)
//! - Python: [`asynccontextmanager`](https://docs.python.org/3/library/contextlib.html#contextlib.asynccontextmanager),
//!   since 3.7; [`async with`](https://docs.python.org/3/reference/compound_stmts.html#async-with)

use std::time::Duration;

use anyhow::ensure;
use tokio::time::sleep;

use crate::stage::{BREAK_IT, Result};

const CONNECTING: Duration = Duration::from_secs(1);
const QUERYING: Duration = Duration::from_millis(100);
const DISCONNECTING: Duration = Duration::from_millis(500);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Let the query fail; the connection is closed all the same
    #[arg(long)]
    fail: bool,

    /// Use two resources, one inside the other, instead of the connection
    #[arg(long, conflicts_with_all = ["fail", "leak"])]
    nested: bool,

    /// Return early, without closing the connection
    #[arg(long, help_heading = BREAK_IT)]
    leak: bool,
}

/// Runs a query on a connection, or uses two resources.
pub async fn main(options: Options) -> Result {
    if options.nested {
        nested().await;
        return Ok(());
    }
    let query = async |connection: &Connection| connection.query(options.fail).await;
    let result = if options.leak {
        with_leaked_connection(query).await
    } else {
        with_connection(query).await
    };
    if let Err(error) = result {
        println!("⚠️ Caught: {error}"); // the connection is closed already
    }
    Ok(())
}

/// What `async with` is: acquires, lets `work` use it, releases.
async fn with_connection<T>(work: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
    let connection = Connection::open().await;
    // No `?` here: the connection is closed after an error as well.
    let result = work(&connection).await;
    connection.close().await;
    result
}

struct Connection {
    is_open: bool,
}

impl Connection {
    async fn open() -> Self {
        println!("🔌 Connecting...");
        sleep(CONNECTING).await;
        println!("✅ Connected");
        Self { is_open: true }
    }

    async fn query(&self, fails: bool) -> Result {
        sleep(QUERYING).await;
        ensure!(!fails, "query failed");
        println!("📄 Result of: SELECT * FROM users");
        Ok(())
    }

    /// Takes the connection itself: a closed one cannot be used any more.
    async fn close(mut self) {
        println!("🔌 Disconnecting...");
        sleep(DISCONNECTING).await; // this is what `Drop` cannot do
        self.is_open = false;
        println!("👋 Disconnected");
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_open {
            println!("💥 Never disconnected: the server still keeps it open"); // too late to await, early enough to report
        }
    }
}

/// Scopes nest, and so do their releases: last in, first out.
async fn nested() {
    let both = async || {
        for resource in ["database", "cache"] {
            println!("🔧 Using {resource}");
            sleep(QUERYING).await;
        }
    };
    with_resource("database", async || with_resource("cache", both).await).await;
}

async fn with_resource(name: &str, work: impl AsyncFnOnce()) {
    println!("🔑 Acquiring {name}");
    sleep(QUERYING).await;
    work().await;
    println!("🔓 Releasing {name}");
    sleep(QUERYING).await;
}

/// The same as `with_connection`, but nothing closes the connection.
async fn with_leaked_connection<T>(work: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
    let connection = Connection::open().await;
    // Missing: connection.close().await;
    work(&connection).await
}
