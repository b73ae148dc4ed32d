//! What a task has acquired.
//!
//! A permit is as large as tokio's: it keeps its amount in a word, or the number
//! of an entry in a table that has the amount and who acquired it.

use std::fmt;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::observe::{self, Recorder, ResourceId, TaskId};

/// So much of a resource, until it is taken out or this is dropped. What was
/// acquired while a recorder observed is marked by [`OBSERVED`], and is the number
/// of an entry.
#[derive(Default)]
pub(crate) struct Hold(usize);

/// Not reached by any amount: `Semaphore::MAX_PERMITS` leaves three bits free.
const OBSERVED: usize = 1 << (usize::BITS - 1);

struct Held {
    recorder: Recorder,
    task: TaskId,
    resource: ResourceId,
    amount: usize,
}

/// The entries, and the numbers of those that are free.
static TABLE: Mutex<(Vec<Option<Held>>, Vec<usize>)> = Mutex::new((Vec::new(), Vec::new()));

fn with<T>(then: impl FnOnce(&mut Vec<Option<Held>>, &mut Vec<usize>) -> T) -> T {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let (entries, free) = &mut *table;
    then(entries, free)
}

impl Hold {
    /// So much, which nothing observes.
    pub(crate) fn unobserved(amount: usize) -> Self {
        Self(amount)
    }

    /// So much, which the running task acquired.
    pub(crate) fn new(recorder: &Recorder, resource: ResourceId, amount: usize) -> Self {
        let (recorder, task) = (recorder.clone(), observe::task());
        let held = Held {
            recorder,
            task,
            resource,
            amount,
        };
        held.recorder.acquired(task, resource, shown(amount));
        Self::of(held)
    }

    fn of(held: Held) -> Self {
        Self(with(|entries, free| {
            let number = free.pop().unwrap_or_else(|| {
                entries.push(None);
                entries.len() - 1
            });
            entries[number] = Some(held);
            number | OBSERVED
        }))
    }

    /// Its entry in the table, if it has one.
    fn entry(&self) -> Option<usize> {
        (self.0 & OBSERVED != 0).then_some(self.0 & !OBSERVED)
    }

    pub(crate) fn amount(&self) -> usize {
        match self.entry() {
            None => self.0,
            Some(number) => with(|entries, _| entries[number].as_ref().map_or(0, |it| it.amount)),
        }
    }

    /// Ends it; gives the amount.
    pub(crate) fn take(&mut self) -> usize {
        let number = self.entry();
        let amount = mem::take(&mut self.0);
        let Some(number) = number else {
            return amount;
        };
        let held = with(|entries, free| {
            free.push(number);
            entries[number].take()
        });
        // Not while the table is locked: a view may do anything.
        held.map_or(0, |held| {
            let Held { task, resource, .. } = held;
            held.recorder.released(task, resource, shown(held.amount));
            held.amount
        })
    }

    /// Takes over what another one has of the same resource.
    pub(crate) fn merge(&mut self, mut other: Self) {
        let more = other.take();
        let Some(number) = self.entry() else {
            self.0 += more;
            return;
        };
        let holder = with(|entries, _| {
            let held = entries[number].as_mut()?;
            held.amount += more;
            Some((held.recorder.clone(), held.task, held.resource))
        });
        if let Some((recorder, task, resource)) = holder {
            recorder.acquired(task, resource, shown(more));
        }
    }

    /// Gives a part of it away, if it has so much.
    pub(crate) fn split(&mut self, amount: usize) -> Option<Self> {
        let Some(number) = self.entry() else {
            self.0 = self.0.checked_sub(amount)?;
            return Some(Self(amount));
        };
        let part = with(|entries, _| {
            let held = entries[number].as_mut()?;
            held.amount = held.amount.checked_sub(amount)?;
            let recorder = held.recorder.clone();
            Some(Held {
                recorder,
                amount,
                ..*held
            })
        });
        part.map(Self::of)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.take();
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.amount().fmt(f)
    }
}

/// An amount as events have it.
fn shown(amount: usize) -> u32 {
    u32::try_from(amount).unwrap_or(u32::MAX)
}
