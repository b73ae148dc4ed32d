//! Notices that nobody can move any more, and tells who waits for what.
//!
//! On the virtual clock a timer far in the future fires exactly when every
//! task waits and no other timer is pending. On the real clock the lanes' own
//! words tell it: all of them wait, none of them for a timer, and a moment
//! later it is still so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;

use super::bar::Bar;
use super::{Clock, State, lock};
use crate::recording::NARRATOR;

/// Beyond every sleep of a recipe (365 days at most), and within the two years
/// that tokio's timers reach.
const FAR: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How often the real clock's lanes are looked at; two looks alike are needed.
const LOOK: Duration = Duration::from_millis(150);

/// The report names this many lanes and counts the others.
const NAMED: usize = 12;

/// What each lane waits for, and what it holds.
#[derive(Default)]
pub(super) struct Waits {
    narrator: Slot,
    lanes: Vec<Slot>,
    /// Lanes that are open.
    open: usize,
    /// Open lanes that wait for another task.
    stuck: usize,
    /// Who holds what, in the order of taking.
    held: VecDeque<(u32, &'static str)>,
    /// Counts everything that happens.
    life: u64,
}

#[derive(Default)]
struct Slot {
    name: Arc<str>,
    /// What it waits for; the outermost, where waits are nested.
    what: Option<&'static str>,
    waits: u32,
    /// Pauses and works: ends by itself.
    moves: u32,
}

impl Slot {
    fn is_stuck(&self) -> bool {
        self.waits > 0 && self.moves == 0
    }
}

impl Waits {
    pub(super) fn open(&mut self, name: Arc<str>) -> u32 {
        self.sign_of_life();
        self.open += 1;
        self.lanes.push(Slot {
            name,
            ..Slot::default()
        });
        u32::try_from(self.lanes.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn close(&mut self, id: u32) {
        self.sign_of_life();
        self.open -= 1;
        self.stuck -= usize::from(self.lanes[id as usize].is_stuck());
        self.lanes[id as usize] = Slot::default();
    }

    /// A lane, or the narrator, waits or works from now on.
    pub(super) fn begin(&mut self, lane: Option<u32>, bar: Bar, what: &'static str) {
        self.change(lane, |slot| match bar {
            Bar::Waits => {
                slot.waits += 1;
                slot.what.get_or_insert(what);
            }
            Bar::Pauses | Bar::Works => slot.moves += 1,
        });
    }

    /// It is over, be it done or dropped.
    pub(super) fn end(&mut self, lane: Option<u32>, bar: Bar) {
        self.change(lane, |slot| match bar {
            Bar::Waits => {
                slot.waits -= 1;
                slot.what.take_if(|_| slot.waits == 0);
            }
            Bar::Pauses | Bar::Works => slot.moves -= 1,
        });
    }

    fn change(&mut self, lane: Option<u32>, change: impl FnOnce(&mut Slot)) {
        self.sign_of_life();
        let Some(id) = lane else {
            return change(&mut self.narrator);
        };
        let slot = &mut self.lanes[id as usize];
        self.stuck -= usize::from(slot.is_stuck());
        change(slot);
        self.stuck += usize::from(slot.is_stuck());
    }

    pub(super) fn hold(&mut self, lane: u32, what: &'static str) {
        self.held.push_back((lane, what));
    }

    pub(super) fn release(&mut self, lane: u32, what: &str) {
        if let Some(at) = self
            .held
            .iter()
            .position(|(who, held)| *who == lane && *held == what)
        {
            self.held.remove(at);
        }
    }

    pub(super) fn sign_of_life(&mut self) {
        self.life += 1;
    }

    /// Whether every lane waits for another. The narrator counts only where it
    /// says so: mostly it waits for its tasks' ends.
    fn all_stuck(&self) -> bool {
        self.stuck == self.open
            && self.narrator.moves == 0
            && (self.open > 0 || self.narrator.is_stuck())
    }

    /// Who waits for what, and for whom where that is known; a cycle is
    /// written as a cycle.
    fn report(&self) -> String {
        let mut told = vec![false; self.lanes.len()];
        let mut sentences = Vec::new();
        if let Some(what) = self.narrator.what {
            sentences.push(format!("{NARRATOR} waits for {what}"));
        }
        let mut lanes = 0;
        for id in 0..self.lanes.len() {
            if self.lanes[id].is_stuck() && !told[id] {
                lanes += 1;
                if lanes <= NAMED {
                    sentences.push(self.chain(id, &mut told));
                }
            }
        }
        if lanes > NAMED {
            sentences.push(format!("and {} more wait", lanes - NAMED));
        }
        if sentences.is_empty() {
            return "every task waits for another".to_owned();
        }
        sentences.join("; ")
    }

    /// What a lane waits for, who holds that, what the holder waits for, and on.
    fn chain(&self, mut id: usize, told: &mut [bool]) -> String {
        let mut sentence = self.lanes[id].name.to_string();
        loop {
            told[id] = true;
            let what = self.lanes[id].what.unwrap_or_default();
            sentence = sentence + " waits for " + what;
            let Some((holder, _)) = self.held.iter().find(|(_, held)| *held == what) else {
                return sentence;
            };
            id = *holder as usize;
            sentence = sentence + ", held by " + &self.lanes[id].name;
            if told[id] || !self.lanes[id].is_stuck() {
                return sentence;
            }
            sentence += ", which";
        }
    }
}

/// Ends when nobody can move any more, with the report.
pub(super) async fn detect(clock: Clock, state: &Mutex<State>) -> String {
    let mut quiet_since = None;
    loop {
        sleep(if clock == Clock::Virtual { FAR } else { LOOK }).await;
        let state = lock(state);
        let waits = &state.waits;
        let alike = quiet_since == Some(waits.life);
        if alike && (clock == Clock::Virtual || waits.all_stuck()) {
            return waits.report();
        }
        quiet_since = Some(waits.life);
    }
}
