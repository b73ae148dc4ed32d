//! A folder for the files of one run.

use std::env::temp_dir;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;

/// A temporary folder, which is removed with all its files when this is
/// dropped. That blocks for a moment, because `drop` cannot await.
#[derive(Debug)]
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// Creates a folder with this prefix and a random number as its name.
    ///
    /// # Errors
    ///
    /// When the system cannot create it, or it exists already.
    pub async fn create(prefix: &str) -> io::Result<Self> {
        let number = RandomState::new().hash_one(());
        let path = temp_dir().join(format!("{prefix}-{number:016x}"));
        fs::create_dir(&path).await?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
