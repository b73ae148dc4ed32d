//! `tokio::fs`, in a fixed order on the virtual clock.
//!
//! tokio runs each operation on a thread, and threads end in any order. On the
//! virtual clock, where two runs are alike, an operation lets the other tasks
//! run and is then done in place. All else is passed through.

use std::fs::{Metadata, Permissions};
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::task::Poll;

use tokio::fs as real;
pub use tokio::fs::*;

use crate::observe::{self, Recorder};

macro_rules! operations {
    ($($name:ident($($arg:ident: $type:ty),+) -> $output:ty;)*) => {$(
        #[doc = concat!("See [`tokio::fs::", stringify!($name), "`].")]
        ///
        /// # Errors
        ///
        /// Those of tokio.
        pub async fn $name($($arg: $type),+) -> io::Result<$output> {
            if observe::with(Recorder::is_virtual) != Some(true) {
                return real::$name($($arg),+).await;
            }
            suspend().await;
            std::fs::$name($($arg),+)
        }
    )*};
}

operations! {
    canonicalize(path: impl AsRef<Path>) -> PathBuf;
    copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> u64;
    create_dir(path: impl AsRef<Path>) -> ();
    create_dir_all(path: impl AsRef<Path>) -> ();
    hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> ();
    metadata(path: impl AsRef<Path>) -> Metadata;
    read(path: impl AsRef<Path>) -> Vec<u8>;
    read_link(path: impl AsRef<Path>) -> PathBuf;
    read_to_string(path: impl AsRef<Path>) -> String;
    remove_dir(path: impl AsRef<Path>) -> ();
    remove_dir_all(path: impl AsRef<Path>) -> ();
    remove_file(path: impl AsRef<Path>) -> ();
    rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> ();
    set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> ();
    symlink_metadata(path: impl AsRef<Path>) -> Metadata;
    write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> ();
}

/// Lets the other tasks run once.
async fn suspend() {
    let mut suspended = false;
    poll_fn(|context| {
        if std::mem::replace(&mut suspended, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
