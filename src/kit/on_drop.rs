//! Code that runs when a future is dropped.

/// Calls a function when it is dropped, unless that was cancelled: for what must
/// also happen where the task is cancelled. The crate scopeguard has more of it.
///
/// ```
/// let mut calls = 0;
/// drop(asyncdemo::kit::OnDrop::new(|| calls += 1));
/// asyncdemo::kit::OnDrop::new(|| calls += 1).cancel();
/// assert_eq!(calls, 1);
/// ```
pub struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    /// Calls `function` when this is dropped.
    pub fn new(function: F) -> Self {
        Self(Some(function))
    }

    /// Does not call it.
    pub fn cancel(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(function) = self.0.take() {
            function();
        }
    }
}
