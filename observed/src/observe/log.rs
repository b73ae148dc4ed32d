//! The events of a recording, in about three bytes each.
//!
//! An event is a byte that says what it is, and up to three numbers. Each is
//! kept as its difference to that of the latest event of the same kind, which
//! is small: in seven bits a byte, the lowest first, its sign in the lowest bit
//! (LEB128 and zigzag, as in Protocol Buffers). Numbers that have not changed,
//! and a time that has not, are left out.

#![expect(
    clippy::cast_possible_truncation,
    reason = "numbers are cut into bytes, and there are few kinds"
)]

use std::fmt;

use super::event::{End, Event, Op, PlaceId, ResourceId, Target, TaskId, WaitId, Waker, What};

/// An event begins and ends in the same chunk.
const CHUNK: usize = 64 * 1024;
/// No event is longer: a byte, a time of ten, three numbers of five.
const LONGEST: usize = 26;

/// Events in the order in which they happened.
#[derive(Clone, Default)]
pub struct Events {
    chunks: Vec<Vec<u8>>,
    len: usize,
    latest: Latest,
    /// How long polls took, by the number of their event, in order: known when
    /// the poll is over, and most often none.
    micros: Vec<(usize, u32)>,
}

impl Events {
    pub(super) fn push(&mut self, event: &Event) {
        let full = |chunk: &Vec<u8>| chunk.capacity() - chunk.len() < LONGEST;
        if self.chunks.last().is_none_or(full) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            self.latest.write(event, chunk);
            self.len += 1;
        }
    }

    /// Says how long a poll took.
    pub(super) fn took(&mut self, number: usize, micros: u32) {
        if micros > 0 && number < self.len {
            let place = self.micros.partition_point(|(other, _)| *other < number);
            self.micros.insert(place, (number, micros));
        }
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that they take, in bytes.
    pub(super) fn size(&self) -> usize {
        self.chunks.len() * CHUNK + self.micros.len() * size_of::<(usize, u32)>()
    }

    /// All of them, in their order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            chunks: self.chunks.iter(),
            bytes: &[],
            latest: Latest::default(),
            number: 0,
            micros: &self.micros,
        }
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = Event;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl PartialEq for Events {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Reads events.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    chunks: std::slice::Iter<'a, Vec<u8>>,
    bytes: &'a [u8],
    latest: Latest,
    number: usize,
    micros: &'a [(usize, u32)],
}

impl Iterator for Iter<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.bytes.is_empty() {
            self.bytes = self.chunks.next()?;
        }
        let mut event = self.latest.read(&mut self.bytes)?;
        if let Some((&(number, took), rest)) = self.micros.split_first()
            && number == self.number
        {
            self.micros = rest;
            if let What::Polled { micros, .. } = &mut event.what {
                *micros = took;
            }
        }
        self.number += 1;
        Some(event)
    }
}

/// The time has changed.
const MOVED: u8 = 1 << 7;
/// The second and the third number are as before.
const SAME: [u8; 2] = [1 << 6, 1 << 5];

/// The latest event of each kind.
#[derive(Clone, Debug, Default)]
struct Latest {
    nanos: u64,
    numbers: [[u32; 3]; KINDS],
}

impl Latest {
    fn write(&mut self, event: &Event, bytes: &mut Vec<u8>) {
        let (kind, numbers) = flat(&event.what);
        let before = std::mem::replace(&mut self.numbers[kind as usize], numbers);
        let same = [1, 2].map(|index| numbers[index] == before[index]);
        let passed = event.nanos.wrapping_sub(self.nanos);
        self.nanos = event.nanos;
        let flag = |is: bool, flag| if is { flag } else { 0 };
        let flags = flag(passed != 0, MOVED) | flag(same[0], SAME[0]) | flag(same[1], SAME[1]);
        bytes.push(kind | flags);
        if passed != 0 {
            put(passed, bytes);
        }
        put(difference(numbers[0], before[0]), bytes);
        for index in [1, 2] {
            if !same[index - 1] {
                put(difference(numbers[index], before[index]), bytes);
            }
        }
    }

    /// `None` where this is not what `write` has written.
    fn read(&mut self, bytes: &mut &[u8]) -> Option<Event> {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        let kind = first & !(MOVED | SAME[0] | SAME[1]);
        if first & MOVED != 0 {
            self.nanos = self.nanos.wrapping_add(get(bytes)?);
        }
        let numbers = self.numbers.get_mut(kind as usize)?;
        numbers[0] = changed(numbers[0], get(bytes)?);
        for index in [1, 2] {
            if first & SAME[index - 1] == 0 {
                numbers[index] = changed(numbers[index], get(bytes)?);
            }
        }
        Some(Event {
            nanos: self.nanos,
            what: what(kind, *numbers)?,
        })
    }
}

fn put(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// How far `number` is from `before`, in either direction.
fn difference(number: u32, before: u32) -> u64 {
    let difference = number.wrapping_sub(before).cast_signed();
    u64::from(((difference << 1) ^ (difference >> 31)).cast_unsigned())
}

fn changed(before: u32, difference: u64) -> u32 {
    let difference = difference as u32;
    before.wrapping_add((difference >> 1) ^ (difference & 1).wrapping_neg())
}

const SPAWNED: u8 = 0;
const POLLED: u8 = 1;
const GIVEN_UP: u8 = 2;
const COMPLETED: u8 = 3;
const ACQUIRED: u8 = 4;
const RELEASED: u8 = 5;
const STATE: u8 = 6;
const PRINTED: u8 = 7;
const ENDED: u8 = 8;
const ENDS: [End; 4] = [End::Finished, End::Failed, End::Cancelled, End::Panicked];
const WAITS: u8 = ENDED + ENDS.len() as u8;
const OPS: [Op; 15] = [
    Op::Sleep,
    Op::Tick,
    Op::Join,
    Op::Acquire,
    Op::Lock,
    Op::Read,
    Op::Write,
    Op::Notified,
    Op::Receive,
    Op::Send,
    Op::Changed,
    Op::Closed,
    Op::Meet,
    Op::Initialized,
    Op::Block,
];
const KINDS: usize = WAITS as usize + OPS.len();
const _: () = assert!(KINDS <= SAME[1] as usize);

/// An event's kind and its numbers.
fn flat(what: &What) -> (u8, [u32; 3]) {
    match *what {
        What::Spawned(task) => (SPAWNED, [task.0, 0, 0]),
        What::Polled { task, woken, .. } => (POLLED, [task.0, woken.bits(), 0]),
        What::Waits {
            task,
            target,
            op,
            place,
        } => (WAITS + op as u8, [task.0, target.bits(), place.0]),
        What::Waited { wait, done: false } => (GIVEN_UP, [wait.0, 0, 0]),
        What::Waited { wait, done: true } => (COMPLETED, [wait.0, 0, 0]),
        What::Acquired {
            task,
            resource,
            amount,
        } => (ACQUIRED, [task.0, resource.0, amount]),
        What::Released {
            task,
            resource,
            amount,
        } => (RELEASED, [task.0, resource.0, amount]),
        What::State { resource, value } => (STATE, [resource.0, value, 0]),
        What::Printed { task, place, text } => (PRINTED, [task.0, place.0, text]),
        What::Ended { task, end } => (ENDED + end as u8, [task.0, 0, 0]),
    }
}

/// The reverse of [`flat`].
fn what(kind: u8, [first, second, third]: [u32; 3]) -> Option<What> {
    let (task, resource) = (TaskId(first), ResourceId(second));
    Some(match kind {
        SPAWNED => What::Spawned(task),
        POLLED => What::Polled {
            task,
            woken: Waker::of(second),
            micros: 0,
        },
        GIVEN_UP | COMPLETED => What::Waited {
            wait: WaitId(first),
            done: kind == COMPLETED,
        },
        ACQUIRED => What::Acquired {
            task,
            resource,
            amount: third,
        },
        RELEASED => What::Released {
            task,
            resource,
            amount: third,
        },
        STATE => What::State {
            resource: ResourceId(first),
            value: second,
        },
        PRINTED => What::Printed {
            task,
            place: PlaceId(second),
            text: third,
        },
        ENDED..WAITS => What::Ended {
            task,
            end: ENDS[usize::from(kind - ENDED)],
        },
        _ => What::Waits {
            task,
            target: Target::of(second),
            op: *OPS.get(usize::from(kind - WAITS))?,
            place: PlaceId(third),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let number = prop_oneof![0..5_u32, any::<u32>()];
        let passed = prop_oneof![Just(0), 0..1_000_000_000_u64];
        let event = (
            0..KINDS as u8,
            [number.clone(), number.clone(), number],
            passed,
        );
        prop::collection::vec(event, 0..200).prop_map(|events| {
            let mut nanos = 0;
            let events = events.into_iter().filter_map(|(kind, numbers, passed)| {
                nanos += passed;
                let what = what(kind, numbers)?;
                Some(Event { nanos, what })
            });
            events.collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(events in events()) {
            let mut log = Events::default();
            for event in &events {
                log.push(event);
            }
            prop_assert_eq!(log.len(), events.len());
            prop_assert!(log.iter().eq(events));
        }
    }

    #[test]
    fn every_kind_is_told_from_the_others() {
        for kind in 0..KINDS as u8 {
            let what = what(kind, [1, 2, 3]).unwrap();
            assert_eq!(flat(&what).0, kind);
        }
        assert_eq!(what(KINDS as u8, [0; 3]), None);
    }

    #[test]
    fn polls_keep_how_long_they_took_and_chunks_follow_each_other() {
        let mut log = Events::default();
        let polled = |task| What::Polled {
            task: TaskId(task),
            woken: Waker::SPAWN,
            micros: 0,
        };
        let many = 100_000;
        for task in 0..many {
            let (nanos, what) = (u64::from(task) * 1_000_000_007, polled(task * 7919));
            log.push(&Event { nanos, what });
        }
        log.took(many as usize - 1, 5);
        log.took(70, 3);
        log.took(many as usize, 9); // It was not kept.
        assert!(log.chunks.len() > 1);
        let took = log.iter().filter_map(|event| match event.what {
            What::Polled { task, micros, .. } if micros > 0 => Some((task.0 / 7919, micros)),
            _ => None,
        });
        assert_eq!(took.collect::<Vec<_>>(), [(70, 3), (many - 1, 5)]);
        assert_eq!(log.iter().count(), many as usize);
    }
}
