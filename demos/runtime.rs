//! Runtime: choose between one thread and several, and know which order is luck.
//!
//! The same tasks run on a current-thread runtime and on a multi-threaded one.
//! Watch the order in which they start: on one thread it is the order in which
//! they were spawned, on several threads it can differ from run to run. Their
//! results arrive in order on both, because the program awaits them in order.
//!
//! # Key insight
//!
//! Only an `.await`, a channel or a lock orders the work of two tasks. Everything
//! else is luck on a multi-threaded runtime, and a habit of the scheduler on a
//! current-thread one. On one thread, however, a task runs from one `.await` to
//! the next without interruption.
//!
//! # In asyncio
//!
//! A Python event loop has one thread. The nearest to a multi-threaded runtime is
//! `asyncio.to_thread`, which runs functions, not tasks, on other threads.
//!
//! | asyncio | tokio |
//! |---|---|
//! | `asyncio.run(main())` | `#[tokio::main(flavor = "current_thread")]` |
//! | one loop, and `asyncio.to_thread` | `#[tokio::main]`, `Builder::new_multi_thread()` |
//! | `asyncio.create_task(f())` | `spawn_local(f())`: the task stays on its thread |
//! | | `tokio::spawn(f())`: the future must be `Send` |
//! | `await asyncio.to_thread(f)` | `spawn_blocking(f).await?` |
//! | | `block_in_place(f)`: blocks this thread and moves its other tasks |
//!
//! ```python
//! import asyncio
//!
//!
//! def square(number):
//!     print(f"Task {number} started\n", end="")  # one write, from several threads
//!     return number * number
//!
//!
//! async def square_here(number):
//!     return square(number)
//!
//!
//! async def square_on_a_thread(number):
//!     return await asyncio.to_thread(square, number)
//!
//!
//! async def square_all(square):
//!     tasks = [asyncio.create_task(square(number)) for number in (1, 2, 3)]
//!     for number, result in enumerate(await asyncio.gather(*tasks), 1):
//!         print(f"Task {number} returned {result}")
//!
//!
//! async def square_on_threads():
//!     await square_all(square_on_a_thread)
//!     numbers = range(1000)
//!     total = await asyncio.to_thread(sum, (number**2 for number in numbers))
//!     print(f"block_in_place returned {total}")
//!
//!
//! async def count():
//!     counter = 0
//!
//!     async def increment():
//!         nonlocal counter
//!         counter += 1  # no await in between: no other task runs
//!
//!     async with asyncio.TaskGroup() as group:
//!         for _ in range(3):
//!             group.create_task(increment())
//!     print(f"3 tasks counted to {counter} without a lock")
//!
//!
//! print("Runtime: current-thread")
//! asyncio.run(square_all(square_here))
//! print("Runtime: multi-thread")
//! asyncio.run(square_on_threads())
//! print("Runtime: local")
//! asyncio.run(count())
//! ```
//!
//! # In tokio
//!
//! ```rust,ignore
//! //! The same tasks on a current-thread and on a multi-threaded runtime.
//!
//! use std::cell::Cell;
//! use std::error::Error;
//! use std::rc::Rc;
//!
//! use tokio::runtime::Builder;
//! use tokio::task::{JoinError, LocalSet, block_in_place, spawn_local};
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     println!("Runtime: current-thread");
//!     let one = Builder::new_current_thread().enable_all().build()?;
//!     one.block_on(square_all())?;
//!
//!     println!("Runtime: multi-thread"); // what `#[tokio::main]` builds
//!     let many = Builder::new_multi_thread().enable_all().build()?;
//!     many.block_on(square_all())?;
//!     let sum = many.block_on(many.spawn(compute()))?;
//!     println!("block_in_place returned {sum}");
//!
//!     println!("Runtime: local");
//!     let counted = LocalSet::new().block_on(&one, count())?;
//!     println!("3 tasks counted to {counted} without a lock");
//!     Ok(())
//! }
//!
//! async fn square_all() -> Result<(), JoinError> {
//!     let tasks = [1, 2, 3].map(|number| tokio::spawn(square(number)));
//!     for (number, task) in (1..).zip(tasks) {
//!         println!("Task {number} returned {}", task.await?); // in the order of the awaits
//!     }
//!     Ok(())
//! }
//!
//! async fn square(number: u64) -> u64 {
//!     println!("Task {number} started"); // on several threads: in any order
//!     number * number
//! }
//!
//! /// Blocks its thread, whose other tasks move to another one.
//! async fn compute() -> u64 {
//!     block_in_place(|| (0..1000).map(|number| number * number).sum())
//! }
//!
//! async fn count() -> Result<u64, JoinError> {
//!     let counter = Rc::new(Cell::new(0)); // neither is `Send`
//!     let tasks = [(); 3].map(|()| spawn_local(increment(Rc::clone(&counter))));
//!     for task in tasks {
//!         task.await?;
//!     }
//!     Ok(counter.get())
//! }
//!
//! async fn increment(counter: Rc<Cell<u64>>) {
//!     counter.set(counter.get() + 1); // no `.await` in between: no other task runs
//! }
//! ```
//!
//! # When to use
//!
//! | runtime | for |
//! |---|---|
//! | multi-threaded | servers, and programs whose tasks compute between two waits |
//! | current-thread | command line tools, tests, a loop inside of another program |
//! | current-thread with a `LocalSet` | tasks that share an `Rc`, a `RefCell` or a C library bound to its thread |
//!
//! For a server with a runtime for each core, start that many current-thread
//! runtimes on threads of their own.
//!
//! # Pitfalls
//!
//! - Code that passes its tests on a current-thread runtime can still have races.
//!   `#[tokio::test]` uses one thread, `#[tokio::main]` uses one for each core.
//! - FIFO order on one thread is what tokio does today, not what it promises.
//!   `--schedule 3` runs the tasks in another order that is legal too.
//! - `spawn_local` panics outside of a `LocalSet` or a `LocalRuntime`
//!   (`--no-local-set`).
//! - `block_in_place` panics on a current-thread runtime, and it suspends everything
//!   else in its own task, such as the other branches of a `join!`.
//! - A runtime cannot be started, or dropped, inside of another one's task: it would
//!   block that thread. This recipe uses `spawn_blocking` for it.
//! - When a runtime is dropped, its tasks are cancelled at their next `.await`.
//!   Await their handles first.
//! - The virtual clock has one thread: a multi-threaded runtime gets only one, too.
//!   Use the real clock to see luck.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo runtime --flavor multi-thread --tasks 6
//! $ asyncdemo runtime --schedule 3
//! $ asyncdemo runtime --no-local-set
//! ```
//!
//! # Read on
//!
//! - tokio: [`runtime`](https://docs.rs/tokio/latest/tokio/runtime/index.html), with
//!   what its schedulers guarantee,
//!   [`block_in_place`](https://docs.rs/tokio/latest/tokio/task/fn.block_in_place.html),
//!   [`LocalSet`](https://docs.rs/tokio/latest/tokio/task/struct.LocalSet.html)
//! - Python: [`asyncio.run`](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run),
//!   [concurrency and multithreading](https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading)

use std::cell::Cell;
use std::rc::Rc;
use std::slice::from_ref;

use clap::ValueEnum as _;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, block_in_place, spawn_blocking, spawn_local};

use crate::kit::{BREAK_IT, Result, catch_panic, count, threads};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Flavor of the runtime [default: one after the other]
    #[arg(long, value_name = "FLAVOR")]
    flavor: Option<Flavor>,

    /// Number of tasks
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    tasks: usize,

    /// Number of worker threads of the multi-threaded runtime (a whole number from 1 to 64)
    #[arg(long, value_name = "COUNT", value_parser = threads, default_value = "4")]
    workers: usize,

    /// Spawn tasks with `spawn_local` outside of a `LocalSet`
    #[arg(long, help_heading = BREAK_IT)]
    no_local_set: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Flavor {
    CurrentThread,
    MultiThread,
    Local,
}

/// Runs the tasks on each flavor of runtime.
pub async fn main(options: Options) -> Result {
    // Every runtime blocks the thread that it is started on: not one of another runtime
    spawn_blocking(move || run_all(&options)).await?
}

fn run_all(options: &Options) -> Result {
    let flavors = options.flavor.as_ref();
    for flavor in flavors.map_or(Flavor::value_variants(), from_ref) {
        match flavor {
            Flavor::CurrentThread => run_on_one_thread(options.tasks)?,
            Flavor::MultiThread => run_on_threads(options.tasks, options.workers)?,
            Flavor::Local if options.no_local_set => run_without_local_set()?,
            Flavor::Local => run_local(options.tasks)?,
        }
    }
    Ok(())
}

fn run_on_one_thread(tasks: usize) -> Result {
    println!("🧵 Runtime: current-thread");
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(square_all(tasks)) // this thread runs all of its tasks
}

fn run_on_threads(tasks: usize, workers: usize) -> Result {
    println!("🧵 Runtime: multi-thread");
    let mut builder = Builder::new_multi_thread(); // what `#[tokio::main]` uses
    let runtime = builder.worker_threads(workers).build()?;
    runtime.block_on(square_all(tasks))?;
    let sum = runtime.block_on(runtime.spawn(compute()))?;
    println!("🧮 block_in_place returned {sum}");
    Ok(())
}

async fn square_all(tasks: usize) -> Result {
    let squares = (1..=tasks).map(|number| tokio::spawn(square(number)));
    for (number, square) in (1..).zip(squares.collect::<Vec<_>>()) {
        println!("✅ Task {number} returned {}", square.await?); // in the order of the awaits
    }
    Ok(())
}

async fn square(number: usize) -> usize {
    println!("▶️ Task {number} started"); // on several threads: in any order
    number * number
}

/// Blocks its thread, whose other tasks move to another one.
async fn compute() -> u64 {
    block_in_place(|| (0..1000).map(|number| number * number).sum())
}

fn run_local(tasks: usize) -> Result {
    println!("🧵 Runtime: local");
    let runtime = Builder::new_current_thread().build()?;
    let counted = LocalSet::new().block_on(&runtime, count_locally(tasks))?;
    println!("🏠 {tasks} tasks counted to {counted} without a lock");
    Ok(())
}

async fn count_locally(tasks: usize) -> Result<usize> {
    let counter = Rc::new(Cell::new(0)); // neither is `Send`: `tokio::spawn` refuses them
    let increments = (0..tasks).map(|_| spawn_local(increment(Rc::clone(&counter))));
    for increment in increments.collect::<Vec<_>>() {
        increment.await?;
    }
    Ok(counter.get())
}

async fn increment(counter: Rc<Cell<usize>>) {
    counter.set(counter.get() + 1); // no `.await` in between: no other task runs
}

fn run_without_local_set() -> Result {
    println!("🧵 Runtime: local");
    let runtime = Builder::new_current_thread().build()?;
    // Missing: LocalSet::new().block_on(&runtime, …)
    let counted = catch_panic(|| runtime.block_on(count_locally(1)));
    let error = counted.err().unwrap_or_default();
    println!("💥 Caught: {error}"); // the compiler cannot see it: it is a panic
    Ok(())
}
