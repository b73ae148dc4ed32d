//! The recipes, in the order of the book: a line for each, below its chapter.

use std::time::Duration;

use crate::recipe::{Needs, Published};

/// Prints a line of the log. In a recipe's file it stands for the one of std.
macro_rules! println {
    ($($text:tt)*) => {
        $crate::observer::print(format_args!($($text)*))
    };
}

/// A published log, and what it takes to run it again. Its machine had a timer
/// that ticked every 15.6 ms, hence the tolerance.
const fn published(
    log: &'static str,
    start: &'static str,
    options: &'static [&'static str],
    tolerance: u64,
) -> Published {
    Published {
        log,
        start,
        options,
        tolerance: Duration::from_millis(tolerance),
        cut_short: false,
    }
}

/// What a recipe needs of the world outside its runtime.
fn needs(recipe: &str) -> Needs {
    let io = Needs {
        io: true,
        ..Needs::NOTHING
    };
    match recipe {
        "shutdown" => Needs {
            signals: true,
            ..io
        },
        "http" => io,
        "subprocess" => Needs {
            real_clock: true,
            runs_commands: true,
            ..io
        },
        _ => Needs::NOTHING,
    }
}

/// The same, and its published log.
#[rustfmt::skip] // a line for each
fn about(recipe: &str) -> (Needs, Option<Published>) {
    let published = match recipe {
        "cancel" => published(include_str!("../tests/walkthrough/cancel.log"), "08:49:16.017", &[], 20),
        "first_completed" => published(include_str!("../tests/walkthrough/first-completed.log"), "08:49:18.035", &["--sources", "Source-1=2s,Source-2=816ms,Source-3=1.5s"], 0),
        "stream" => published(include_str!("../tests/walkthrough/stream.log"), "08:49:18.851", &["--every", "207ms"], 20),
        "lock" => published(include_str!("../tests/walkthrough/lock.log"), "08:49:08.853", &["--work", "16ms"], 0),
        "semaphore" => published(include_str!("../tests/walkthrough/semaphore.log"), "08:49:08.949", &["--durations", "639ms,817ms,913ms,927ms,513ms"], 0),
        "event" => published(include_str!("../tests/walkthrough/event.log"), "08:49:11.014", &[], 20),
        "queue" => published(include_str!("../tests/walkthrough/queue.log"), "08:49:12.016", &["--produce-delays", "130ms,127ms,174ms/281ms,164ms,203ms", "--process-delays", "258ms,341ms,290ms/312ms,301ms,368ms"], 20),
        "executor" => published(include_str!("../tests/walkthrough/executor.log"), "08:49:20.598", &["--operations", "FileRead=500ms,DatabaseQuery=300ms,APICall=401ms"], 20),
        "timeout" => published(include_str!("../tests/walkthrough/timeout.log"), "08:49:12.997", &[], 20),
        "retry" => published(include_str!("../tests/walkthrough/retry.log"), "08:49:22.220", &[], 20),
        "as_completed" => published(include_str!("../tests/walkthrough/as-completed.log"), "08:49:16.522", &["--sources", "API-A=1513ms,API-B=502ms,API-C=1015ms"], 0),
        "ratelimit" => Published { cut_short: true, ..published(include_str!("../tests/walkthrough/ratelimit.log"), "08:49:21.104", &["--timer-lag", "9ms"], 20) },
        _ => return (needs(recipe), None),
    };
    (needs(recipe), Some(published))
}

crate::recipe::recipes! {
    "Basics" {
        hello,
        tasks,
        gather,
        first_completed,
        stream,
        context_manager,
        exceptions,
        cancel,
    }
    "Synchronisation" {
        lock,
        semaphore,
        event,
        condition,
    }
    "Queues" {
        queue,
        channels,
        priority,
    }
    "Processes and shutdown" {
        subprocess,
        shutdown,
        files,
    }
    "Threads and the loop" {
        executor,
        thread_bridge,
        debug,
        event_loop,
        runtime,
        testing,
    }
    "Patterns" {
        select,
        timeout,
        retry,
        contextvar,
        taskgroup,
        as_completed,
        ratelimit,
        #[cfg(feature = "http")] http,
        batch,
    }
    "Common mistakes" {
        mistakes,
    }
}
