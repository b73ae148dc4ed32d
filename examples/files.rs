//! Five files are read, two at a time; one of them is missing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::fs;
use tokio::sync::Semaphore;
use tokio::time::sleep;

static OPEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// One thread, so that the files are opened in the order of their numbers.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("notes-{}", std::process::id()));
    fs::create_dir(&folder).await?;
    let result = read_all(&folder).await;
    fs::remove_dir_all(&folder).await?; // also after an error
    result
}

async fn read_all(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    for number in [1, 2, 3, 5] {
        let path = folder.join(format!("note-{number}.txt"));
        fs::write(path, format!("Note {number}\n")).await?;
    }
    println!("Wrote 4 files");
    let permits = Arc::new(Semaphore::new(2));
    let path = |number| folder.join(format!("note-{number}.txt"));
    let reads = [1, 2, 3, 4, 5].map(|n| tokio::spawn(read(n, path(n), Arc::clone(&permits))));
    let mut results = Vec::new();
    for read in reads {
        results.push(read.await?);
    }
    for (number, result) in (1..).zip(&results) {
        match result {
            Ok(text) => println!("note-{number}.txt: {} bytes", text.len()),
            Err(error) => println!("note-{number}.txt: {error}"),
        }
    }
    let read = results.iter().filter(|result| result.is_ok()).count();
    let failed = results.len() - read;
    let most = MOST.load(Relaxed);
    println!("{read} read, {failed} failed, at most {most} at once");
    Ok(())
}

async fn read(number: usize, path: PathBuf, permits: Arc<Semaphore>) -> io::Result<String> {
    let _permit = permits.acquire().await.map_err(io::Error::other)?;
    println!("Reading note-{number}.txt...");
    MOST.fetch_max(OPEN.fetch_add(1, Relaxed) + 1, Relaxed);
    sleep(Duration::from_millis(100)).await; // a slow disk
    let text = fs::read_to_string(path).await; // opens and reads on a blocking thread
    OPEN.fetch_sub(1, Relaxed);
    text
}
