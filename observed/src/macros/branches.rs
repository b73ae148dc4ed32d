//! The futures of a `select!`, as one list that is pinned as a whole, and those
//! of a `join!`.

use std::convert::Infallible;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::observe;

/// What one of several branches gives: the first, or one of the rest.
#[derive(Debug)]
pub enum Either<First, Rest> {
    /// The first branch's output.
    First(First),
    /// That of a branch behind it.
    Rest(Rest),
}

/// A list of expressions that are futures, as nested pairs.
pub trait IntoBranches: Sized {
    /// The list of the futures.
    type Branches: Branches;

    /// Makes futures of the expressions.
    fn into_branches(self) -> Self::Branches;

    /// Makes one future of them.
    fn into_choice(self) -> Choice<Self::Branches> {
        Choice {
            branches: self.into_branches(),
        }
    }
}

/// A list of futures.
pub trait Branches {
    /// What one of them gives.
    type Output;

    /// Polls the future of that number, counted from 0.
    fn poll(self: Pin<&mut Self>, number: usize, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// Gives an output its type.
pub fn output_of<B: Branches>(_: &Pin<&mut B>, output: B::Output) -> B::Output {
    output
}

pin_project! {
    /// A future and those behind it.
    pub struct List<First, Rest> {
        #[pin]
        first: First,
        #[pin]
        rest: Rest,
    }
}

pin_project! {
    /// The futures of one `select!`. It is known by its address, so that it is
    /// no larger than they are.
    #[project(!Unpin)]
    pub struct Choice<B> {
        #[pin]
        branches: B,
    }

    impl<B> PinnedDrop for Choice<B> {
        fn drop(this: Pin<&mut Self>) {
            observe::leave_choice(this.address());
        }
    }
}

impl<B> Choice<B> {
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<B: Branches> Choice<B> {
    /// Polls what polls its branches.
    #[inline]
    pub fn poll<T>(mut self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut B>) -> Poll<T>) -> Poll<T> {
        let address = self.address();
        observe::choice(address, || poll(self.as_mut().project().branches))
    }
}

impl IntoBranches for () {
    type Branches = ();

    fn into_branches(self) {}
}

impl Branches for () {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: usize, _: &mut Context<'_>) -> Poll<Infallible> {
        Poll::Pending
    }
}

impl<First: IntoFuture, Rest: IntoBranches> IntoBranches for (First, Rest) {
    type Branches = List<First::IntoFuture, Rest::Branches>;

    fn into_branches(self) -> Self::Branches {
        List {
            first: self.0.into_future(),
            rest: self.1.into_branches(),
        }
    }
}

impl<First: Future, Rest: Branches> Branches for List<First, Rest> {
    type Output = Either<First::Output, Rest::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, number: usize, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match number.checked_sub(1) {
            Some(number) => this.rest.poll(number, cx).map(Either::Rest),
            None => observe::branch(|| this.first.poll(cx)).map(Either::First),
        }
    }
}

/// Which branches of a `select!` can still be polled: a bit each.
#[derive(Debug)]
pub struct Enabled<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Enabled<BYTES> {
    /// All for which the condition is true.
    #[must_use]
    pub fn new<const COUNT: usize>(conditions: [bool; COUNT]) -> Self {
        let mut enabled = Self([0; BYTES]);
        for (branch, _) in conditions.iter().enumerate().filter(|(_, on)| **on) {
            enabled.0[branch / 8] |= 1 << (branch % 8);
        }
        enabled
    }

    /// Whether this branch can be polled.
    #[inline]
    #[must_use]
    pub fn has(&self, branch: usize) -> bool {
        self.0[branch / 8] & (1 << (branch % 8)) != 0
    }

    /// Disables this branch.
    #[inline]
    pub fn disable(&mut self, branch: usize) {
        self.0[branch / 8] &= !(1 << (branch % 8));
    }
}

pin_project! {
    /// A future of a `join!`.
    pub struct Joined<F> {
        #[pin]
        future: F,
    }
}

/// Makes a future of an expression of a `join!`.
pub fn joined<F: IntoFuture>(future: F) -> Joined<F::IntoFuture> {
    Joined {
        future: future.into_future(),
    }
}

impl<F: Future> Future for Joined<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        observe::branch(|| self.project().future.poll(cx))
    }
}
