//! The futures of a `select!`, as one list that is pinned as a whole.

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
pub trait IntoBranches {
    /// The list of the futures.
    type Branches: Branches;

    /// Makes futures of the expressions.
    fn into_branches(self) -> Self::Branches;
}

/// A list of futures.
pub trait Branches {
    /// What one of them gives.
    type Output;

    /// Polls the future of that number, counted from 0.
    fn poll(self: Pin<&mut Self>, number: usize, cx: &mut Context<'_>) -> Poll<Self::Output>;
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
