//! What observation costs: a million tasks through a semaphore, on bare tokio
//! and through this crate, with and without a recorder.
//!
//! Each run is a process of its own; they take turns, and a figure is the
//! median of all turns. Time is the processor's, so that other programs on the
//! machine count little; memory is the most that was resident. Linux only.

use std::fs;
use std::process::Command;

use observed_tokio::observe::{self, Ending, Level, Line, Options, Recorder, Sink};

const TASKS: u64 = 1_000_000;
const ROUNDS: usize = 5;
const MODES: [(&str, &str); 5] = [
    ("bare", "bare tokio"),
    ("off", "this crate, no recorder"),
    ("lines", "`Level::Lines`"),
    ("waits", "`Level::Waits`"),
    ("everything", "`Level::Everything`"),
];

/// The program, for the crate of this name; `$say` prints a line.
macro_rules! program {
    ($module:ident, $tokio:ident, $say:path) => {
        mod $module {
            use std::sync::Arc;
            use std::time::Duration;

            use $tokio::sync::Semaphore;
            use $tokio::task::JoinSet;
            use $tokio::time::sleep;

            pub async fn program(tasks: u64) {
                let permits = Arc::new(Semaphore::new(1_000));
                let mut downloads = JoinSet::new();
                for n in 0..tasks {
                    downloads.spawn(download(n, Arc::clone(&permits)));
                }
                while downloads.join_next().await.is_some() {}
            }

            async fn download(n: u64, permits: Arc<Semaphore>) {
                let _permit = permits.acquire().await.expect("it is not closed");
                $say(format_args!("Downloading {n}"));
                sleep(Duration::from_millis(1)).await;
                $say(format_args!("Downloaded {n}"));
            }
        }
    };
}

program!(bare, tokio, super::say);
program!(ours, observed_tokio, super::say);
program!(recorded, observed_tokio, super::print);

thread_local! {
    static OUT: std::cell::RefCell<(String, usize)> = const { std::cell::RefCell::new((String::new(), 0)) };
}

/// What `println!` does, to a buffer.
fn say(text: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    OUT.with_borrow_mut(|(line, written)| {
        line.clear();
        let _ = line.write_fmt(text);
        *written += line.len();
    });
}

#[track_caller]
fn print(text: std::fmt::Arguments<'_>) {
    if let Some(recorder) = Recorder::current() {
        recorder.print(text, std::panic::Location::caller());
    }
}

/// Counts the bytes of the lines.
struct Count(usize);

impl Sink for Count {
    fn line(&mut self, line: &Line<'_>) -> std::io::Result<()> {
        self.0 += line.text.len();
        Ok(())
    }
}

fn work(mode: &str) {
    let mut bare_builder = tokio::runtime::Builder::new_current_thread();
    let mut builder = observed_tokio::runtime::Builder::new_current_thread();
    bare_builder.enable_time().start_paused(true);
    builder.enable_time().start_paused(true);
    let level = match mode {
        "bare" => {
            let runtime = bare_builder.build().expect("a runtime");
            return runtime.block_on(bare::program(TASKS));
        }
        "off" => {
            let runtime = builder.build().expect("a runtime");
            return runtime.block_on(ours::program(TASKS));
        }
        "lines" => Level::Lines,
        "waits" => Level::Waits,
        _ => Level::Everything,
    };
    let options = Options {
        level,
        ..Options::default()
    };
    let recorder = Recorder::new(options, Count(0));
    let program = recorded::program(TASKS);
    let ending = observe::run(&recorder, &mut builder, program, std::future::pending());
    assert!(matches!(ending, Ok(Ending::Done(()))));
    let recording = recorder.finish().expect("lines can be counted");
    eprint!("{} ", recording.events.len());
}

/// Processor time in seconds and memory in MB of this process.
fn cost() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = [11, 12]
        .iter()
        .filter_map(|n| fields.get(*n)?.parse::<f64>().ok())
        .sum();
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let most: f64 = most.trim().trim_end_matches(" kB").parse().ok()?;
    Some((ticks / 100.0, most / 1024.0))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(mode) = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("mode="))
    {
        work(mode);
        if let Some((time, memory)) = cost() {
            println!("{time} {memory}");
        }
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let mut figures = vec![(Vec::new(), Vec::new()); MODES.len()];
    for _ in 0..ROUNDS {
        for ((mode, _), (times, memories)) in MODES.iter().zip(&mut figures) {
            let output = Command::new(&program).arg(format!("mode={mode}")).output();
            let output = output.expect("this program starts");
            let output = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut words = output
                .split_whitespace()
                .filter_map(|word| word.parse::<f64>().ok());
            times.extend(words.next());
            memories.extend(words.next());
        }
    }
    let bare = (median(figures[0].0.clone()), median(figures[0].1.clone()));
    println!("| a million tasks | time | memory |\n|---|---|---|");
    for ((_, name), (times, memories)) in MODES.iter().zip(figures) {
        let (time, memory) = (median(times), median(memories));
        println!(
            "| {name} | {time:.2} s, {:.2} × | {memory:.0} MB, {:.2} × |",
            time / bare.0,
            memory / bare.1,
        );
    }
}
