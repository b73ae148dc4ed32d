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
        "ratelimit" => Some(Published {
            log: include_str!("../tests/walkthrough/ratelimit.log"),
            start: "08:49:21.104",
            options: &["--timer-lag", "9ms"],
            tolerance: Duration::from_millis(20),
            cut_short: true,
        }),
        _ => None,
    };
    let needs = match recipe {
        "shutdown" => Needs {
            io: true,
            signals: true,
            ..Needs::NOTHING
        },
        "http" => Needs {
            io: true,
            ..Needs::NOTHING
        },
        "subprocess" => Needs {
            io: true,
            real_clock: true,
            runs_commands: true,
            ..Needs::NOTHING
        },
        _ => Needs::NOTHING,
    };
    (needs, published)
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
        subprocess,
        shutdown,
        files,
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
        ratelimit,
        #[cfg(feature = "http")] http,
        batch::Batch,
    }
    "Common mistakes" {
        mistakes::Mistakes,
    }
}
