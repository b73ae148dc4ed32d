//! Files: read many files concurrently without blocking the runtime.
//!
//! Five files are read from a temporary folder, two at a time. Watch that a file
//! that is missing is reported and does not affect the others. The folder is
//! removed at the end, also if the run is interrupted.
//!
//! # Key insight
//!
//! An operating system offers no portable way to wait for a file: opening and
//! reading block the calling thread. `tokio::fs` therefore runs each operation
//! on a thread of the blocking pool and awaits its end. The code looks like
//! network I/O, but costs a thread for each operation in progress.
//!
//! # In asyncio
//!
//! asyncio has no file API: `asyncio.to_thread` (Python 3.9) or the package
//! `aiofiles` run the blocking call on a thread pool.
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.to_thread(path.read_text)` | `tokio::fs::read_to_string(path).await?` |
//! | `await asyncio.to_thread(path.write_text, text)` | `tokio::fs::write(path, text).await?` |
//! | `aiofiles.open(path)` | `tokio::fs::File::open(path).await?` |
//! | `await file.close()` | `file.flush().await?`, then drop it |
//! | `await asyncio.to_thread(work)` for several calls in a row | `spawn_blocking(work).await?` with `std::fs` inside |
//! | `except OSError as error:` | `Err(error)` of type `std::io::Error`, and its `kind()` |
//!
//! ```python
//! import asyncio
//! import tempfile
//! from pathlib import Path
//!
//! present = most = 0
//!
//!
//! async def read(path, permits):
//!     global present, most
//!     async with permits:
//!         print(f"Reading {path.name}...")
//!         present += 1
//!         most = max(most, present)
//!         await asyncio.sleep(0.1)  # a slow disk
//!         try:
//!             return await asyncio.to_thread(path.read_text)
//!         except OSError as error:
//!             return error
//!         finally:
//!             present -= 1
//!
//!
//! async def main():
//!     with tempfile.TemporaryDirectory() as folder:
//!         paths = [Path(folder, f"note-{n}.txt") for n in range(1, 6)]
//!         for n in (1, 2, 3, 5):  # the fourth is missing
//!             await asyncio.to_thread(paths[n - 1].write_text, f"Note {n}\n")
//!         print("Wrote 4 files")
//!         permits = asyncio.Semaphore(2)
//!         results = await asyncio.gather(*(read(path, permits) for path in paths))
//!     for path, result in zip(paths, results):
//!         if isinstance(result, OSError):
//!             print(f"{path.name}: {result.strerror} (os error {result.errno})")
//!         else:
//!             print(f"{path.name}: {len(result)} bytes")
//!     failed = sum(isinstance(result, OSError) for result in results)
//!     print(f"{len(results) - failed} read, {failed} failed, at most {most} at once")
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! Each read returns its `Result`, so one error does not end the others.
//!
//! ```rust,no_run
//! //! Five files are read, two at a time; one of them is missing.
//!
//! use std::io;
//! use std::path::{Path, PathBuf};
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
//! use std::time::Duration;
//!
//! use tokio::fs;
//! use tokio::sync::Semaphore;
//! use tokio::time::sleep;
//!
//! static OPEN: AtomicUsize = AtomicUsize::new(0);
//! static MOST: AtomicUsize = AtomicUsize::new(0);
//!
//! // One thread, so that the files are opened in the order of their numbers.
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let folder = std::env::temp_dir().join(format!("notes-{}", std::process::id()));
//!     fs::create_dir(&folder).await?;
//!     let result = read_all(&folder).await;
//!     fs::remove_dir_all(&folder).await?; // also after an error
//!     result
//! }
//!
//! async fn read_all(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
//!     for number in [1, 2, 3, 5] {
//!         let path = folder.join(format!("note-{number}.txt"));
//!         fs::write(path, format!("Note {number}\n")).await?;
//!     }
//!     println!("Wrote 4 files");
//!     let permits = Arc::new(Semaphore::new(2));
//!     let path = |number| folder.join(format!("note-{number}.txt"));
//!     let reads = [1, 2, 3, 4, 5].map(|n| tokio::spawn(read(n, path(n), Arc::clone(&permits))));
//!     let mut results = Vec::new();
//!     for read in reads {
//!         results.push(read.await?);
//!     }
//!     for (number, result) in (1..).zip(&results) {
//!         match result {
//!             Ok(text) => println!("note-{number}.txt: {} bytes", text.len()),
//!             Err(error) => println!("note-{number}.txt: {error}"),
//!         }
//!     }
//!     let read = results.iter().filter(|result| result.is_ok()).count();
//!     let failed = results.len() - read;
//!     let most = MOST.load(Relaxed);
//!     println!("{read} read, {failed} failed, at most {most} at once");
//!     Ok(())
//! }
//!
//! async fn read(number: usize, path: PathBuf, permits: Arc<Semaphore>) -> io::Result<String> {
//!     let _permit = permits.acquire().await.map_err(io::Error::other)?;
//!     println!("Reading note-{number}.txt...");
//!     MOST.fetch_max(OPEN.fetch_add(1, Relaxed) + 1, Relaxed);
//!     sleep(Duration::from_millis(100)).await; // a slow disk
//!     let text = fs::read_to_string(path).await; // opens and reads on a blocking thread
//!     OPEN.fetch_sub(1, Relaxed);
//!     text
//! }
//! ```
//!
//! # When to use
//!
//! When a program that serves others also reads and writes files: a web server,
//! a build tool, a log collector. A program that does nothing else meanwhile can
//! use `std::fs`. Many small operations in a row are faster in one
//! `spawn_blocking`, because each call of `tokio::fs` goes to another thread and
//! back.
//!
//! # Pitfalls
//!
//! - Opening a file can block as long as reading it: a network drive, a disk that
//!   spins up, a FIFO without a writer. Both belong on the pool.
//! - `std::fs` in an `async fn` compiles and works, but blocks its worker thread
//!   during each call (`--on-loop`).
//! - A `tokio::fs::File` buffers writes and finishes them in the background:
//!   `flush().await?` before you drop it, or errors and data can be lost.
//! - Limit concurrency. Each operation takes a thread of the pool, 512 at most by
//!   default, and each open file takes a descriptor.
//! - Do not check `exists()` before you open a file: it can disappear in between.
//!   Open it, and match on `error.kind()`.
//! - Dropping the future does not stop the operation. It runs to its end on its
//!   thread, and a runtime that shuts down waits for it.
//! - `root` may read any file: with `--forbidden` it sees no error.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo files --files 8 --limit 3
//! $ asyncdemo files --missing 2 --forbidden 3
//! $ asyncdemo files --no-limit
//! $ asyncdemo files --on-loop
//! ```
//!
//! # Read on
//!
//! - tokio: [`tokio::fs`](https://docs.rs/tokio/latest/tokio/fs/index.html),
//!   [`File`](https://docs.rs/tokio/latest/tokio/fs/struct.File.html),
//!   [`spawn_blocking`](https://docs.rs/tokio/latest/tokio/task/fn.spawn_blocking.html)
//! - Python: [`asyncio.to_thread`](https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)
//!   (Python 3.9), [handling blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::fs;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::kit::{BREAK_IT, InProgress, Load, Result, TempFolder, count, count_or_zero, duration};
use crate::thread;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Number of files to read
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "5")]
    files: usize,

    /// Number of files that may be read concurrently
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "2")]
    limit: usize,

    /// Time that each read takes in addition, as on a slow disk
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    latency: Duration,

    /// Number of the file that does not exist, or 0 if all of them do
    #[arg(long, value_name = "NUMBER", value_parser = count_or_zero, default_value = "4")]
    missing: usize,

    /// Number of the file that may not be read (root reads it all the same)
    #[arg(long, value_name = "COUNT", value_parser = count)]
    forbidden: Option<usize>,

    /// Disable the limit: read all files immediately
    #[arg(long, help_heading = BREAK_IT)]
    no_limit: bool,

    /// Block the loop: read with `std::fs` instead of `tokio::fs`
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "no_limit")]
    on_loop: bool,
}

/// Writes the files to a temporary folder, and reads them concurrently.
pub async fn main(options: Options) -> Result {
    let folder = TempFolder::create("asyncdemo-files").await?; // removed when it is dropped
    let written = write_all(folder.path(), &options).await?;
    println!("📁 Wrote {written} files");

    let permits = Arc::new(Semaphore::new(options.limit));
    let disk = Disk {
        latency: options.latency,
        load: Load::default(),
    };
    let reads = (1..=options.files).map(|number| {
        let (file, disk) = (note(folder.path(), number), disk.clone());
        if options.on_loop {
            tokio::spawn(read_on_loop(file, disk))
        } else if options.no_limit {
            tokio::spawn(read_unlimited(file, disk))
        } else {
            tokio::spawn(read(file, disk, Arc::clone(&permits)))
        }
    });
    let mut results = Vec::new();
    for read in reads.collect::<Vec<_>>() {
        results.push(read.await?);
    }

    for (number, result) in (1..).zip(&results) {
        match result {
            Ok(text) => println!("✅ note-{number}.txt: {} bytes", text.len()),
            Err(error) => println!("❌ note-{number}.txt: {error}"), // reported, not fatal
        }
    }
    let read = results.iter().filter(|result| result.is_ok()).count();
    let (failed, most) = (results.len() - read, disk.load.most());
    println!("📊 {read} read, {failed} failed, at most {most} at once");
    Ok(())
}

async fn write_all(folder: &Path, options: &Options) -> io::Result<usize> {
    let numbers = (1..=options.files).filter(|number| *number != options.missing);
    for number in numbers.clone() {
        let file = note(folder, number);
        fs::write(&file, format!("Note {number}\n")).await?; // opens, writes and closes it
        if options.forbidden == Some(number) {
            fs::set_permissions(&file, Permissions::from_mode(0o000)).await?;
        }
    }
    Ok(numbers.count())
}

fn note(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("note-{number}.txt"))
}

async fn read(file: PathBuf, disk: Disk, permits: Arc<Semaphore>) -> io::Result<String> {
    let _permit = permits.acquire().await.map_err(io::Error::other)?;
    let _reading = disk.starts(&file);
    sleep(disk.latency).await;
    fs::read_to_string(file).await // opens and reads it on a thread of the blocking pool
}

async fn read_unlimited(file: PathBuf, disk: Disk) -> io::Result<String> {
    // Missing: let _permit = permits.acquire().await?;
    let _reading = disk.starts(&file);
    sleep(disk.latency).await;
    fs::read_to_string(file).await
}

async fn read_on_loop(file: PathBuf, disk: Disk) -> io::Result<String> {
    let _reading = disk.starts(&file);
    // Missing: tokio::fs and .await, so no other task runs until the file is read
    thread::sleep(disk.latency);
    std::fs::read_to_string(file)
}

/// A slow disk, which counts how many files are read concurrently.
#[derive(Clone)]
struct Disk {
    latency: Duration,
    load: Load,
}

impl Disk {
    fn starts(&self, file: &Path) -> InProgress {
        let name = file.file_name().unwrap_or_default();
        println!("📖 Reading {}...", name.display());
        self.load.begin()
    }
}
