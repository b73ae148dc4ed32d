//! Child processes that end with the run, and the file descriptors that
//! children and sockets take.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{
    Pid, Resource, Signal, WaitId, WaitIdOptions, WaitOptions, getrlimit, kill_process_group,
    waitid, waitpgid,
};
use rustix::stdio::stdin;
use tokio::process::{Child, Command};

/// The leaders of all groups that live.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the group was still there: who takes it out is who kills it.
fn take_out(leader: Pid) -> bool {
    let mut groups = groups();
    let place = groups.iter().position(|pid| *pid == leader);
    place.map(|place| groups.swap_remove(place)).is_some()
}

/// The process group of a child: itself and all that it has started. When this
/// is dropped, none of them is left.
pub struct ProcessGroup(Pid);

impl ProcessGroup {
    /// Starts a child as the leader of a group of its own. The group is to be
    /// dropped before the child, as it is where both are bound in this order.
    ///
    /// # Errors
    ///
    /// When the system cannot start it.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        // What a child has started becomes ours when the child is gone, so
        // that we can reap it. Elsewhere the system's first process does so.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        let child = command.process_group(0).spawn()?;
        let number = child.id().and_then(|id| id.try_into().ok());
        let leader = number.and_then(Pid::from_raw);
        let leader = leader.ok_or_else(|| io::Error::other("a child without a number"))?;
        groups().push(leader);
        Ok((child, Self(leader)))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if take_out(self.0) {
            kill(self.0);
        }
    }
}

/// Kills what is left, where a run hangs and cannot do so itself.
pub fn kill_process_groups() {
    for leader in std::mem::take(&mut *groups()) {
        kill(leader);
    }
}

/// Kills and reaps a group, if a child of ours is still in it: where none is,
/// its number may be somebody else's by now.
fn kill(group: Pid) {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    if waitid(WaitId::Pgid(Some(group)), look).is_ok()
        && kill_process_group(group, Signal::KILL).is_ok()
    {
        while waitpgid(group, WaitOptions::empty()).is_ok() {}
    }
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
