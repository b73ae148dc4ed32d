//! A bar of the timeline: what a lane does between two of its lines.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Lane, Stage};
use crate::recording::Span;

/// Why a lane does not speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// Until another task acts.
    Waits,
    /// Until another task acts or a timer fires: never a deadlock.
    Pauses,
    /// It does its own work.
    Works,
}

impl Bar {
    pub(super) fn span(self) -> Span {
        match self {
            Bar::Waits | Bar::Pauses => Span::Resource,
            Bar::Works => Span::Sleeping,
        }
    }
}

/// Whose bar it is. Not an enum, whose tag would be a word more in each of a
/// million bars; with it they take the allocator's next size.
pub(super) trait Who {
    fn stage(&self) -> &Stage;
    fn lane(&self) -> Option<&Lane>;
}

impl Who for &Lane {
    fn stage(&self) -> &Stage {
        Lane::stage(self)
    }

    fn lane(&self) -> Option<&Lane> {
        Some(self)
    }
}

/// The narrator's.
impl Who for Stage {
    fn stage(&self) -> &Stage {
        self
    }

    fn lane(&self) -> Option<&Lane> {
        None
    }
}

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    New,
    Open,
    Over,
}

pin_project! {
    /// A future with a bar from its first poll to its end, be it done or
    /// dropped. By hand and not as an async block, which would keep the future
    /// twice; there are a million of these.
    pub(super) struct Drawn<W: Who, F: Future> {
        who: W,
        bar: Bar,
        what: &'static str,
        at: &'static Location<'static>,
        progress: Progress,
        wait: u32,
        #[pin]
        future: F,
        // What came at the first poll, and waits for the next turn.
        output: Option<F::Output>,
    }

    impl<W: Who, F: Future> PinnedDrop for Drawn<W, F> {
        fn drop(this: Pin<&mut Self>) {
            this.end(false);
        }
    }
}

impl<W: Who, F: Future> Drawn<W, F> {
    /// On the heap, for a task is as large as the largest that it waits for in
    /// itself, and tokio and the allocator round that up.
    pub(super) fn boxed(
        who: W,
        bar: Bar,
        what: &'static str,
        at: &'static Location<'static>,
        future: F,
    ) -> Pin<Box<Self>> {
        Box::pin(Self {
            who,
            bar,
            what,
            at,
            progress: Progress::New,
            wait: 0,
            future,
            output: None,
        })
    }

    fn begin(self: Pin<&mut Self>) {
        let this = self.project();
        *this.progress = Progress::Open;
        *this.wait = this
            .who
            .stage()
            .begin(this.who.lane(), this.at, *this.bar, this.what);
    }

    fn end(self: Pin<&mut Self>, done: bool) {
        let this = self.project();
        if std::mem::replace(this.progress, Progress::Over) == Progress::Open {
            this.who
                .stage()
                .end(this.who.lane(), this.at, *this.bar, (*this.wait, done));
        }
    }
}

impl<W: Who, F: Future> Future for Drawn<W, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let first = self.progress == Progress::New;
        if first {
            self.as_mut().begin();
        }
        let this = self.as_mut().project();
        let output = match this.output.take() {
            Some(output) => output,
            None => ready!(this.future.poll(context)),
        };
        if first && *this.bar == Bar::Works {
            // A sleep of no time lets the others go first on the real clock,
            // where it waits for the next tick. The virtual clock stands on a
            // tick already; with this, both tell the same story.
            *this.output = Some(output);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.end(true);
        Poll::Ready(output)
    }
}
