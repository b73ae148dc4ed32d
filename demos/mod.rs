//! The recipes, in the order of the book: a line for each, below its chapter.

use std::time::Duration;

use crate::recipe::{Needs, Published};

/// Prints a line of the log. In a recipe's file it stands for the one of std.
macro_rules! println {
    ($($text:tt)*) => {
        $crate::observer::print(format_args!($($text)*))
    };
}

/// What a recipe needs of the world outside its runtime, and its published log.
fn about(recipe: &str) -> (Needs, Option<Published>) {
    let published = match recipe {
        "cancel" => Some(Published {
            log: include_str!("../tests/walkthrough/cancel.log"),
            start: "08:49:16.017",
            options: &[],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        "first_completed" => Some(Published {
            log: include_str!("../tests/walkthrough/first-completed.log"),
            start: "08:49:18.035",
            options: &["--sources", "Source-1=2s,Source-2=816ms,Source-3=1.5s"],
            tolerance: Duration::ZERO,
            cut_short: false,
        }),
        "stream" => Some(Published {
            log: include_str!("../tests/walkthrough/stream.log"),
            start: "08:49:18.851",
            options: &["--every", "207ms"],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        "semaphore" => Some(Published {
            log: include_str!("../tests/walkthrough/semaphore.log"),
            start: "08:49:08.949",
            options: &["--durations", "639ms,817ms,913ms,927ms,513ms"],
            tolerance: Duration::ZERO,
            cut_short: false,
        }),
        "timeout" => Some(Published {
            log: include_str!("../tests/walkthrough/timeout.log"),
            start: "08:49:12.997",
            options: &[],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        "retry" => Some(Published {
            log: include_str!("../tests/walkthrough/retry.log"),
            start: "08:49:22.220",
            options: &[],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        "as_completed" => Some(Published {
            log: include_str!("../tests/walkthrough/as-completed.log"),
            start: "08:49:16.522",
            options: &["--sources", "API-A=1513ms,API-B=502ms,API-C=1015ms"],
            tolerance: Duration::ZERO,
            cut_short: false,
        }),
        "executor" => Some(Published {
            log: include_str!("../tests/walkthrough/executor.log"),
            start: "08:49:20.598",
            options: &[
                "--operations",
                "FileRead=500ms,DatabaseQuery=300ms,APICall=401ms",
            ],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        _ => None,
    };
    (Needs::NOTHING, published)
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
        lock::Lock,
        semaphore,
        event::Event,
        condition::Condition,
    }
    "Queues" {
        queue::Queue,
        priority::Priority,
    }
    "Processes and shutdown" {
        subprocess::Subprocess,
        shutdown::Shutdown,
    }
    "Threads and the loop" {
        executor,
        thread_bridge,
        debug,
        event_loop,
    }
    "Patterns" {
        select,
        timeout,
        retry,
        contextvar,
        taskgroup,
        as_completed,
        ratelimit::RateLimit,
        #[cfg(feature = "http")] http::Http,
        batch,
    }
    "Common mistakes" {
        mistakes,
    }
}
