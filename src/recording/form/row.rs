//! An event as a JSON object.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{seconds, time};
use crate::recording::{End, Event, Kind, Span, TaskKind, Waker, What};

/// The object of an event. `L` is how it names its task: by number in a
/// document, by name in a log.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
#[serde(bound(deserialize = "L: Deserialize<'de> + Default"))]
pub struct Row<'a, L> {
    pub t: f64,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub time: Option<&'a str>,
    pub lane: L,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Tag>,
    #[expect(clippy::option_option, reason = "a line without an icon says null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<Option<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<TaskKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<End>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<u32>,
    #[expect(clippy::option_option, reason = "a run that was done says null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Option<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub at: Cow<'a, str>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
}

/// What an object is; one without is a line.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tag {
    Spawned,
    Ended,
    Begin,
    Over,
    Ran,
    Made,
    Acquired,
    Released,
    State,
    Ending,
}

/// What woke a task: a task's number, or the main task.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum By {
    Lane(u32),
    Main(Main),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Main {
    Main,
}

impl<'a, L: Default> Row<'a, L> {
    pub fn new(event: &Event<'a>, lane: L) -> Self {
        let mut row = Self {
            t: seconds(event.t),
            lane,
            ..Self::default()
        };
        if !event.at.file.is_empty() {
            row.at = Cow::from(format!("{}:{}", event.at.file, event.at.line));
        }
        row.event = match event.kind {
            Kind::Line { icon, text } => {
                row.icon = Some(Some(icon).filter(|icon| !icon.is_empty()).map(Cow::from));
                row.text = Some(Cow::from(text));
                None
            }
            Kind::Spawned { parent, task } => {
                (row.parent, row.kind) = (parent, Some(task));
                Some(Tag::Spawned)
            }
            Kind::Ended(end) => {
                row.end = Some(end);
                Some(Tag::Ended)
            }
            Kind::Begin {
                wait,
                span,
                what,
                op,
            } => {
                (row.wait, row.span) = (Some(wait), Some(span));
                match what {
                    What::Nothing => {}
                    What::Task(lane) => row.task = Some(lane),
                    What::Resource(id) => row.resource = Some(id),
                    What::Named(name) => row.what = Some(Cow::from(name)),
                }
                row.op = Some(op).filter(|op| !op.is_empty()).map(Cow::from);
                Some(Tag::Begin)
            }
            Kind::Over { wait, done, by } => {
                (row.wait, row.done) = (Some(wait), Some(done));
                row.by = match by {
                    Waker::Outside => None,
                    Waker::Main => Some(By::Main(Main::Main)),
                    Waker::Lane(lane) => Some(By::Lane(lane)),
                };
                Some(Tag::Over)
            }
            Kind::Ran(took) => {
                row.took = Some(seconds(took));
                Some(Tag::Ran)
            }
            Kind::Made { resource, name } => {
                (row.resource, row.what) = (Some(resource), Some(Cow::from(name)));
                Some(Tag::Made)
            }
            Kind::Acquired { resource, amount } => {
                (row.resource, row.amount) = (Some(resource), Some(amount));
                Some(Tag::Acquired)
            }
            Kind::Released { resource, amount } => {
                (row.resource, row.amount) = (Some(resource), Some(amount));
                Some(Tag::Released)
            }
            Kind::State { resource, value } => {
                (row.resource, row.value) = (Some(resource), Some(value));
                Some(Tag::State)
            }
        };
        row
    }

    /// The last object: how the run ended.
    pub fn ending(t: Duration, why: Option<String>) -> Self {
        Self {
            t: seconds(t),
            event: Some(Tag::Ending),
            ending: Some(why.map(Cow::from)),
            ..Self::default()
        }
    }

    /// Whether it is the run's ending.
    pub fn is_ending(&self) -> bool {
        self.event == Some(Tag::Ending)
    }

    /// What happened.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub fn kind(self) -> Result<Kind<Box<str>>, String> {
        const WRONG: &str = "it is neither a line nor an event";
        let boxed = |text: Option<Cow<'_, str>>| Box::from(&*text.unwrap_or_default());
        let Some(tag) = self.event else {
            return Ok(Kind::Line {
                icon: boxed(self.icon.flatten()),
                text: self.text.map(|text| Box::from(&*text)).ok_or(WRONG)?,
            });
        };
        let resource = || self.resource.ok_or(WRONG);
        Ok(match tag {
            Tag::Spawned => Kind::Spawned {
                parent: self.parent,
                task: self.kind.unwrap_or_default(),
            },
            Tag::Ended => Kind::Ended(self.end.ok_or(WRONG)?),
            Tag::Begin => Kind::Begin {
                wait: self.wait.ok_or(WRONG)?,
                span: self.span.ok_or(WRONG)?,
                what: match (self.task, self.resource, self.what) {
                    (Some(lane), ..) => What::Task(lane),
                    (None, Some(id), _) => What::Resource(id),
                    (None, None, Some(name)) => What::Named(Box::from(&*name)),
                    (None, None, None) => What::Nothing,
                },
                op: boxed(self.op),
            },
            Tag::Over => Kind::Over {
                wait: self.wait.ok_or(WRONG)?,
                done: self.done.ok_or(WRONG)?,
                by: match self.by {
                    None => Waker::Outside,
                    Some(By::Main(Main::Main)) => Waker::Main,
                    Some(By::Lane(lane)) => Waker::Lane(lane),
                },
            },
            Tag::Ran => Kind::Ran(time(self.took.ok_or(WRONG)?)?),
            Tag::Made => Kind::Made {
                resource: resource()?,
                name: boxed(self.what),
            },
            Tag::Acquired => Kind::Acquired {
                resource: resource()?,
                amount: self.amount.ok_or(WRONG)?,
            },
            Tag::Released => Kind::Released {
                resource: resource()?,
                amount: self.amount.ok_or(WRONG)?,
            },
            Tag::State => Kind::State {
                resource: resource()?,
                value: self.value.ok_or(WRONG)?,
            },
            Tag::Ending => return Err("something follows the run's ending".to_owned()),
        })
    }
}
