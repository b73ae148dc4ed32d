//! What a task has acquired.
//!
//! A permit is as large as tokio's: it keeps a number of four bytes, and what is
//! known of the hold is in a table.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use crate::observe::{self, Recorder, ResourceId, TaskId};

/// What a task has acquired, until this is dropped. Nothing where it was
/// acquired unobserved.
#[derive(Debug, Default)]
pub(crate) struct Hold(Option<NonZeroU32>);

struct Held {
    recorder: Recorder,
    task: TaskId,
    resource: ResourceId,
    amount: u32,
}

/// All holds, by their number.
static TABLE: Mutex<Table> = Mutex::new(Table {
    holds: Vec::new(),
    free: Vec::new(),
});

struct Table {
    holds: Vec<Option<Held>>,
    free: Vec<NonZeroU32>,
}

impl Table {
    fn with<T>(then: impl FnOnce(&mut Self) -> T) -> T {
        then(&mut TABLE.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `None` where it has four billion.
    fn insert(&mut self, held: Held) -> Option<NonZeroU32> {
        if let Some(number) = self.free.pop() {
            *self.get(number) = Some(held);
            return Some(number);
        }
        let number = NonZeroU32::new(u32::try_from(self.holds.len() + 1).ok()?);
        self.holds.push(Some(held));
        number
    }

    fn get(&mut self, number: NonZeroU32) -> &mut Option<Held> {
        &mut self.holds[number.get() as usize - 1]
    }

    fn take(&mut self, number: NonZeroU32) -> Option<Held> {
        self.free.push(number);
        self.get(number).take()
    }
}

impl Hold {
    /// The running task acquired so much of a resource.
    pub(crate) fn new(recorder: &Recorder, resource: ResourceId, amount: usize) -> Self {
        let held = Held {
            recorder: recorder.clone(),
            task: observe::task(),
            resource,
            amount: u32::try_from(amount).unwrap_or(u32::MAX),
        };
        recorder.acquired(held.task, resource, held.amount);
        Self(Table::with(|table| table.insert(held)))
    }

    /// It is not given back: the permits are forgotten.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes over what another one holds of the same resource.
    pub(crate) fn merge(&mut self, other: &Self) {
        let (Some(own), Some(other)) = (self.0, other.0) else {
            return;
        };
        Table::with(|table| {
            let Some(more) = table.get(other) else {
                return;
            };
            let (of, amount) = ((more.task, more.resource), more.amount);
            if let Some(held) = table.get(own)
                && (held.task, held.resource) == of
            {
                held.amount = held.amount.saturating_add(amount);
                if let Some(merged) = table.get(other) {
                    merged.amount = 0;
                }
            }
        });
    }

    /// Gives a part of it away.
    pub(crate) fn split(&mut self, amount: usize) -> Self {
        let Some(own) = self.0 else {
            return Self::default();
        };
        Table::with(|table| {
            let Some(held) = table.get(own) else {
                return Self::default();
            };
            let amount = u32::try_from(amount).unwrap_or(u32::MAX).min(held.amount);
            held.amount -= amount;
            let part = Held {
                recorder: held.recorder.clone(),
                amount,
                ..*held
            };
            Self(table.insert(part))
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            // Ends after the table is unlocked: a view may do anything.
            drop(Table::with(|table| table.take(number)));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.recorder
                .released(self.task, self.resource, self.amount);
        }
    }
}
