//! Hello: run an async function to completion.
//!
//! The program prints a word, pauses for a second and prints another. Watch what
//! `--no-await` changes: calling the function is not enough. Without `.await`
//! nothing is printed, not even the first word, although it comes before any
//! pause.
//!
//! # Key insight
//!
//! Calling an `async fn` runs none of its body. The call returns a future, a value
//! that describes the work. The body runs when a task awaits the future.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `async def hello():` | `async fn hello()` |
//! | `hello()`, a coroutine that has not started | `hello()`, a future that has not started |
//! | `await hello()` | `hello().await` |
//! | `await asyncio.sleep(1)` | `sleep(Duration::from_secs(1)).await` |
//! | `asyncio.run(main())`: one thread | `#[tokio::main(flavor = "current_thread")]` |
//! | no equivalent: tasks on several threads | `#[tokio::main]`: a worker thread for each CPU core |
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
//! # In tokio
//!
//! `#[tokio::main]` starts a runtime and runs the body of `main` on it:
//!
//! ```rust,ignore
//! //! An async function prints a word, pauses and prints another.
//!
//! use std::time::Duration;
//!
//! use tokio::time::sleep;
//!
//! #[tokio::main]
//! async fn main() {
//!     hello(Duration::from_secs(1)).await;
//! }
//!
//! async fn hello(pause: Duration) {
//!     println!("Hello"); // the first poll runs up to the first .await
//!     sleep(pause).await;
//!     println!("World"); // the next poll continues here: the future kept its local variables
//! }
//! ```
//!
//! # When to use
//!
//! For work that waits: for a server, a timer, a user. A function that only
//! computes has nothing to await; leave it synchronous.
//!
//! # Pitfalls
//!
//! - A forgotten `.await` is not an error. The compiler warns about an unused
//!   future, but `drop(future)` and `let _ = future` silence that warning. Python
//!   warns at run time: "coroutine 'hello' was never awaited".
//! - A future that is dropped halfway stops halfway. This is how cancellation
//!   works, see `cancel`.
//! - `std::thread::sleep` blocks the thread that it is called on. On a
//!   current-thread runtime no task runs meanwhile; a multi-threaded runtime has
//!   one worker less.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo hello --pause 250ms
//! $ asyncdemo hello --no-await
//! $ asyncdemo hello --clock virtual --where
//! ```
//!
//! # Read on
//!
//! - [Hello Tokio](https://tokio.rs/tokio/tutorial/hello-tokio), the first chapter
//!   of tokio's tutorial
//! - [`#[tokio::main]`](https://docs.rs/tokio/latest/tokio/attr.main.html) and
//!   [`tokio::time::sleep`](https://docs.rs/tokio/latest/tokio/time/fn.sleep.html)
//! - Python: [Coroutines](https://docs.python.org/3/library/asyncio-task.html#coroutines)
//!   and [`asyncio.run`](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)
//!   (3.7)

use std::time::Duration;

use tokio::time::sleep;

use crate::kit::{BREAK_IT, Result, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Pause between the two words
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    pause: Duration,

    /// Forget the `.await`: call the function and drop its future
    #[arg(long, help_heading = BREAK_IT)]
    no_await: bool,
}

/// Prints both words.
pub async fn main(options: Options) -> Result {
    if options.no_await {
        forget_hello(options.pause);
    } else {
        hello(options.pause).await;
    }
    Ok(())
}

async fn hello(pause: Duration) {
    println!("👋 Hello"); // the first poll runs up to the first .await
    sleep(pause).await;
    println!("🌍 World"); // the next poll continues here: the future kept its local variables
}

fn forget_hello(pause: Duration) {
    let future = hello(pause);
    drop(future); // Missing: future.await;
    println!("💤 The future was never awaited: nothing of it ran"); // not even its first line, which waits for nothing
}
