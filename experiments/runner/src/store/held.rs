//! Folders that one process holds, so that no two fill the same one.
//!
//! The system's lock lies on the folder itself: it ends with the process that holds it, however that ends, and leaves no
//! file behind. Network file systems lock files alone: there the lock lies on a file `FOLDER.held` beside the folder.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

/// Ending of the file beside a folder that cannot be locked itself.
pub(crate) const BESIDE: &str = ".held";

/// A folder that is held until this is dropped. Where a file system knows no locks, nothing is held.
#[derive(Debug)]
pub(crate) struct Held {
    _locked: Option<File>,
    /// The file beside the folder, if the lock lies there.
    beside: Option<PathBuf>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // It is removed while it is locked; whoever waits for it looks whether it is still there.
            let _ = fs::remove_file(beside);
        }
    }
}

/// What came of trying to hold a folder.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The folder is held by this caller from now on.
    Held(Held),
    /// Another process, or another part of this one, holds it.
    Busy,
    /// There is no such folder any more, or another folder stands in its place by now.
    Gone,
    /// The file system knows no locks, so that nobody can tell.
    NoLocks,
}

impl Held {
    /// Stands for a folder that is held by its name alone, which no other process has.
    pub(crate) fn by_name() -> Self {
        Self {
            _locked: None,
            beside: None,
        }
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
    match locked(opened, folder)? {
        Tried::NoLocks => hold_beside(folder),
        tried => Ok(tried),
    }
}

/// Holds the file beside a folder in its place.
pub(super) fn hold_beside(folder: &Path) -> Result<Tried> {
    let mut name = OsString::from(folder.as_os_str());
    name.push(BESIDE);
    let beside = PathBuf::from(name);
    let mut options = File::options();
    let opened = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(&beside);
    let opened = opened.map_err(Error::io("creating", &beside))?;
    match locked(opened, &beside)? {
        Tried::Held(mut held) if folder.exists() => {
            held.beside = Some(beside);
            Ok(Tried::Held(held))
        }
        Tried::Held(_) => {
            let _ = fs::remove_file(&beside);
            Ok(Tried::Gone)
        }
        tried => Ok(tried),
    }
}

/// Takes the lock on what was opened at a path.
fn locked(opened: File, path: &Path) -> Result<Tried> {
    match opened.try_lock() {
        // Whoever held it before may have moved it meanwhile.
        Ok(()) if !is_still(&opened, path) => Ok(Tried::Gone),
        Ok(()) => Ok(Tried::Held(Held {
            _locked: Some(opened),
            beside: None,
        })),
        Err(TryLockError::WouldBlock) => Ok(Tried::Busy),
        Err(TryLockError::Error(error)) if knows_no_locks(&error) => Ok(Tried::NoLocks),
        Err(TryLockError::Error(error)) => Err(Error::io("locking", path)(error)),
    }
}

/// Tries to hold a folder; one that cannot be looked at tells no more than one on a file system without locks.
pub(crate) fn hold(folder: &Path) -> Tried {
    try_hold(folder).unwrap_or(Tried::NoLocks)
}

/// Whether the folder that was opened is still the one that stands at this path.
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

/// Whether an answer of the system says that locks do not work there, as network file systems say it in several ways.
fn knows_no_locks(error: &io::Error) -> bool {
    const NO_LOCKS_AVAILABLE: i32 = 37;
    const BAD_DESCRIPTOR: i32 = 9;
    const INVALID: i32 = 22;
    error.kind() == ErrorKind::Unsupported
        || error
            .raw_os_error()
            .is_some_and(|code| [NO_LOCKS_AVAILABLE, BAD_DESCRIPTOR, INVALID].contains(&code))
}
