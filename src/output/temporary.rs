//! Temporary files: removed by every end of the program but `kill -9`, and
//! those that are left by that, the next time a file is written beside them.
//!
//! The name tells that a file is ours, `.asyncdemo-PID-NUMBER.tmp`. A lock tells
//! that it is in use: the system releases it with the process, and it is seen
//! from containers, where process numbers mean something else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::ending::{self, Unit};

const PREFIX: &str = ".asyncdemo-";
const SUFFIX: &str = ".tmp";

/// The size of a piece that is written in one go.
const BUFFER: usize = 64 * 1024;

/// Those that have not got their own names yet.
static IN_USE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn in_use() -> MutexGuard<'static, Vec<PathBuf>> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file, which is removed when this is dropped.
#[derive(Debug)]
pub struct Temporary {
    pub path: PathBuf,
    pub file: File,
}

impl Temporary {
    /// Creates one in a folder.
    ///
    /// # Errors
    ///
    /// When the system refuses it.
    pub fn create(folder: &Path) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Relaxed);
            let path = folder.join(format!("{PREFIX}{}-{number}{SUFFIX}", process::id()));
            let created = ending::finish(Unit::Lines, || {
                let file = File::create_new(&path)?;
                in_use().push(path.clone());
                Ok(Self { path, file })
            });
            match created {
                Ok(created) if created.is_locked() => return Ok(created),
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {} // The name is taken, or another process takes it for a leftover.
            }
        }
    }

    /// Whether no other process removes it.
    fn is_locked(&self) -> bool {
        let locked = flock(&self.file, FlockOperation::NonBlockingLockExclusive);
        // Where files cannot be locked, none is taken for a leftover.
        locked != Err(Errno::WOULDBLOCK) && self.file.metadata().is_ok_and(|it| it.nlink() > 0)
    }

    /// Fills it with what `content` writes, to the disk.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn filled(
        mut self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(BUFFER, &mut self.file);
        content(&mut out)?;
        out.flush()?;
        drop(out);
        self.file.sync_all()?;
        Ok(self)
    }

    /// It has been renamed: nothing is to be removed.
    pub fn keep(self) {
        forget(&self.path);
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if forget(&self.path) {
            let _ = fs::remove_file(&self.path); // Its folder may be gone.
        }
    }
}

/// Whether it was still in use.
fn forget(path: &Path) -> bool {
    let mut in_use = in_use();
    let place = in_use.iter().position(|other| other == path);
    place.map(|place| in_use.swap_remove(place)).is_some()
}

/// Removes all that are in use, at the end of the program.
pub fn remove_temporary_files() {
    for path in std::mem::take(&mut *in_use()) {
        let _ = fs::remove_file(path); // Its folder may be gone.
    }
}

/// Removes what programs that were killed have left in a folder, once.
pub fn remove_leftovers(folder: &Path) {
    static LOOKED: AtomicBool = AtomicBool::new(false);
    if LOOKED.swap(true, Relaxed) {
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours)) {
        let path = entry.path();
        let _ = remove_if_unused(&path); // It is no concern of what is done now.
    }
}

fn is_ours(name: &str) -> bool {
    let numbers = name.strip_prefix(PREFIX);
    let numbers = numbers.and_then(|rest| rest.strip_suffix(SUFFIX)?.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    numbers.is_some_and(|(pid, number)| is_number(pid) && is_number(number))
}

fn remove_if_unused(path: &Path) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = flags.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() && meta.uid() == geteuid().as_raw() {
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_ours() {
        assert!(is_ours(".asyncdemo-12-0.tmp"));
        for name in [
            ".asyncdemo-12.tmp",
            ".asyncdemo--1.tmp",
            ".asyncdemo-12-0",
            ".asyncdemo-a-0.tmp",
            "asyncdemo-12-0.tmp",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
