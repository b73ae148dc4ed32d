//! `select!`.

/// Waits for the first of several branches: see [`tokio::select!`].
///
/// The branch that is polled first is drawn from the run's seed while a
/// recorder observes, and by chance otherwise; with `biased;` it is the first.
#[macro_export]
macro_rules! select {
    (biased; $($branches:tt)*) => {
        $crate::__select!(@parse [0] [] [] $($branches)*)
    };
    ($($branches:tt)*) => {
        $crate::__select!(@parse [random] [] [] $($branches)*)
    };
}

/// What `select!` is made of. First the branches are parsed, each with as many
/// `_` as there are branches before it; then the whole is put together.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@parse $start:tt $count:tt $parsed:tt) => {
        $crate::__select!(@make $start $count $parsed
            panic!("all branches are disabled and there is no else branch"))
    };
    (@parse $start:tt $count:tt $parsed:tt else => $else:expr $(,)?) => {
        $crate::__select!(@make $start $count $parsed $else)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, $condition, $handler]] $($rest)*)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, true, $handler]] $($rest)*)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, $condition, $handler]] $($rest)*)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, true, $handler]] $($rest)*)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $handler:expr $(, $($rest:tt)*)?) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, $condition, $handler]] $($($rest)*)?)
    };
    (@parse $start:tt [$($count:tt)*] [$($parsed:tt)*]
        $pattern:pat = $future:expr => $handler:expr $(, $($rest:tt)*)?) => {
        $crate::__select!(@parse $start [$($count)* _]
            [$($parsed)* [($($count)*) $pattern, $future, true, $handler]] $($($rest)*)?)
    };

    (@make $start:tt [$($count:tt)*]
        [$([($($before:tt)*) $pattern:pat, $future:expr, $condition:expr, $handler:expr])*]
        $else:expr) => {{
        use $crate::macros::branches::{Branches as _, IntoBranches as _};

        const COUNT: usize = $crate::__select!(@count $($count)*);
        #[allow(unused_mut)] // Without branches none is disabled.
        let mut enabled =
            $crate::macros::branches::Enabled::<{ COUNT.div_ceil(8) }>::new([$($condition),*]);
        #[allow(unused_mut)] // A pattern may bind by `ref mut`.
        let mut output = {
            let futures = $crate::__select!(@list $([$future])*);
            let mut futures = ::std::pin::pin!(futures.into_choice());
            let enabled = &mut enabled;
            // The closure takes the two pointers, so that they are kept once.
            ::std::future::poll_fn(move |cx| futures.as_mut().poll(|mut futures| {
                if !$crate::task::coop::has_budget_remaining() {
                    cx.waker().wake_by_ref();
                    return ::std::task::Poll::Pending;
                }
                let start: usize = $crate::__select!(@start $start COUNT);
                let mut pending = false;
                // Patterns may match always or never.
                #[allow(unused_variables, unused_mut, unreachable_patterns, unreachable_code)]
                #[allow(clippy::all, clippy::pedantic)]
                for number in (start..COUNT).chain(0..start) {
                    if !enabled.has(number) {
                        continue;
                    }
                    let ::std::task::Poll::Ready(output) = futures.as_mut().poll(number, cx) else {
                        pending = true;
                        continue;
                    };
                    enabled.disable(number);
                    let output = match output {
                        $($crate::__select!(@output ($($before)*) output) => {
                            // Gives the type `()` to a branch that only panics.
                            let output = match ::std::option::Option::Some(output) {
                                ::std::option::Option::Some(output) => output,
                                ::std::option::Option::None => continue,
                            };
                            // A branch whose pattern does not match is out.
                            match &output {
                                $crate::select_priv_clean_pattern!($pattern) => {}
                                _ => continue,
                            }
                            $crate::__select!(@output ($($before)*) output)
                        })*
                        _ => continue,
                    };
                    let output = $crate::macros::branches::output_of(&futures, output);
                    return ::std::task::Poll::Ready(::std::option::Option::Some(output));
                }
                if pending {
                    ::std::task::Poll::Pending
                } else {
                    ::std::task::Poll::Ready(::std::option::Option::None)
                }
            })).await
        };
        #[allow(unreachable_patterns)]
        match output {
            $(::std::option::Option::Some(
                $crate::__select!(@output ($($before)*) $pattern)
            ) => $handler,)*
            ::std::option::Option::None => $else,
            _ => unreachable!("the pattern has matched before"),
        }
    }};

    (@start [0] $count:ident) => { 0 };
    (@start [random] $count:ident) => {
        $crate::observe::choose($count as u32) as usize
    };

    (@count) => { 0 };
    (@count $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $($rest:tt)*) => {
        8 + $crate::__select!(@count $($rest)*)
    };
    (@count $a:tt $($rest:tt)*) => { 1 + $crate::__select!(@count $($rest)*) };

    (@list) => { () };
    (@list [$a:expr] [$b:expr] [$c:expr] [$d:expr] [$e:expr] [$f:expr] $($rest:tt)*) => {
        ($a, ($b, ($c, ($d, ($e, ($f, $crate::__select!(@list $($rest)*)))))))
    };
    (@list [$a:expr] $($rest:tt)*) => { ($a, $crate::__select!(@list $($rest)*)) };

    (@output () $($inner:tt)*) => { $crate::macros::branches::Either::First($($inner)*) };
    (@output ($a:tt $b:tt $c:tt $d:tt $($before:tt)*) $($inner:tt)*) => {
        $crate::macros::branches::Either::Rest($crate::macros::branches::Either::Rest(
            $crate::macros::branches::Either::Rest($crate::macros::branches::Either::Rest(
                $crate::__select!(@output ($($before)*) $($inner)*)))))
    };
    (@output ($a:tt $($before:tt)*) $($inner:tt)*) => {
        $crate::macros::branches::Either::Rest(
            $crate::__select!(@output ($($before)*) $($inner)*))
    };
}
