//! The processes of the system, as `/proc` shows them.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::AsRawFd;

use rustix::process::{Pid, RawPid};

use super::MARK;

/// A process at the moment of the look.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    pub pid: Pid,
    pub parent: Option<Pid>,
    pub group: Option<Pid>,
    /// It has ended, and its parent has not reaped it yet.
    pub zombie: bool,
    started: u64,
}

/// A process number may be used again; together with the start time it names
/// one process.
pub type Id = (RawPid, u64);

impl Process {
    pub fn id(&self) -> Id {
        (self.pid.as_raw_pid(), self.started)
    }
}

/// Which process has which children.
pub enum Table {
    /// The system lists the children of each process.
    Files,
    /// It does not: the parents of all processes were read.
    Read(BTreeMap<RawPid, Vec<Pid>>),
}

impl Table {
    /// `None` if the system has no such file system, or no file descriptors left
    /// to read it.
    pub fn new() -> Option<Self> {
        // As many descriptors as reading the children of a process takes.
        let threads = fs::read_dir("/proc/self/task");
        if threads.is_ok() && fs::read("/proc/thread-self/children").is_ok() {
            return Some(Self::Files);
        }
        drop(threads);
        let mut children: BTreeMap<RawPid, Vec<Pid>> = BTreeMap::new();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| pid(entry.file_name().to_str()?));
        for process in pids.filter_map(process) {
            let parent = Pid::as_raw(process.parent);
            children.entry(parent).or_default().push(process.pid);
        }
        (!children.is_empty()).then_some(Self::Read(children))
    }

    /// The children of a process, zombies included.
    pub fn children(&self, parent: Pid) -> Vec<Pid> {
        if let Self::Read(children) = self {
            let found = children.get(&parent.as_raw_pid());
            return found.cloned().unwrap_or_default();
        }
        let threads = fs::read_dir(format!("/proc/{parent}/task"));
        let threads = threads.into_iter().flatten().flatten();
        let lists = threads.filter_map(|it| fs::read_to_string(it.path().join("children")).ok());
        let mut children = Vec::new();
        for list in lists {
            children.extend(list.split_ascii_whitespace().filter_map(pid));
        }
        children
    }

    /// These processes and all their descendants.
    pub fn with_descendants(&self, roots: Vec<Process>) -> Vec<Process> {
        let mut found = roots;
        let mut next = 0;
        while let Some(parent) = found.get(next) {
            let children = self.children(parent.pid);
            found.extend(children.into_iter().filter_map(process));
            next += 1;
        }
        found
    }
}

/// Reads `/proc/PID/stat`: `PID (name) state parent group …`. The name may
/// contain anything, also a parenthesis. The 22nd field is the start time.
pub fn process(pid: Pid) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
    let fields: Vec<_> = rest.split_ascii_whitespace().collect();
    Some(Process {
        pid,
        parent: self::pid(fields.get(1)?),
        group: self::pid(fields.get(2)?),
        // The first thread may have ended before the others.
        zombie: matches!(*fields.first()?, "Z" | "X") && matches!(*fields.get(17)?, "0" | "1"),
        started: fields.get(19)?.parse().ok()?,
    })
}

/// The group of a process that is just ending is -1.
fn pid(text: &str) -> Option<Pid> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.and_then(Pid::from_raw)
}

/// Whether the variable that marks the descendants of children, as the process
/// was started with it, is like that.
pub fn has_mark(pid: Pid, is_right: impl Fn(&str) -> bool) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .filter_map(|variable| std::str::from_utf8(variable).ok()?.split_once('='))
        .any(|(name, mark)| name == MARK && is_right(mark))
}

/// Which of these processes have the other end of a pipe open.
pub fn with_pipe(processes: &[Process], pipe: &impl AsRawFd) -> Vec<Pid> {
    let Ok(name) = fs::read_link(format!("/proc/self/fd/{}", pipe.as_raw_fd())) else {
        return Vec::new();
    };
    let has_it = |pid: &Pid| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter();
        let mut targets = descriptors.flatten().flatten().map(|entry| entry.path());
        targets.any(|path| fs::read_link(path).is_ok_and(|target| target == name))
    };
    let pids = processes.iter().map(|it| it.pid);
    pids.filter(has_it).collect()
}

/// `'sleep 60' (process 4711)`
pub fn described(pid: Pid) -> String {
    const LONGEST: usize = 60;
    let file = |name| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let mut words = file("cmdline");
    if words.is_empty() {
        words = file("comm");
    }
    let words: String = String::from_utf8_lossy(&words)
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(LONGEST)
        .collect();
    format!("'{}' (process {pid})", words.trim())
}
