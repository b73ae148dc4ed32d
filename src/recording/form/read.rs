//! Reading a recording's document, which anybody may have written.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::{Head, Row, VERSION, time};
use crate::recording::{Entry, Failure, Kind, Recording, RunSpec, Waker, What};

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
    /// An earlier asyncdemo wrote it.
    #[error("it has version 1 of the form, which asyncdemo 0.1 wrote; export the run again")]
    Older,
    /// It was one before it was edited.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// What follows the head; the events are written by themselves, each on a line.
#[derive(Deserialize)]
struct Body {
    lanes: Vec<String>,
    events: Entries,
}

/// The events; each is checked as it is read, so that no damaged document takes
/// more memory than a good one of its size.
#[derive(Default)]
struct Entries {
    all: Vec<Entry>,
    ending: Option<Failure>,
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
        Ok(Version { asyncdemo: 1 }) => return Err(Unreadable::Older),
        Ok(Version { asyncdemo: version }) if version > VERSION => {
            return Err(Unreadable::Newer(version));
        }
        // A log with its header has a whole object in each line.
        Err(error)
            if !error.is_data()
                && text.starts_with("{\"asyncdemo\"")
                && text
                    .lines()
                    .next()
                    .is_some_and(|line| serde_json::from_str::<Version>(line).is_err()) =>
        {
            return Err(damaged(error));
        }
        Ok(_) | Err(_) => return Err(Unreadable::Foreign),
    }
    let head: Head<'_> = serde_json::from_str(text).map_err(damaged)?;
    let Body { lanes, events } = serde_json::from_str(text).map_err(damaged)?;
    let mut recording = Recording {
        spec: RunSpec {
            recipe: head.recipe.into_owned(),
            options: head.options.into_owned(),
            seed: head.seed,
            clock: head.clock.into_owned(),
            schedule: head.schedule,
            start: time(head.start).map_err(Unreadable::Damaged)?,
        },
        ending: events.ending,
        lanes,
        resources: Vec::new(),
        entries: Vec::new(),
    };
    for (number, entry) in (1..).zip(&events.all) {
        let damaged = |why| Unreadable::Damaged(format!("event {number}: {why}"));
        recording.knows(entry).map_err(damaged)?;
    }
    recording.entries = events.all;
    Ok(recording)
}

impl Recording {
    /// Whether all that an event names is there.
    fn knows(&mut self, entry: &Entry) -> Result<(), String> {
        let (mut lanes, mut used) = ([entry.lane, None], None);
        match &entry.kind {
            Kind::Made { resource, name } => {
                if *resource as usize != self.resources.len() {
                    return Err(format!("resource {resource} is out of order"));
                }
                self.resources.push(name.clone());
            }
            Kind::Begin { what, .. } => match what {
                What::Task(lane) => lanes[1] = Some(*lane),
                What::Resource(resource) => used = Some(*resource),
                What::Nothing | What::Named(_) => {}
            },
            Kind::Spawned { parent, .. } => lanes[1] = *parent,
            Kind::Over {
                by: Waker::Lane(lane),
                ..
            } => lanes[1] = Some(*lane),
            Kind::Acquired { resource, .. }
            | Kind::Released { resource, .. }
            | Kind::State { resource, .. } => used = Some(*resource),
            Kind::Line { .. } | Kind::Over { .. } | Kind::Ran(_) | Kind::Ended(_) => {}
        }
        let mut lanes = lanes.into_iter().flatten();
        if let Some(lane) = lanes.find(|id| *id as usize >= self.lanes.len()) {
            return Err(format!("there is no lane {lane}"));
        }
        match used.filter(|id| *id as usize >= self.resources.len()) {
            Some(resource) => Err(format!("there is no resource {resource}")),
            None => Ok(()),
        }
    }
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
                let mut entries = Entries::default();
                let mut over = false;
                while let Some(row) = rows.next_element::<Row<'_, Option<u32>>>()? {
                    let number = entries.all.len() + 1;
                    let damaged = |why| de::Error::custom(format!("event {number}: {why}"));
                    if over {
                        return Err(damaged("the run has ended before".to_owned()));
                    }
                    if row.is_ending() {
                        let why = row.ending.flatten();
                        entries.ending = why.as_deref().map(Failure::from);
                        over = true;
                    } else {
                        let entry = entry(row, entries.all.last()).map_err(damaged)?;
                        entries.all.push(entry);
                    }
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_seq(Rows)
    }
}

/// A row as the entry after `before`.
fn entry(row: Row<'_, Option<u32>>, before: Option<&Entry>) -> Result<Entry, String> {
    let t = time(row.t)?;
    if before.is_some_and(|before| t < before.t) {
        return Err("its time runs back".to_owned());
    }
    let (lane, at) = (row.lane, row.at.clone());
    let kind = row.kind()?;
    let place = match &*at {
        "" if !matches!(kind, Kind::Line { .. }) => Some(("", "0")),
        at => at.rsplit_once(':'),
    };
    let place = place.and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line) = place.ok_or("'at' is not FILE:LINE")?;
    let file = match before {
        Some(before) if *before.file == *file => Arc::clone(&before.file),
        _ => Arc::from(file),
    };
    Ok(Entry {
        t,
        lane,
        file,
        line,
        kind,
    })
}
