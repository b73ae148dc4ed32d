//! Files that are written whole or not at all.
//!
//! A file is written under a temporary name beside its place and renamed when
//! it is complete, with the permissions of the file that it replaces. Renaming
//! would break the hard links of a file, or give it to another owner: such a
//! file is overwritten where it is, after everything has been computed and its
//! space has been reserved.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rustix::fs::{CWD, FallocateFlags, RenameFlags, fallocate, fstat, renameat_with};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use rustix::stdio::{stderr, stdin, stdout};

use super::ending::{self, Unit};
use super::temporary::{Temporary, remove_leftovers};

/// What may become of a file that exists.
#[derive(Clone, Copy)]
pub enum Existing {
    /// It stays; the error ends with this advice.
    Stays(&'static str),
    /// It is replaced. A link to it is followed.
    IsReplaced,
    /// It is replaced if it is no link and this is true of its contents.
    IsReplacedIf(fn(&[u8]) -> bool, &'static str),
}

/// A file that will be written.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    way: Way,
}

/// How it is written.
#[derive(Debug)]
enum Way {
    /// Renamed to a name that nothing has.
    New(Temporary),
    /// Renamed to a name that something may have.
    Replaces(Temporary),
    /// Overwritten where it is.
    InPlace(File),
}

impl Target {
    /// Makes sure that the file can be written, before there is anything to
    /// write.
    ///
    /// # Errors
    ///
    /// Says why it cannot, and what to do.
    pub fn open(path: &Path, existing: Existing) -> anyhow::Result<Self> {
        let shown = path.display();
        let old = admitted(path, existing)?;
        let path = match old {
            Some(_) => fs::canonicalize(path)?, // Not a link to the file is replaced.
            None => path.to_owned(),
        };
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        remove_leftovers(folder);
        let way = match (Temporary::create(folder), old, existing) {
            (Ok(temporary), None, Existing::IsReplaced) => Ok(Way::Replaces(temporary)),
            (Ok(temporary), None, _) => Ok(Way::New(temporary)),
            (Err(error), None, _) => Err(error),
            (Ok(temporary), Some(old), _) if is_replaced_by_renaming(&old, &temporary) => temporary
                .file
                .set_permissions(Permissions::from_mode(old.mode() & 0o7777))
                .map(|()| Way::Replaces(temporary)),
            (_, Some(_), _) => OpenOptions::new().write(true).open(&path).map(Way::InPlace),
        };
        let way = way.with_context(|| format!("cannot write '{shown}'"))?;
        Ok(Self { path, way })
    }

    /// Writes the file with what `content` writes, piece by piece, and only
    /// then gives it its name.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then everything is as it was.
    pub fn write(
        self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let Self { path, way } = self;
        let written = match way {
            Way::InPlace(file) => {
                let mut bytes = Vec::new();
                content(&mut bytes)
                    .and_then(|()| reserve(&file, bytes.len() as u64))
                    .and_then(|()| overwrite(&file, &bytes))
            }
            Way::Replaces(temporary) => temporary.filled(content).and_then(|temporary| {
                ending::finish(Unit::File, || fs::rename(&temporary.path, &path))?;
                temporary.keep();
                Ok(())
            }),
            Way::New(temporary) => temporary.filled(content).and_then(|temporary| {
                if ending::finish(Unit::File, || rename_to_new(&temporary.path, &path))? {
                    temporary.keep();
                }
                Ok(())
            }),
        };
        written.with_context(|| format!("cannot write '{}'", path.display()))
    }
}

/// What is at this path and will be replaced.
fn admitted(path: &Path, existing: Existing) -> anyhow::Result<Option<Metadata>> {
    let shown = path.display();
    let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    let old = match fs::metadata(path) {
        Ok(old) => old,
        Err(error) if is_link => bail!(
            "'{shown}' is a link that leads nowhere ({error}); remove it, or name the file itself"
        ),
        // If it is more than missing, creating the file fails likewise.
        Err(_) => return Ok(None),
    };
    if !old.is_file() || is_a_stream_of_ours(&old) {
        bail!("'{shown}' is no regular file; '-o -' writes to standard output");
    }
    match existing {
        Existing::Stays(advice) => bail!("'{shown}' exists already; {advice}"),
        Existing::IsReplacedIf(_, advice) if is_link => bail!("'{shown}' is a link; {advice}"),
        Existing::IsReplacedIf(is_ours, advice) if !fs::read(path).is_ok_and(|it| is_ours(&it)) => {
            bail!("'{shown}' exists already and is not ours; {advice}")
        }
        _ => Ok(Some(old)),
    }
}

/// Whether this is where one of the standard streams goes, by whatever name:
/// `/dev/stdout` of a program whose output goes into a file.
fn is_a_stream_of_ours(meta: &Metadata) -> bool {
    let streams = [fstat(stdin()), fstat(stdout()), fstat(stderr())];
    let mut open = streams.iter().flatten();
    open.any(|it| (it.st_dev, it.st_ino) == (meta.dev(), meta.ino()))
}

/// Whether the new file can be as the old one: its only name, its owner.
fn is_replaced_by_renaming(old: &Metadata, temporary: &Temporary) -> bool {
    let new = temporary.file.metadata();
    old.nlink() == 1 && new.is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()))
}

/// Renames a file unless there is one of the new name. Returns whether the old
/// name is gone: some file systems can only add a name.
fn rename_to_new(old: &Path, new: &Path) -> io::Result<bool> {
    match renameat_with(CWD, old, CWD, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::hard_link(old, new).map(|()| false),
        result => Ok(result.map(|()| true)?),
    }
}

/// Fails where there is no room, before any of the old contents are lost.
fn reserve(file: &File, length: u64) -> io::Result<()> {
    if getrlimit(Resource::Fsize)
        .current
        .is_some_and(|most| length > most)
    {
        return Err(Errno::FBIG.into());
    }
    let old = file.metadata()?.len();
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
        Err(error @ (Errno::NOSPC | Errno::FBIG | Errno::DQUOT)) => {
            file.set_len(old)?; // Gives back what was reserved.
            Err(error.into())
        }
        _ => Ok(()), // Not every file system can do it.
    }
}

fn overwrite(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    ending::finish(Unit::File, || {
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    })
}
