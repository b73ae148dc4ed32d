//! A run on the screen: what was recorded, where the player is in it, and
//! which part of it is in sight.

use std::sync::Arc;
use std::time::Duration;

use super::compare::Compare;
use super::piece::Piece;
use super::playhead::Playhead;
use super::predict::Predict;
use crate::highlight;
use crate::output;
use crate::recipe::Recipe;
use crate::timeline::Timeline;

/// How many times real speed; the middle one is where a player starts.
const PACES: [(f64, &str); 7] = [
    (0.25, "¼×"),
    (0.5, "½×"),
    (1.0, "1×"),
    (2.0, "2×"),
    (4.0, "4×"),
    (8.0, "8×"),
    (16.0, "16×"),
];

/// How many times the timeline can be enlarged twofold.
const ZOOMS: u8 = 30;

/// The panes below the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// What has been said.
    #[default]
    Log,
    /// The recipe's file.
    Source,
    /// The recipe's page.
    Page,
}

/// All panes, in the order of Tab.
pub const PANES: [Pane; 3] = [Pane::Log, Pane::Source, Pane::Page];

/// How far a pane is scrolled from where it would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// Rows down.
    pub rows: i32,
    /// Columns to the right.
    pub columns: u16,
}

/// A run on the screen.
pub struct Run {
    /// What runs.
    pub piece: Piece,
    /// Its recipe.
    pub recipe: &'static Recipe,
    /// Its recipe's file.
    pub source: Vec<output::Line<'static>>,
    /// What happened.
    pub timeline: Arc<Timeline>,
    /// Beside the same with a switch.
    pub compare: Option<Compare>,
    /// What the class is asked.
    pub predict: Option<Predict>,
    /// Where the player is.
    pub head: Playhead,
    /// Whether time passes.
    pub playing: bool,
    pace: usize,
    /// The pane in focus.
    pub pane: Pane,
    scrolls: [Scroll; PANES.len()],
    /// Rows that the lanes are scrolled down from where they would be.
    pub lanes: i32,
    /// How often the timeline is enlarged twofold.
    pub zoom: u8,
    /// What was last looked for in the log.
    pub search: String,
}

impl Run {
    /// A run at its beginning, playing.
    pub fn new(recipe: &'static Recipe, piece: Piece, timeline: Arc<Timeline>) -> Self {
        let head = Playhead::new(timeline.steps(), timeline.end());
        Self {
            piece,
            recipe,
            source: highlight::rust(recipe.source),
            timeline,
            compare: None,
            predict: None,
            head,
            playing: true,
            pace: PACES.len() / 2 - 1,
            pane: Pane::default(),
            scrolls: Default::default(),
            lanes: 0,
            zoom: 0,
            search: String::new(),
        }
    }

    /// Looks like `before`, which it takes the place of.
    #[must_use]
    pub fn in_place_of(mut self, before: &Self) -> Self {
        (self.pace, self.pane) = (before.pace, before.pane);
        self
    }

    /// How many lines have been said.
    pub fn shown(&self) -> usize {
        let at = self.head.position().at;
        self.compare.as_ref().map_or(at, |both| both.shown(at).0)
    }

    /// What time it is in the run.
    pub fn now(&self) -> Duration {
        self.head.position().now
    }

    /// The newest line.
    pub fn newest(&self) -> Option<usize> {
        self.shown().checked_sub(1)
    }

    /// Goes somewhere; the panes follow.
    pub fn go(&mut self, go: impl FnOnce(&mut Playhead)) {
        go(&mut self.head);
        self.lanes = 0;
        for pane in [Pane::Log, Pane::Source] {
            self.scroll_mut(pane).rows = 0;
        }
    }

    /// Goes somewhere and stays there.
    pub fn stop_at(&mut self, go: impl FnOnce(&mut Playhead)) {
        self.playing = false;
        self.go(go);
    }

    /// Plays or pauses; at the end it starts again.
    pub fn play_or_pause(&mut self) {
        self.playing = !self.playing;
        if self.playing && self.head.is_at_end() {
            self.go(Playhead::home);
        }
    }

    /// Real time passes.
    pub fn tick(&mut self, real: Duration) {
        if self.playing && self.predict.is_none() {
            let (pace, _) = PACES[self.pace];
            self.go(|head| head.advance(real.mul_f64(pace)));
            self.playing = !self.head.is_at_end();
        }
    }

    /// Plays faster, or slower.
    pub fn change_pace(&mut self, by: isize) {
        self.pace = self.pace.saturating_add_signed(by).min(PACES.len() - 1);
    }

    /// How fast it plays.
    pub fn pace(&self) -> &'static str {
        PACES[self.pace].1
    }

    /// Enlarges the timeline, or makes it smaller.
    pub fn change_zoom(&mut self, by: i8) {
        self.zoom = self.zoom.saturating_add_signed(by).min(ZOOMS);
    }

    /// The pane that scrolls: side by side there are only logs.
    pub fn focus(&self) -> Pane {
        if self.compare.is_some() {
            Pane::Log
        } else {
            self.pane
        }
    }

    /// How far a pane is scrolled.
    pub fn scroll(&self, pane: Pane) -> Scroll {
        self.scrolls[pane as usize]
    }

    /// The same, to change it.
    pub fn scroll_mut(&mut self, pane: Pane) -> &mut Scroll {
        &mut self.scrolls[pane as usize]
    }

    /// Shows a pane, or the log if it is that one already.
    pub fn toggle(&mut self, pane: Pane) {
        self.pane = if self.pane == pane { Pane::Log } else { pane };
    }

    /// Shows the pane after this one.
    pub fn next_pane(&mut self) {
        self.pane = PANES[(self.pane as usize + 1) % PANES.len()];
    }

    /// Goes to the next line that has `search` in it, round the end, and tells
    /// how many there are. Nothing is what was last looked for.
    pub fn find(&mut self, search: &str) -> usize {
        let search = match search {
            "" => self.search.clone(),
            search => search.to_lowercase(),
        };
        let found = |number: &usize| {
            self.timeline
                .line(*number)
                .is_some_and(|line| contains(line.text, &search))
        };
        let all: Vec<usize> = (0..self.timeline.len()).filter(found).collect();
        let shown = self.shown();
        let next = all.iter().find(|number| **number >= shown).or(all.first());
        if let Some(number) = next.copied() {
            let place = match &self.compare {
                Some(both) => both.pairs.iter().position(|pair| pair.left == Some(number)),
                None => Some(number),
            };
            self.stop_at(|head| head.step_to(place.map_or(0, |place| place + 1)));
        }
        self.search = search;
        all.len()
    }

    /// Puts another run beside this one, at the same moment.
    pub fn begin_compare(&mut self, both: Compare) {
        let steps = both.pairs.iter().map(|pair| pair.t).collect();
        let end = both.left.end().max(both.right.end());
        let now = self.now();
        self.predict = None;
        self.compare = Some(both);
        self.head = Playhead::new(steps, end);
        self.go(|head| head.seek(now));
    }

    /// Takes it away again.
    pub fn end_compare(&mut self) {
        if self.compare.take().is_some() {
            let now = self.now();
            self.head = Playhead::new(self.timeline.steps(), self.timeline.end());
            self.go(|head| head.seek(now));
        }
    }

    /// Asks what comes next, if anything does.
    pub fn ask(&mut self) {
        let shown = self.shown();
        let before = self.predict.take().unwrap_or_default();
        self.playing = false;
        self.predict = Some(before.ask(&self.timeline, shown));
    }

    /// Reveals what comes next.
    pub fn answer(&mut self, chosen: usize) {
        let Some(predict) = &mut self.predict else {
            return;
        };
        predict.answer(chosen);
        if predict.answer.is_some() && self.head.position().at == predict.truth {
            self.go(Playhead::forward);
        }
    }
}

/// Whether `text` has `search`, which is in lower case, in it.
pub fn contains(text: &str, search: &str) -> bool {
    text.to_lowercase().contains(search)
}
