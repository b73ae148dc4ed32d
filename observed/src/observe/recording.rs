//! What was recorded, as plain data.

use std::borrow::Cow;
use std::collections::HashMap;

use super::event::{PlaceId, ResourceId, TaskId};
use super::list::List;
use super::log::Events;
use super::names;

/// A run's tasks, resources and events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The tasks; task 1 is the first.
    pub tasks: List<Task>,
    /// The resources; resource 1 is the first.
    pub resources: Vec<Resource>,
    /// The source lines that events name.
    pub places: Vec<Place>,
    /// What happened, in that order; times never run back.
    pub events: Events,
    /// Whether the latest events were left out, because the memory for them was
    /// used up.
    pub cut_short: bool,
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    /// The lines, so many in a row.
    texts: Vec<String>,
    /// Where each line ends in its row.
    ends: List<u32>,
    /// How long they are.
    text_bytes: usize,
}

/// So many lines make a row of them.
const ROW: usize = 1024;

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name, among the names of the recording.
    pub(super) name: u32,
    /// Tasks of the same function are numbered from 0.
    pub(super) number: u32,
    /// What kind of task.
    pub kind: TaskKind,
    /// Where it was spawned.
    pub place: PlaceId,
    /// The task that spawned it.
    pub parent: TaskId,
}

impl Task {
    pub(super) const NO_NUMBER: u32 = u32::MAX;
}

/// The kinds of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// The future that the runtime was given first.
    Main,
    /// A spawned future.
    Async,
    /// A closure on a thread where it may block.
    Blocking,
}

/// Something that tasks wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `semaphore`, `mutex`, `channel`.
    pub kind: Cow<'static, str>,
    /// The variable that it is bound to, if that is known.
    pub name: Option<String>,
    /// Where it was made.
    pub place: PlaceId,
}

/// A source line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the compiler names it.
    pub file: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1.
    pub column: u32,
}

impl Recording {
    /// A task's name: what its first line begins with, or its function and a
    /// number.
    #[must_use]
    pub fn name(&self, task: TaskId) -> Cow<'_, str> {
        let Some(task) = (task.0 as usize)
            .checked_sub(1)
            .and_then(|index| self.tasks.get(index))
        else {
            return Cow::Borrowed("outside");
        };
        let name = self
            .names
            .get(task.name as usize)
            .map_or("", String::as_str);
        match task.number {
            Task::NO_NUMBER => Cow::Borrowed(name),
            number => Cow::Owned(format!("{name}-{number}")),
        }
    }

    /// A resource in two words: "semaphore permits".
    #[must_use]
    pub fn short_name(&self, id: ResourceId) -> String {
        let resource = (id.0 as usize)
            .checked_sub(1)
            .and_then(|index| self.resources.get(index));
        match resource {
            Some(Resource {
                kind,
                name: Some(name),
                ..
            }) if kind == "notify" => name.clone(),
            Some(Resource {
                kind,
                name: Some(name),
                ..
            }) => format!("{kind} {name}"),
            Some(Resource { kind, .. }) => kind.to_string(),
            None => "something".to_owned(),
        }
    }

    /// A resource as a sentence names it: as above, and by the place where it
    /// was made if it has no name.
    #[must_use]
    pub fn resource_name(&self, id: ResourceId) -> String {
        let name = self.short_name(id);
        let index = (id.0 as usize).checked_sub(1);
        let resource = index.and_then(|index| self.resources.get(index));
        let unnamed = resource.filter(|resource| resource.name.is_none());
        match unnamed.and_then(|resource| self.places.get(resource.place.0 as usize)) {
            Some(Place { file, line, .. }) => format!("{name} ({file}:{line})"),
            None => name,
        }
    }

    /// The text of a printed line.
    #[must_use]
    pub fn text(&self, text: u32) -> &str {
        let index = text as usize;
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let begin = if index.is_multiple_of(ROW) {
            0
        } else {
            end(index - 1)
        };
        let row = self.texts.get(index / ROW);
        row.and_then(|row| row.get(begin..end(index)))
            .unwrap_or_default()
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.events.size()
            + self.text_bytes
            + self.ends.len() * size_of::<u32>()
            + self.tasks.len() * size_of::<Task>()
    }

    pub(super) fn add_text(&mut self, text: &str) -> u32 {
        let index = self.ends.len();
        if index.is_multiple_of(ROW) {
            self.texts.push(String::new());
        }
        if let Some(row) = self.texts.last_mut() {
            row.push_str(text);
            self.ends.push(u32::try_from(row.len()).unwrap_or(u32::MAX));
            self.text_bytes += text.len();
        }
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    pub(super) fn add_name(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// A task that has no name of its own is named by its first line.
    pub(super) fn name_by_line(&mut self, task: TaskId, line: &str) {
        let index = (task.0 as usize).wrapping_sub(1);
        let Some(&Task {
            number,
            kind,
            parent,
            ..
        }) = self.tasks.get(index)
        else {
            return;
        };
        if number == Task::NO_NUMBER || kind == TaskKind::Main {
            return;
        }
        // A thread may speak for the task that awaits it.
        let free = |name: &&str| {
            !self.numbers.contains_key(*name)
                || kind == TaskKind::Blocking && self.name(parent) == *name
        };
        if let Some(name) = names::of_line(line).filter(free) {
            let name = self.add_name(name);
            (self.tasks[index].name, self.tasks[index].number) = (name, Task::NO_NUMBER);
        }
    }
}
