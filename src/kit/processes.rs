//! Child processes that end with the run, and the file descriptors that
//! children and sockets take.
//!
//! A child is the leader of its own process group. On Linux, ending it also
//! ends the descendants that left the group or the session: the program is the
//! subreaper of its descendants, so all of them stay below it in `/proc`, and a
//! variable in their environment names the child that started them. A process
//! that has lost both its parent and this variable is ended when no other child
//! is left. On other systems only the process group is ended. A process that
//! runs as another user cannot be ended at all; the caller gets its name.

mod scope;
mod table;

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{
    Pid, Resource, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, getrlimit,
    kill_process_group, waitid, waitpid,
};
use rustix::stdio::stdin;
use signal_hook::consts::SIGCHLD;
use signal_hook::iterator::Signals;
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};

use super::clock::sleep_thread;
use scope::Scope;
use table::{Id, Process, Table};

/// The variable that marks what a child has started: `/` and a mark with `/`
/// for each program of ours that the child runs below.
const MARK: &str = "ASYNCDEMO_CHILD";

/// How often zombies are looked for at most.
const REAP_EVERY: Duration = Duration::from_millis(50);

/// All children that live. Locked while one is started, so that no child is
/// without an owner.
static GROUPS: Mutex<Vec<Group>> = Mutex::new(Vec::new());

/// The children that this program had before it started any; `None` until then.
static STRANGERS: Mutex<Option<Vec<Id>>> = Mutex::new(None);

/// Locked while processes are being ended.
static ENDING: Mutex<()> = Mutex::new(());

/// Whether all new child processes of this process are ours.
static OURS: AtomicBool = AtomicBool::new(false);

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Allows this module to end and reap any new child of the process, as only a
/// program may: the children of a program that uses the library are not ours.
pub fn own_all_children() {
    OURS.store(true, Relaxed);
}

#[derive(Clone)]
struct Group {
    leader: Pid,
    mark: String,
}

/// A child with all that it has started. When this is dropped, none of it is
/// left.
pub struct ProcessGroup {
    /// The child itself. Its standard streams may be taken.
    pub child: Child,
    group: Group,
    /// Completes when a child ends or stops.
    changes: unix::Signal,
}

impl ProcessGroup {
    /// Starts a child as the leader of its own process group.
    ///
    /// # Errors
    ///
    /// When the system cannot start it.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        prepare()?;
        let own = format!("/{}.{}/", getpid(), STARTED.fetch_add(1, Relaxed));
        let inherited = env::var(MARK).unwrap_or_default();
        command.env(MARK, inherited + &own).process_group(0);
        // A handler also replaces an inherited "ignore", with which the system
        // would throw exit statuses away.
        let changes = unix::signal(SignalKind::child())?;
        let mut groups = lock(&GROUPS);
        let child = command.spawn()?;
        let number = child.id().and_then(|id| id.try_into().ok());
        let leader = number.and_then(Pid::from_raw);
        let leader = leader.ok_or_else(|| io::Error::other("a child without a number"))?;
        let group = Group { leader, mark: own };
        groups.push(group.clone());
        Ok(Self {
            child,
            group,
            changes,
        })
    }

    /// Waits for the child itself; what it has started may still run.
    ///
    /// # Errors
    ///
    /// When the child was stopped because it used the terminal: a process in
    /// the background cannot, and would wait for ever.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            tokio::select! {
                biased;
                status = self.child.wait() => return status,
                Some(()) = self.changes.recv() => {
                    if self.group.is_stopped_by_terminal() {
                        let why = "stopped: it asked the terminal, which is not available to it";
                        return Err(io::Error::other(why));
                    }
                }
            }
        }
    }

    /// The processes of this child that have the other end of a pipe open,
    /// where the system tells.
    pub fn holders(&self, pipe: &impl AsRawFd) -> Vec<String> {
        let Some(table) = Table::new() else {
            return Vec::new();
        };
        let members = Scope::of(&self.group).members(&table, &BTreeSet::new());
        let holders = table::with_pipe(&members, pipe).into_iter();
        holders.map(table::described).collect()
    }

    /// Ends the child with all that it has started.
    ///
    /// # Errors
    ///
    /// Names the processes that the system does not let us end.
    pub fn end(mut self) -> io::Result<()> {
        self.end_now()
    }

    fn end_now(&mut self) -> io::Result<()> {
        let _ending = lock(&ENDING);
        let leader = self.group.leader;
        let lives = |groups: &[Group]| groups.iter().any(|group| group.leader == leader);
        if !lives(&lock(&GROUPS)) {
            return Ok(());
        }
        let ended = Scope::of(&self.group).end();
        // Reaped by its owner, or else its number might be taken twice.
        let _ = self.child.try_wait();
        lock(&GROUPS).retain(|group| group.leader != leader);
        ended
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        warn(self.end_now());
    }
}

/// Ends and reaps all children and all that they have started, also where a
/// run hangs and cannot do so itself.
pub fn kill_process_groups() {
    let _ending = lock(&ENDING);
    if lock(&STRANGERS).is_none() {
        return; // No child was ever started.
    }
    let groups = lock(&GROUPS).clone();
    warn(Scope::All(&groups).end());
    lock(&GROUPS).clear();
}

/// Reports what could not be ended, where no caller can.
fn warn(ended: io::Result<()>) {
    if let Err(why) = ended {
        let _ = writeln!(io::stderr(), "warning: {why}");
    }
}

impl Group {
    fn is_stopped_by_terminal(&self) -> bool {
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.leader), look).ok().flatten();
        let signal = status.and_then(|status| status.stopping_signal());
        let terminal = [Signal::TTIN, Signal::TTOU];
        terminal.iter().any(|it| Some(it.as_raw()) == signal)
    }

    /// Where there is no list of processes: kills the group, if a child of ours
    /// is still in it. If none is, its number may be used by others.
    fn kill(&self) {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if waitid(WaitId::Pgid(Some(self.leader)), look).is_ok()
            && kill_process_group(self.leader, Signal::KILL).is_ok()
        {
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            let _ = waitid(WaitId::Pid(self.leader), look);
        }
    }
}

/// Whether a child process of ours was not started by us, but is a descendant
/// that has lost its parent.
fn is_adopted(process: &Process) -> bool {
    let strangers = lock(&STRANGERS);
    let is_stranger = strangers.iter().flatten().any(|it| *it == process.id());
    let is_leader = |groups: &[Group]| groups.iter().any(|group| group.leader == process.pid);
    OURS.load(Relaxed) && !is_stranger && !is_leader(&lock(&GROUPS))
}

/// Before the first child: lets descendants that lose their parent become
/// children of ours, and be reaped.
fn prepare() -> io::Result<()> {
    let mut strangers = lock(&STRANGERS);
    if strangers.is_some() {
        return Ok(());
    }
    // Elsewhere the system's first process adopts and reaps them.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(getpid()));
    if OURS.load(Relaxed) {
        let signals = Signals::new([SIGCHLD])?;
        thread::Builder::new().spawn(move || reap(signals))?;
    }
    *strangers = Some(children().map(|process| process.id()).collect());
    Ok(())
}

fn children() -> impl Iterator<Item = Process> {
    let children = Table::new().map(|table| table.children(getpid()));
    children.into_iter().flatten().filter_map(table::process)
}

/// Reaps adopted children as they end.
fn reap(mut signals: Signals) {
    for _ in signals.forever() {
        // The list of children is complete only while none is reaped.
        let ending = lock(&ENDING);
        for zombie in children().filter(|process| process.zombie && is_adopted(process)) {
            let _ = waitpid(Some(zombie.pid), WaitOptions::NOHANG);
        }
        drop(ending);
        sleep_thread(REAP_EVERY);
    }
}

/// Where a shell looks for programs: last in the folder of this program, so that
/// it is found.
pub fn search_path() -> Option<OsString> {
    let (path, own) = (env::var_os("PATH")?, env::current_exe().ok()?);
    let beside = own.parent()?.to_owned();
    env::join_paths(env::split_paths(&path).chain([beside])).ok()
}

/// How many file descriptors a recipe may use at once: what the system allows,
/// without those that the program itself needs.
pub fn file_descriptors() -> usize {
    const OWN: usize = 24;
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most)
        .unwrap_or(usize::MAX)
        .saturating_sub(OWN)
}

/// Makes sure that tokio's I/O driver can have all file descriptors that it
/// takes: it panics where it gets only some of them.
///
/// # Errors
///
/// When the system has no more.
pub fn room_for_io() -> io::Result<()> {
    const DRIVER: usize = 8;
    let one = |_| fcntl_dupfd_cloexec(stdin(), 0);
    let room: rustix::io::Result<Vec<_>> = (0..DRIVER).map(one).collect();
    Ok(room.map(drop)?)
}
