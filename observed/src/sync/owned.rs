//! What a guard that owns its lock needs: a borrow of something in an `Arc`
//! that lasts as long as the `Arc` does, beside that `Arc` in one struct.

use std::sync::Arc;

/// A borrow of what `arc` points to, free of the lifetime of this borrow.
///
/// The caller must keep a clone of `arc` for as long as the reference, or anything
/// that was made of it, is used, and must not hand the reference out. In this
/// crate that is a guard, or a future, with two fields: what was made of the
/// reference comes first, so that it is dropped first, and `arc` second.
#[allow(unsafe_code, reason = "no safe Rust ties a borrow to an Arc beside it")]
pub(super) fn borrow<'a, T: ?Sized>(arc: &Arc<T>) -> &'a T {
    // SAFETY: an Arc's value does not move, and it lives as long as the clone
    // that the caller keeps.
    unsafe { &*Arc::as_ptr(arc) }
}
