//! Panics that are not reported: those that a recipe provokes on purpose, and
//! those of threads that have outlived their run.

use std::cell::{Cell, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Once};

thread_local! {
    /// Whether this thread expects its panics.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };

    /// Whether the run that this thread works for is over.
    static OVER: OnceCell<Arc<AtomicBool>> = const { OnceCell::new() };
}

/// Lets the process's hook, which would print panics on stderr, keep silent about
/// those that are expected.
fn expect_some() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            let over = OVER.with(|over| over.get().is_some_and(|over| over.load(Relaxed)));
            if !over && !EXPECTED.get() {
                hook(panic);
            }
        }));
    });
}

/// This thread works for a run: when that is over, a timer that the thread asks
/// for makes it panic, which is the runtime's way to end it.
pub(crate) fn works_for(over: &Arc<AtomicBool>) {
    expect_some();
    OVER.with(|known| {
        // A thread has one run.
        let _ = known.set(Arc::clone(over));
    });
}

/// Runs `work` and gives its result, or else the message with which it
/// panicked. The process's hook, which would print that on stderr, keeps silent
/// for this thread meanwhile, and for no other.
///
/// # Errors
///
/// The panic's message.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    expect_some();
    EXPECTED.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(false);
    result.map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(
            || "a panic without a message".to_owned(),
            |text| (*text).to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_or_the_message() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        assert_eq!(catch_panic(|| panic!("no")), Err::<(), _>("no".to_owned()));
        let number = 2;
        assert_eq!(
            catch_panic(|| panic!("no {number}")),
            Err::<(), _>("no 2".to_owned())
        );
    }
}
