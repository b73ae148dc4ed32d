//! The limit: the same work in plain tokio, and as little else as it takes to
//! write the same log. No lanes, no events, no deadlock report, no command line.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use rustix::stdio::stdout;
use tokio::runtime::Builder;
use tokio::sync::{Mutex as Lock, Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// A buffered log whose timestamp is formatted once for each millisecond.
#[derive(Clone)]
struct Log(Arc<Mutex<Lines>>);

struct Lines {
    out: BufWriter<File>,
    start: Instant,
    millis: u128,
    stamp: String,
    flushes: bool,
}

impl Log {
    fn new(flushes: bool) -> Self {
        let file = rustix::io::dup(stdout()).expect("standard output");
        Self(Arc::new(Mutex::new(Lines {
            out: BufWriter::with_capacity(64 * 1024, file.into()),
            start: Instant::now(),
            millis: 0,
            stamp: "00:00:00.000".to_owned(),
            flushes,
        })))
    }

    fn line(&self, text: std::fmt::Arguments<'_>) {
        let mut lines = self.0.lock().expect("nobody panics");
        let millis = lines.start.elapsed().as_millis();
        if millis != lines.millis {
            lines.millis = millis;
            let (seconds, minutes) = (millis / 1000, millis / 60_000);
            let (hours, minutes, seconds) = (minutes / 60 % 24, minutes % 60, seconds % 60);
            lines.stamp = format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", millis % 1000);
        }
        let Lines { out, stamp, .. } = &mut *lines;
        writeln!(out, "[{stamp}] {text}").expect("standard output");
        if lines.flushes {
            lines.out.flush().expect("standard output");
        }
    }
}

/// Runs one of the programs for so many tasks or lines.
pub fn run(program: &str, count: usize) {
    if program == "writer" {
        return without_tokio(count);
    }
    let paused = program != "sleepers";
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(paused)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let log = Log::new(!paused);
        match program {
            "hello" => hello(log).await,
            "semaphore" => semaphore(log, count).await,
            "timers" => timers(log, count).await,
            "event" => event(log, count).await,
            "lock" => lock(log, count).await,
            "sleepers" => sleepers(log, count).await,
            _ => panic!("there is no program called '{program}'"),
        }
    });
}

async fn hello(log: Log) {
    log.line(format_args!("👋 Hello"));
    sleep(Duration::from_secs(1)).await;
    log.line(format_args!("🌍 World"));
}

async fn semaphore(log: Log, count: usize) {
    let permits = Arc::new(Semaphore::new(1000));
    let mut downloads = JoinSet::new();
    for number in 0..count {
        let (log, permits) = (log.clone(), Arc::clone(&permits));
        downloads.spawn(async move {
            let _permit = permits.acquire().await.expect("it stays open");
            log.line(format_args!("📥 Downloading file-{number}..."));
            sleep(Duration::from_millis(1)).await;
            log.line(format_args!("✅ Downloaded file-{number}"));
        });
    }
    while downloads.join_next().await.is_some() {}
}

async fn timers(log: Log, count: usize) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut downloads = JoinSet::new();
    for number in 0..count {
        let log = log.clone();
        let time = Duration::from_millis(rng.random_range(500..=1000));
        downloads.spawn(async move {
            log.line(format_args!("📥 Downloading file-{number}..."));
            sleep(time).await;
            log.line(format_args!("✅ Downloaded file-{number}"));
        });
    }
    while downloads.join_next().await.is_some() {}
}

async fn event(log: Log, count: usize) {
    let signal = Arc::new(Notify::new());
    let mut waiters = JoinSet::new();
    for number in 1..=count {
        let (log, signal) = (log.clone(), Arc::clone(&signal));
        waiters.spawn(async move {
            log.line(format_args!("⏳ Waiter-{number}: Waiting for signal..."));
            signal.notified().await;
            log.line(format_args!(
                "🎉 Waiter-{number}: Received signal! Proceeding..."
            ));
        });
    }
    sleep(Duration::from_secs(1)).await;
    signal.notify_waiters();
    while waiters.join_next().await.is_some() {}
}

async fn lock(log: Log, count: usize) {
    let counter = Arc::new(Lock::new(0));
    let worker = tokio::spawn(async move {
        for _ in 0..count {
            let mut value = counter.lock().await;
            tokio::task::yield_now().await;
            *value += 1;
            log.line(format_args!("🔒 Worker-1: Counter = {value}"));
        }
    });
    worker.await.expect("nobody panics");
}

/// The lines of `lock` without any task.
fn without_tokio(count: usize) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let _context = runtime.enter();
    let log = Log::new(false);
    for value in 1..=count {
        log.line(format_args!("🔒 Worker-1: Counter = {value}"));
    }
}

/// On the real clock, a line each 5 ms.
async fn sleepers(log: Log, count: usize) {
    let mut sleepers = JoinSet::new();
    for number in 0..count {
        let log = log.clone();
        sleepers.spawn(async move {
            log.line(format_args!("📥 Downloading file-{number}..."));
            sleep(Duration::from_millis(5 * (number as u64 + 1))).await;
            log.line(format_args!("✅ Downloaded file-{number}"));
        });
    }
    while sleepers.join_next().await.is_some() {}
}
