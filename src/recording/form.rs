//! A recording as a JSON document: what `asyncdemo export FILE.json` writes,
//! and what can be read back. `--format json --spans` writes the same objects,
//! one a line: first the document's head, then the events, last the ending.
//!
//! ```json
//! {"asyncdemo":2,"recipe":"semaphore","options":["--files","2"],"seed":5,"clock":"virtual",
//! "schedule":0,"start":0.0,"lanes":["file-0","file-1"],"events":[
//! {"t":0.0,"lane":0,"event":"spawned","kind":"async","at":"demos/semaphore.rs:97"},
//! {"t":0.0,"lane":0,"event":"made","resource":0,"what":"semaphore permits","at":"demos/semaphore.rs:90"},
//! {"t":0.0,"lane":0,"event":"acquired","resource":0,"amount":1},
//! {"t":0.0,"lane":0,"icon":"📥","text":"Downloading file-0...","at":"demos/semaphore.rs:112"},
//! {"t":0.0,"lane":0,"event":"begin","wait":0,"span":"sleeping","op":"sleep","at":"demos/semaphore.rs:113"},
//! {"t":0.0,"lane":1,"event":"begin","wait":1,"span":"resource","resource":0,"op":"acquire","at":"demos/semaphore.rs:111"},
//! {"t":0.5,"lane":0,"event":"over","wait":0,"done":true},
//! {"t":0.5,"lane":1,"event":"over","wait":1,"done":true,"by":0},
//! {"t":0.5,"lane":null,"event":"ending","ending":null}
//! ]}
//! ```
//!
//! | field | what it is |
//! |---|---|
//! | `asyncdemo` | the version of this form: 2 |
//! | `recipe`, `options`, `seed`, `clock`, `schedule` | what was run: the recipe's own options as typed; `clock` is `real` or `virtual`; schedule 0 is tokio's own order |
//! | `start` | the time of day at the run's first moment, as seconds since midnight |
//! | `lanes` | the tasks' names, in the order in which they were spawned |
//! | `events` | what happened, in that order |
//!
//! Every event has these:
//!
//! | field | what it is |
//! |---|---|
//! | `t` | seconds since the run's first moment, six decimals at most; it never runs back |
//! | `lane` | the index of a task; `null` is the main task. In a log it is the task's name, and `id` is the index |
//! | `event` | what happened; a line has none |
//! | `at` | the source line that made it, from the repository's root, where it is known |
//!
//! And by `event`:
//!
//! | `event` | its fields |
//! |---|---|
//! | none | a line of the log: `icon`, or `null`, and `text` |
//! | `spawned` | `parent` is the index of the task that spawned it, absent for the main task; `kind` is `async`, or `blocking` for a closure on a thread |
//! | `begin` | number `wait` begins: `span` is `running`, `sleeping`, `task`, `resource` or `blocking` (of the thread that other tasks need). It waits for the end of `task` or for `resource`, both indices, or for something called `what`. `op` is what it wants to do, such as `acquire` |
//! | `over` | number `wait` is over: `done`, or dropped. `by` is the index of the task that woke it, or `main`; absent for a timer and what is not known |
//! | `ran` | the task has just run for `took` seconds without letting others run |
//! | `made` | `resource` was used for the first time and is called `what`; they count from 0 |
//! | `acquired`, `released` | `amount` of `resource` |
//! | `state` | `resource` has this `value` now: free permits, length of a queue |
//! | `ended` | the task ended; `end` is `finished`, `failed` (it returned an error), `cancelled` or `panicked` |
//! | `ending` | the last event, how the run ended: `ending` is `deadlock: …`, `error: …` or `interrupted`; `null` where it was done |
//!
//! Fields that a later version adds are skipped; one that changes the meaning
//! of these counts `asyncdemo` up, and is refused here. Times are exact up to
//! 30 years.

mod read;
mod row;

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Recording, RunSpec, json};
pub use read::{Unreadable, read};
pub(crate) use row::Row;

/// The version of the form that is written, and the newest that is read.
const VERSION: u64 = 2;

/// The longest time that a double tells apart to the microsecond: 2^53 of them.
const LONGEST: f64 = 9_007_199_254.0;

/// A document's head: what was run.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    asyncdemo: u64,
    #[serde(borrow)]
    recipe: Cow<'a, str>,
    options: Cow<'a, [String]>,
    seed: u64,
    #[serde(borrow)]
    clock: Cow<'a, str>,
    #[serde(default)]
    schedule: u64,
    start: f64,
}

/// What was run, as the first object of a log.
///
/// # Errors
///
/// None that is known.
pub(crate) fn head(spec: &RunSpec) -> serde_json::Result<String> {
    json::to_string(&Head {
        asyncdemo: VERSION,
        recipe: Cow::from(&spec.recipe),
        options: Cow::from(&spec.options),
        seed: spec.seed,
        clock: Cow::from(&spec.clock),
        schedule: spec.schedule,
        start: seconds(spec.start),
    })
}

/// The recording's document.
///
/// # Errors
///
/// None that is known: JSON has a place for all that a recording holds.
pub fn write(recording: &Recording) -> serde_json::Result<String> {
    let mut text = Vec::new();
    write_to(recording, &mut text).map_err(serde::ser::Error::custom)?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Writes the recording's document.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write_to(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let (head, lanes) = (head(&recording.spec)?, json::to_string(&recording.lanes)?);
    // Without the brace at its end.
    let head = &head[..head.len() - 1];
    writeln!(out, "{head},\"lanes\":{lanes},\"events\":[")?;
    for event in recording.events() {
        json::to_writer(&mut *out, &Row::new(&event, event.lane.map(|lane| lane.id)))?;
        out.write_all(b",\n")?;
    }
    let why = recording.ending.as_ref().map(ToString::to_string);
    json::to_writer(&mut *out, &Row::<Option<u32>>::ending(recording.end(), why))?;
    out.write_all(b"\n]}\n")
}

/// Exact to the microsecond up to [`LONGEST`].
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 microseconds")]
pub(crate) fn seconds(t: Duration) -> f64 {
    t.as_micros() as f64 / 1e6
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is within bounds"
)]
fn time(seconds: f64) -> Result<Duration, String> {
    if (0.0..=LONGEST).contains(&seconds) {
        return Ok(Duration::from_micros((seconds * 1e6).round() as u64));
    }
    Err(format!("a time must be from 0 to {LONGEST} seconds"))
}
