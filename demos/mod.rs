//! The recipes, in the order of the book: a line for each, below its chapter.

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
        semaphore::Semaphore,
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
