//! The processes that one child has started, or all children, and their end.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpgrp, getpid, kill_process, waitpid};

use super::table::{Id, Process, Table, described, has_mark, process};
use super::{GROUPS, Group, is_adopted, lock};
use crate::kit::clock::sleep_thread;

/// How long the killed processes may take to disappear.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose processes are ended.
pub enum Scope<'a> {
    One {
        group: &'a Group,
        /// No other child lives.
        alone: bool,
    },
    All(&'a [Group]),
}

impl<'a> Scope<'a> {
    /// The child's own processes.
    pub fn of(group: &'a Group) -> Self {
        let alone = lock(&GROUPS).len() == 1;
        Self::One { group, alone }
    }

    fn groups(&self) -> &[Group] {
        match self {
            Self::One { group, .. } => std::slice::from_ref(group),
            Self::All(groups) => groups,
        }
    }

    fn is_led_by(&self, pid: Pid) -> bool {
        self.groups().iter().any(|group| group.leader == pid)
    }

    /// Whether a child process of ours belongs to it.
    fn owns(&self, process: &Process) -> bool {
        let is_owned = self.is_led_by(process.pid)
            || process.group.is_some_and(|leader| self.is_led_by(leader))
            || has_mark(process.pid, |mark| {
                self.groups().iter().any(|group| mark.contains(&group.mark))
            });
        let takes_unknown = match self {
            Self::One { alone, .. } => *alone,
            Self::All(_) => true,
        };
        is_owned || takes_unknown && is_adopted(process) && process.group != Some(getpgrp())
    }

    /// The processes that belong to it now, or are known to: one that has lost
    /// its parent may not be recognized any more.
    pub fn members(&self, table: &Table, known: &BTreeSet<Id>) -> Vec<Process> {
        let groups = lock(&GROUPS);
        let leaders: BTreeSet<_> = groups.iter().map(|it| it.leader.as_raw_pid()).collect();
        drop(groups);
        let is_other = |pid: &Pid| leaders.contains(&pid.as_raw_pid()) && !self.is_led_by(*pid);
        let children = table.children(getpid()).into_iter();
        let children = children.filter(|pid| !is_other(pid)).filter_map(process);
        let roots = children.filter(|it| known.contains(&it.id()) || self.owns(it));
        table.with_descendants(roots.collect())
    }

    /// Stops all members, until none can start another. Then kills and reaps
    /// them, until none is left.
    ///
    /// # Errors
    ///
    /// Names what cannot be ended.
    pub fn end(&self) -> io::Result<()> {
        #[expect(clippy::disallowed_methods, reason = "processes end in real time")]
        let now = Instant::now;
        let began = now();
        let (mut known, mut refused) = (BTreeSet::new(), BTreeSet::new());
        let mut signal = Signal::STOP;
        loop {
            let Some(table) = Table::new() else {
                self.groups().iter().for_each(Group::kill);
                return Ok(());
            };
            let mut members = self.members(&table, &known);
            members.retain(|it| !self.is_reaped_by_tokio(it));
            let is_refused = |process: &Process| refused.contains(&process.id());
            if members.iter().all(is_refused) || began.elapsed() > PATIENCE {
                return left(members.iter().map(|it| it.pid));
            }
            let before = known.len();
            for process in members {
                known.insert(process.id());
                if process.zombie {
                    // Not yet a child of ours if its parent still lives.
                    let _ = waitpid(Some(process.pid), WaitOptions::NOHANG);
                } else if kill_process(process.pid, signal) == Err(Errno::PERM) {
                    refused.insert(process.id());
                }
            }
            if signal == Signal::KILL {
                sleep_thread(Duration::from_millis(1));
            } else if known.len() == before || began.elapsed() > PATIENCE / 2 {
                signal = Signal::KILL;
            }
        }
    }

    fn is_reaped_by_tokio(&self, process: &Process) -> bool {
        matches!(self, Self::One { group, .. } if group.leader == process.pid) && process.zombie
    }
}

fn left(mut pids: impl Iterator<Item = Pid>) -> io::Result<()> {
    let Some(pid) = pids.next() else {
        return Ok(());
    };
    let (first, more) = (described(pid), pids.count());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Err(io::Error::other(format!("cannot end {first}{more}")))
}
