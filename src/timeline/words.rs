//! Bars in words.

use std::borrow::Borrow;

use super::{Bar, Timeline};
use crate::recording::{Kind, Place, Recording, Span, Waker, What};

/// So many of the tasks that block the thread are named.
const NAMED: usize = 3;

impl<R: Borrow<Recording>> Timeline<R> {
    /// What a task does in a bar, in words: "waits for semaphore permits".
    pub fn words(&self, bar: &Bar) -> String {
        let what = self.what(bar);
        match bar.span {
            Span::Running => "runs".to_owned(),
            Span::Sleeping if what.is_empty() => "sleeps".to_owned(),
            Span::Sleeping => format!("sleeps: {what}"),
            Span::Task | Span::Resource => format!("waits for {what}"),
            Span::Blocking => "blocks the other tasks".to_owned(),
            Span::Starved => format!("cannot run, because {what} blocks the thread"),
        }
    }

    /// What a bar is about: the task or the resource that is waited for, or who
    /// blocks the thread.
    pub fn what(&self, bar: &Bar) -> String {
        let recording = self.recording();
        if bar.span == Span::Starved {
            let by = self.blocked.get(bar.source).map_or(&[][..], |it| &it.by);
            let names = by.iter().take(NAMED).map(|lane| recording.name(*lane));
            let more = if by.len() > NAMED { ", …" } else { "" };
            return names.collect::<Vec<_>>().join(", ") + more;
        }
        match recording.nth(bar.source).map(|event| event.kind) {
            Some(Kind::Begin { what, .. }) => match what {
                What::Nothing => String::new(),
                What::Task(lane) => recording.name(Some(lane)).to_owned(),
                What::Resource(id) => {
                    let name = recording.resources().get(id as usize);
                    name.map_or_else(String::new, ToString::to_string)
                }
                What::Named(name) => name.to_owned(),
            },
            _ => String::new(),
        }
    }

    /// What ended a wait, in words, where that is known: "file-0 releases it".
    pub fn wakes(&self, bar: &Bar) -> Option<String> {
        if bar.span == Span::Starved {
            return None;
        }
        let Kind::Begin { what, op, .. } = self.recording().nth(bar.source)?.kind else {
            return None;
        };
        let who = match bar.by {
            _ if matches!(what, What::Task(_)) => return None, // It was waited for.
            Waker::Outside => return None,
            Waker::Main => self.recording().name(None),
            Waker::Lane(lane) => self.recording().name(Some(lane)),
        };
        let does = match op {
            "acquire" | "lock" | "read" | "write" => "releases it",
            "join" => "ends",
            "receive" => "sends",
            "send" => "receives",
            _ => "wakes it",
        };
        Some(format!("{who} {does}"))
    }

    /// The source line that a bar begins at.
    pub fn at(&self, bar: &Bar) -> Place<'_> {
        let source = if bar.span == Span::Starved {
            bar.begun
        } else {
            bar.source
        };
        let event = self.recording().nth(source);
        event.map_or_else(Place::default, |event| event.at)
    }
}
