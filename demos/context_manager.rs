//! A context manager: acquire, use, release, whatever happens in between.
//!
//! A connection is opened, asked one thing and closed; opening and closing take
//! their time. Watch that a failing query (`--fail`) changes nothing about the
//! end: the connection is closed first, and only then does the error go on.
//!
//! # Key insight
//!
//! Whoever acquires, releases; the user's code is a guest in between. A function
//! that takes the guest as a closure has a line after it, and that line may
//! await. A destructor may not.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async with connection() as c:` | `with_connection(async \|c\| { … }).await` |
//! | `@asynccontextmanager` and `yield` | a function that takes an `AsyncFnOnce` |
//! | `finally: await c.close()` | keep the result, `c.close().await`, return the result |
//! | `with open(…) as file:` | `Drop`: what needs no `.await` releases itself |
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
//! # When to use
//!
//! For what must be given back by talking to somebody: connections,
//! transactions, leases, locks on another machine. Memory, files and the guards
//! of locks need no such care, their `Drop` is enough.
//!
//! # Pitfalls
//!
//! - `Drop` cannot await. It is a plain function that the compiler calls at the
//!   end of a scope, and it has to be through when it returns. To wait in it for
//!   the network would be to block the thread, and the loop that should bring
//!   the answer with it. What it can do is to notice: see `--leak`.
//! - A `?` or an early `return` between acquiring and releasing skips the
//!   release. Inside the closure it only leaves the closure.
//! - Cancellation drops the guest and its host alike, and no line after the
//!   `.await` runs. asyncio raises an exception instead, and `finally` may await.
//!   Where the release matters that much, spawn the work as a task of its own.
//! - Several resources are released in reverse (`--nested`), for the later ones
//!   may need the earlier ones.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo context-manager --fail
//! $ asyncdemo context-manager --leak
//! $ asyncdemo context-manager --nested
//! ```

use std::time::Duration;

use anyhow::ensure;
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage};

const CONNECTING: Duration = Duration::from_secs(1);
const QUERYING: Duration = Duration::from_millis(100);
const DISCONNECTING: Duration = Duration::from_millis(500);

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct ContextManager {
    /// The query fails; the connection is closed all the same
    #[arg(long)]
    fail: bool,

    /// Two resources, one inside the other, instead of the connection
    #[arg(long, conflicts_with_all = ["fail", "leak"])]
    nested: bool,

    /// Returns early, without closing the connection
    #[arg(long, help_heading = BREAK_IT)]
    leak: bool,
}

impl Demo for ContextManager {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        if self.nested {
            nest(&stage.lane("database"), &stage.lane("cache")).await;
            return Ok(());
        }
        let lane = stage.lane("connection");
        let result = if self.leak {
            leak(&lane, self.fail).await
        } else {
            with_connection(&lane, async |connection| connection.query(self.fail).await).await
        };
        if let Err(error) = result {
            stage.say("⚠️", format_args!("Caught: {error}")); // the connection is closed already
        }
        Ok(())
    }
}

/// What `async with` is: acquires, lets `guest` use it, releases.
async fn with_connection<T>(
    lane: &Lane,
    guest: impl AsyncFnOnce(&Connection) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let connection = Connection::open(lane).await;
    // No `?` here: an error, too, has to wait for the release.
    let result = guest(&connection).await;
    connection.close().await;
    result
}

/// The same by hand, and the line forgotten that nothing reminds us of.
async fn leak(lane: &Lane, fails: bool) -> anyhow::Result<()> {
    let connection = Connection::open(lane).await;
    connection.query(fails).await
}

struct Connection<'a> {
    lane: &'a Lane,
    open: bool,
}

impl<'a> Connection<'a> {
    async fn open(lane: &'a Lane) -> Self {
        lane.log("🔌", "Connecting...");
        lane.works_on("connecting", sleep(CONNECTING)).await;
        lane.log("✅", "Connected");
        Self { lane, open: true }
    }

    async fn query(&self, fails: bool) -> anyhow::Result<()> {
        self.lane.works_on("the query", sleep(QUERYING)).await;
        ensure!(!fails, "query failed");
        self.lane.log("📄", "Result of: SELECT * FROM users");
        Ok(())
    }

    /// Takes the connection itself: a closed one cannot be asked any more.
    async fn close(mut self) {
        self.lane.log("🔌", "Disconnecting...");
        self.lane.works_on("closing", sleep(DISCONNECTING)).await; // just what `Drop` cannot do
        self.open = false;
        self.lane.log("👋", "Disconnected");
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        if self.open {
            self.lane
                .log("💥", "Never disconnected: the server still keeps it open"); // too late to await, early enough to tell
        }
    }
}

/// Scopes nest, and so do their releases: last in, first out.
async fn nest(database: &Lane, cache: &Lane) {
    let both = async || {
        for lane in [database, cache] {
            lane.log("🔧", format_args!("Using {lane}"));
            lane.works_on("being used", sleep(QUERYING)).await;
        }
    };
    with_resource(database, async || with_resource(cache, both).await).await;
}

async fn with_resource(lane: &Lane, guest: impl AsyncFnOnce()) {
    lane.log("🔑", format_args!("Acquiring {lane}"));
    lane.works_on("being acquired", sleep(QUERYING)).await;
    guest().await;
    lane.log("🔓", format_args!("Releasing {lane}"));
    lane.works_on("being released", sleep(QUERYING)).await;
}
