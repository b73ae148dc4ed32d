//! A recording as a JSON document: what `asyncdemo export FILE.json` writes,
//! and what can be read back.
//!
//! ```json
//! {"asyncdemo":1,"recipe":"hello","options":["--pause","1s"],"seed":5,"clock":"virtual",
//! "start":0.0,"ending":null,"lanes":["greeter"],"events":[
//! {"t":0.0,"lane":0,"icon":"👋","text":"Hello","at":"demos/hello.rs:71"},
//! {"t":0.0,"lane":0,"span":"work","what":"pausing","phase":"begin","at":"demos/hello.rs:72"},
//! {"t":1.0,"lane":0,"span":"work","what":"pausing","phase":"end","at":"demos/hello.rs:72"},
//! {"t":1.0,"lane":0,"icon":"🌍","text":"World","at":"demos/hello.rs:73"}
//! ]}
//! ```
//!
//! | field | what it is |
//! |---|---|
//! | `asyncdemo` | the version of this form: 1 |
//! | `recipe`, `options`, `seed`, `clock` | what was run: the recipe's own options as typed; `clock` is `real` or `virtual` |
//! | `start` | the time of day at the run's first moment, as seconds since midnight |
//! | `ending` | why the run ended before its last line: `deadlock: …`, `error: …` or `interrupted`; else `null` |
//! | `lanes` | the rows' names, in the order in which they were opened |
//! | `events` | what happened, in that order |
//! | `t` | seconds since the run's first moment, six decimals at most; it never runs back |
//! | `lane` | the index of a lane; `null` is the narrator |
//! | `icon`, `text` | a line of the log; `icon` may be empty |
//! | `span`, `what`, `phase` | a bar of the timeline: `wait` or `work`, on what, and whether it is its `begin` or its `end` |
//! | `at` | the source line that made it, from the repository's root |
//!
//! Fields that a later version adds are skipped; one that changes the meaning
//! of these counts `asyncdemo` up, and is refused here. Times are exact up to
//! 30 years.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Entry, Failure, Header, Kind, OwnedKind, Phase, Recording, Span, json};

/// The version of the form that is written, and the newest that is read.
const VERSION: u64 = 1;

/// The longest time that a double tells apart to the microsecond: 2^53 of them.
const LONGEST: f64 = 9_007_199_254.0;

/// Why a text is not taken for a recording.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It has another form altogether.
    #[error("it is no recording; 'asyncdemo export RECIPE -o FILE.json' writes one")]
    Foreign,
    /// A later asyncdemo wrote it.
    #[error(
        "it has version {0} of the form, this asyncdemo reads up to {VERSION}; take a newer one"
    )]
    Newer(u64),
    /// It was one, before somebody changed it.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// The document; its events are written by themselves, each on a line.
#[derive(Serialize, Deserialize)]
struct Document<'a> {
    asyncdemo: u64,
    #[serde(borrow)]
    recipe: Cow<'a, str>,
    options: Cow<'a, [String]>,
    seed: u64,
    #[serde(borrow)]
    clock: Cow<'a, str>,
    start: f64,
    ending: Option<Cow<'a, str>>,
    lanes: Cow<'a, [String]>,
    #[serde(skip_serializing)]
    events: Entries,
}

/// The events; each is checked as it is read, so that no damaged document takes
/// more memory than a good one of its size.
#[derive(Default)]
struct Entries(Vec<Entry>);

/// A line has an icon and a text, a bar the other three.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Row<'a> {
    t: f64,
    lane: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    icon: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    what: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    #[serde(borrow)]
    at: Cow<'a, str>,
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
    let header = &recording.header;
    let document = Document {
        asyncdemo: VERSION,
        recipe: Cow::from(&header.recipe),
        options: Cow::from(&header.options),
        seed: header.seed,
        clock: Cow::from(&header.clock),
        start: seconds(recording.start),
        ending: recording.ending.as_ref().map(|it| it.to_string().into()),
        lanes: Cow::from(&recording.lanes),
        events: Entries::default(),
    };
    let head = json::to_string(&document)?;
    // Without the brace at its end.
    write!(out, "{},\"events\":[", &head[..head.len() - 1])?;
    let mut gap = "\n";
    for event in recording.events() {
        let mut row = Row {
            t: seconds(event.t),
            lane: event.lane.map(|lane| lane.id),
            at: Cow::from(format!("{}:{}", event.at.file, event.at.line)),
            ..Row::default()
        };
        match event.kind {
            Kind::Line { icon, text } => {
                (row.icon, row.text) = (Some(Cow::from(icon)), Some(Cow::from(text)));
            }
            Kind::Bar { span, phase, what } => {
                (row.span, row.what) = (Some(span), Some(Cow::from(what)));
                row.phase = Some(phase);
            }
        }
        out.write_all(gap.as_bytes())?;
        json::to_writer(&mut *out, &row)?;
        gap = ",\n";
    }
    out.write_all(b"\n]}\n")
}

/// The recording that a document holds.
///
/// # Errors
///
/// Says in a line why the text is none.
pub fn read(text: &str) -> Result<Recording, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        asyncdemo: u64,
    }

    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    match serde_json::from_str::<Version>(text) {
        Ok(Version { asyncdemo: VERSION }) => {}
        Ok(Version { asyncdemo: version }) if version > VERSION => {
            return Err(Unreadable::Newer(version));
        }
        Err(error) if !error.is_data() && text.starts_with("{\"asyncdemo\"") => {
            return Err(damaged(error));
        }
        Ok(_) | Err(_) => return Err(Unreadable::Foreign),
    }
    let document: Document<'_> = serde_json::from_str(text).map_err(damaged)?;
    let (lanes, Entries(entries)) = (document.lanes.into_owned(), document.events);
    for (number, entry) in (1..).zip(&entries) {
        if let Some(lane) = entry.lane.filter(|id| *id as usize >= lanes.len()) {
            let why = format!("event {number}: there is no lane {lane}");
            return Err(Unreadable::Damaged(why));
        }
    }
    Ok(Recording {
        header: Header {
            recipe: document.recipe.into_owned(),
            options: document.options.into_owned(),
            seed: document.seed,
            clock: document.clock.into_owned(),
        },
        start: time(document.start).map_err(Unreadable::Damaged)?,
        ending: document.ending.as_deref().map(Failure::from),
        lanes,
        entries,
    })
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(row) = rows.next_element::<Row<'_>>()? {
                    let number = entries.len() + 1;
                    let damaged = |why| de::Error::custom(format!("event {number}: {why}"));
                    entries.push(entry(row, entries.last()).map_err(damaged)?);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_seq(Rows)
    }
}

/// A row as the entry after `before`.
fn entry(row: Row<'_>, before: Option<&Entry>) -> Result<Entry, String> {
    let t = time(row.t)?;
    if before.is_some_and(|before| t < before.t) {
        return Err("its time runs back".to_owned());
    }
    let kind = match (row.text, row.span, row.phase) {
        (Some(text), None, None) => OwnedKind::Line {
            icon: row.icon.unwrap_or_default().into_owned(),
            text: text.into_owned(),
        },
        (None, Some(span), Some(phase)) => OwnedKind::Bar {
            span,
            phase,
            what: row.what.unwrap_or_default().into_owned(),
        },
        _ => return Err("it is neither a line nor a bar".to_owned()),
    };
    let place = row.at.rsplit_once(':');
    let place = place.and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line) = place.ok_or("'at' is not FILE:LINE")?;
    let file = match before {
        Some(before) if *before.file == *file => Arc::clone(&before.file),
        _ => Arc::from(file),
    };
    Ok(Entry {
        t,
        lane: row.lane,
        file,
        line,
        kind,
    })
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
