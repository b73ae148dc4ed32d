//! `join!` and `try_join!`: tokio's, of futures that say whether what they wait
//! for is observed.

/// Waits for all of several futures: see [`tokio::join!`].
#[macro_export]
macro_rules! join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::macros::real_join!(biased; $($crate::macros::branches::joined($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::macros::real_join!($($crate::macros::branches::joined($future)),*)
    };
}

/// Waits for all of several futures, or for the first `Err`: see
/// [`tokio::try_join!`].
#[macro_export]
macro_rules! try_join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::macros::real_try_join!(biased; $($crate::macros::branches::joined($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::macros::real_try_join!($($crate::macros::branches::joined($future)),*)
    };
}
