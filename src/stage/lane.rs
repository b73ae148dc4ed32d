//! A row of the timeline, and what its task says and does there.

use std::fmt::{self, Display};
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::bar::{Bar, Drawn};
use super::{Rng, Stage, random};

/// A row of the timeline: a worker, a request, a thread.
///
/// It ends when it is dropped. `Display` is its name.
pub struct Lane {
    stage: Stage,
    name: Arc<str>,
    id: u32,
}

impl Lane {
    pub(super) fn new(stage: Stage, name: Arc<str>, id: u32) -> Self {
        Self { stage, name, id }
    }

    /// Says `icon name: text`.
    #[track_caller]
    pub fn say(&self, icon: &str, text: impl Display) {
        let text = format_args!("{}: {text}", self.name);
        self.stage.line(Some(self), Location::caller(), icon, &text);
    }

    /// Says `icon text`, which still belongs to this lane.
    #[track_caller]
    pub fn log(&self, icon: &str, text: impl Display) {
        self.stage.line(Some(self), Location::caller(), icon, &text);
    }

    /// Waits until another task acts. Changes nothing about `future`: it draws
    /// a bar, and gives the deadlock report its words (`waits for …`).
    #[track_caller]
    pub fn waits_for<F: Future>(
        &self,
        what: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let at = Location::caller();
        Drawn::boxed(self, Bar::Waits, what, at, future)
    }

    /// Waits, but not for ever: a timer ends `future` if nobody else does.
    #[track_caller]
    pub fn pauses_for<F: Future>(
        &self,
        what: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let at = Location::caller();
        Drawn::boxed(self, Bar::Pauses, what, at, future)
    }

    /// Does its own work, which ends by itself. Others get a turn meanwhile,
    /// even if it takes no time.
    #[track_caller]
    pub fn works_on<F: Future>(
        &self,
        what: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let at = Location::caller();
        Drawn::boxed(self, Bar::Works, what, at, future)
    }

    /// Tells the deadlock report who has what the others wait for.
    #[must_use = "the lane holds it until this is dropped"]
    pub fn holds(&self, what: &'static str) -> Holding<'_> {
        self.stage.state().waits.hold(self.id, what);
        Holding { lane: self, what }
    }

    /// Says `icon name: text` if the task is dropped before
    /// [`IfCancelled::completed`]: a cancelled future runs no further line,
    /// but it drops what it owns.
    #[track_caller]
    #[must_use = "it speaks as soon as it is dropped"]
    pub fn if_cancelled<'a>(&'a self, icon: &'a str, text: &'a str) -> IfCancelled<'a> {
        IfCancelled {
            lane: self,
            at: Location::caller(),
            icon,
            text: Some(text),
        }
    }

    /// Draws that depend on the seed and this lane's name alone, never on how
    /// tasks interleave.
    pub fn rng(&self) -> Rng {
        random::rng(self.stage.shared.seed, &self.name)
    }

    /// What the recipe calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }
}

impl Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.stage.state().waits.close(self.id);
    }
}

/// While it lives, the lane holds something that others may wait for.
pub struct Holding<'a> {
    lane: &'a Lane,
    what: &'static str,
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.lane
            .stage
            .state()
            .waits
            .release(self.lane.id, self.what);
    }
}

/// Speaks when it is dropped before its time.
pub struct IfCancelled<'a> {
    lane: &'a Lane,
    at: &'static Location<'static>,
    icon: &'a str,
    text: Option<&'a str>,
}

impl IfCancelled<'_> {
    /// The task came to its end: nothing to say.
    pub fn completed(mut self) {
        self.text = None;
    }
}

impl Drop for IfCancelled<'_> {
    fn drop(&mut self) {
        if let Some(text) = self.text {
            let text = format_args!("{}: {text}", self.lane.name);
            self.lane
                .stage
                .line(Some(self.lane), self.at, self.icon, &text);
        }
    }
}
