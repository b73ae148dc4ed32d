//! The recipes, in the order of the book: a line for each, below its chapter.

crate::recipe::recipes! {
    "Basics" {
        first_completed::FirstCompleted,
        stream::Stream,
        cancel::Cancel,
    }
    "Synchronisation" {
        lock::Lock,
        semaphore::Semaphore,
        event::Event,
    }
    "Queues" {
        queue::Queue,
    }
    "Processes and shutdown" {
        subprocess::Subprocess,
        shutdown::Shutdown,
    }
    "Threads and the loop" {
        executor::Executor,
    }
    "Patterns" {
        timeout::Timeout,
        retry::Retry,
        as_completed::AsCompleted,
        ratelimit::RateLimit,
        http::Http,
    }
    "Common mistakes" {
        mistakes::Mistakes,
    }
}
