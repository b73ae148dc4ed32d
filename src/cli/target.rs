//! A file that is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::{Builder, NamedTempFile};

/// A file of a million lines is written in pieces of this size.
const BUFFER: usize = 64 * 1024;

/// A file to be: until it is written, a temporary one beside it.
pub struct Target {
    path: PathBuf,
    overwrites: bool,
    temporary: NamedTempFile,
}

impl Target {
    /// Makes sure that the file can be written, before there is anything to
    /// write. Without `force`, what is there already stays.
    ///
    /// # Errors
    ///
    /// Says why it cannot, and what to do.
    pub fn open(path: &Path, force: bool) -> anyhow::Result<Self> {
        let shown = path.display();
        let path = match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => {
                bail!("'{shown}' is no regular file; '-o -' writes to standard output")
            }
            Ok(_) if !force => bail!("'{shown}' exists already; --force replaces it"),
            // Not a link to the file, but the file itself is replaced.
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let temporary = Builder::new()
            .prefix(".asyncdemo-")
            // Not `tempfile_in`, whose errors name that file.
            .make_in(folder.unwrap_or(Path::new(".")), |path| {
                File::create_new(path)
            })
            .with_context(|| format!("cannot write '{shown}'"))?;
        Ok(Self {
            path,
            overwrites: force,
            temporary,
        })
    }

    /// Writes the file with what `content` writes, piece by piece, and only
    /// then gives it its name.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then there is nothing.
    pub fn write(
        mut self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut out = BufWriter::with_capacity(BUFFER, self.temporary.as_file_mut());
        let written = content(&mut out).and_then(|()| out.flush());
        drop(out);
        let written = written.and_then(|()| self.temporary.as_file().sync_all());
        let named = written.and_then(|()| {
            let persisted = if self.overwrites {
                self.temporary.persist(&self.path)
            } else {
                self.temporary.persist_noclobber(&self.path)
            };
            persisted.map_err(|error| error.error)
        });
        named.with_context(|| format!("cannot write '{}'", self.path.display()))?;
        Ok(())
    }
}
