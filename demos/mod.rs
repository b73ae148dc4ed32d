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
        "semaphore" => Some(Published {
            log: include_str!("../tests/walkthrough/semaphore.log"),
            start: "08:49:08.949",
            options: &["--durations", "639ms,817ms,913ms,927ms,513ms"],
            tolerance: Duration::ZERO,
            cut_short: false,
        }),
        "lock" => Some(Published {
            log: include_str!("../tests/walkthrough/lock.log"),
            start: "08:49:08.853",
            options: &["--work", "16ms"],
            tolerance: Duration::ZERO,
            cut_short: false,
        }),
        "event" => Some(Published {
            log: include_str!("../tests/walkthrough/event.log"),
            start: "08:49:11.014",
            options: &[],
            tolerance: Duration::from_millis(20),
            cut_short: false,
        }),
        "queue" => Some(Published {
            log: include_str!("../tests/walkthrough/queue.log"),
            start: "08:49:12.016",
            options: &[
                "--produce-delays",
                "130ms,127ms,174ms/281ms,164ms,203ms",
                "--process-delays",
                "258ms,341ms,290ms/312ms,301ms,368ms",
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
        hello::Hello,
        tasks::Tasks,
        gather::Gather,
        first_completed::FirstCompleted,
        stream::Stream,
        context_manager::ContextManager,
        exceptions::Exceptions,
        cancel::Cancel,
    }
    "Synchronisation" {
        lock,
        semaphore,
        event,
        condition,
    }
    "Queues" {
        queue,
        priority,
    }
    "Processes and shutdown" {
        subprocess::Subprocess,
        shutdown::Shutdown,
    }
    "Threads and the loop" {
        executor::Executor,
        thread_bridge::ThreadBridge,
        debug::Debug,
        event_loop::EventLoop,
    }
    "Patterns" {
        timeout::Timeout,
        retry::Retry,
        contextvar::ContextVar,
        taskgroup::TaskGroup,
        as_completed::AsCompleted,
        ratelimit::RateLimit,
        #[cfg(feature = "http")] http::Http,
        batch::Batch,
    }
    "Common mistakes" {
        mistakes::Mistakes,
    }
}
