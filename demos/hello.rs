//! Hello: a coroutine runs to its end.
//!
//! It says a word, pauses for a second and says another. Watch that calling it
//! is not enough: with `--no-await` nothing is said at all, not even the first
//! word, which stands before any pause.
//!
//! # Key insight
//!
//! To call an `async fn` runs none of it. The call makes a future, a value that
//! knows how to go on, and whoever awaits that value does the running.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async def hello():` | `async fn hello()` |
//! | `hello()`, a coroutine that has not begun | `hello()`, a future that has not begun |
//! | `await hello()` | `hello().await` |
//! | `await asyncio.sleep(1)` | `sleep(Duration::from_secs(1)).await` |
//! | `asyncio.run(main())` | `#[tokio::main]` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def hello():
//!     print("Hello")
//!     await asyncio.sleep(1)
//!     print("World")
//!
//!
//! asyncio.run(hello())
//! ```
//!
//! # When to use
//!
//! Wherever a program waits for something outside itself: a server, a timer, a
//! person. Code that only computes has nothing to await and is best left as it
//! is.
//!
//! # Pitfalls
//!
//! - A forgotten `.await` is not an error but a silence. The compiler warns of a
//!   future that nobody uses; `drop(future)` and `let _ = future` keep it quiet.
//! - A future that is dropped halfway stops halfway: that is how cancellation
//!   works, see `cancel`.
//! - `std::thread::sleep` in its place would stop the whole loop, and not just
//!   this coroutine.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo hello --pause 250ms
//! $ asyncdemo hello --no-await
//! $ asyncdemo hello --clock virtual --where
//! ```

use std::time::Duration;

use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{BREAK_IT, Lane, Stage, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Hello {
    /// How long it pauses between the two words
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    pause: Duration,

    /// Calls the coroutine and does not await it: nothing of it runs
    #[arg(long, help_heading = BREAK_IT)]
    no_await: bool,
}

impl Demo for Hello {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let greeting = hello(stage.lane("hello"), self.pause);
        if self.no_await {
            drop(greeting); // all that ever happens to it
            stage.say("💤", "The future was never awaited: nothing of it ran"); // not even its first line, which has nothing to wait for
        } else {
            greeting.await;
        }
        Ok(())
    }
}

async fn hello(lane: Lane, pause: Duration) {
    lane.log("👋", "Hello"); // the first poll gets this far, and past it to the pause
    lane.works_on("a pause", sleep(pause)).await;
    lane.log("🌍", "World"); // its local variables are still there: the future kept them
}
