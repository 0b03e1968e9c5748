//! Folders that one process holds, so that no two fill the same one.
//!
//! The system's lock lies on the folder itself: it ends with the process that holds it, however that ends, and leaves no
//! file behind.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use lab_core::{Error, Result};

/// A folder that is held until this is dropped. Where a file system knows no locks, nothing is held.
#[derive(Debug)]
pub(crate) struct Held {
    _folder: Option<File>,
}

/// What came of trying to hold a folder.
#[derive(Debug)]
pub(crate) enum Tried {
    /// It is held now.
    Held(Held),
    /// Another process, or another part of this one, holds it.
    Busy,
    /// It is gone, or another folder stands in its place by now.
    Gone,
    /// The file system knows no locks.
    NoLocks,
}

impl Held {
    /// What is held by having a name that no other has.
    pub(crate) fn by_name() -> Self {
        Self { _folder: None }
    }
}

/// Tries to hold a folder, without waiting.
///
/// # Errors
/// [`Error::Io`] if it cannot be opened.
pub(crate) fn try_hold(folder: &Path) -> Result<Tried> {
    let opened = match File::open(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Tried::Gone),
        opened => opened.map_err(Error::io("reading", folder))?,
    };
    match opened.try_lock() {
        // Whoever held it before may have moved it meanwhile.
        Ok(()) if !is_still(&opened, folder) => Ok(Tried::Gone),
        Ok(()) => Ok(Tried::Held(Held {
            _folder: Some(opened),
        })),
        Err(TryLockError::WouldBlock) => Ok(Tried::Busy),
        Err(TryLockError::Error(error)) if knows_no_locks(&error) => Ok(Tried::NoLocks),
        Err(TryLockError::Error(error)) => Err(Error::io("locking", folder)(error)),
    }
}

/// Tries to hold a folder; one that cannot be looked at tells no more than one on a file system without locks.
pub(crate) fn hold(folder: &Path) -> Tried {
    try_hold(folder).unwrap_or(Tried::NoLocks)
}

/// Whether the opened folder still is the one that stands there.
#[cfg(unix)]
fn is_still(opened: &File, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    let opened = opened.metadata();
    let there = fs::metadata(folder);
    opened.is_ok_and(|opened| there.is_ok_and(|there| same(&opened, &there)))
}

#[cfg(not(unix))]
fn is_still(_opened: &File, folder: &Path) -> bool {
    folder.exists()
}

/// Network file systems answer in these ways.
fn knows_no_locks(error: &io::Error) -> bool {
    const NO_LOCKS_AVAILABLE: i32 = 37;
    const BAD_DESCRIPTOR: i32 = 9;
    const INVALID: i32 = 22;
    error.kind() == ErrorKind::Unsupported
        || error
            .raw_os_error()
            .is_some_and(|code| [NO_LOCKS_AVAILABLE, BAD_DESCRIPTOR, INVALID].contains(&code))
}
