//! Whether a living process holds a folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;

/// What is known of a folder.
#[derive(Debug)]
pub(super) enum Hold {
    /// Nobody holds it, and nobody can while this lives.
    Free(#[expect(dead_code, reason = "the lock ends with the open folder")] File),
    /// A living process holds it.
    AtWork,
    /// Nobody can tell: the file system has no locks, or the folder cannot be opened.
    Unknown,
    /// It is gone.
    Gone,
}

/// Takes the lock on a folder, if nobody has it.
pub(super) fn hold(folder: &Path) -> Hold {
    let Ok(opened) = File::open(folder) else {
        return if fs::symlink_metadata(folder).is_ok() {
            Hold::Unknown
        } else {
            Hold::Gone
        };
    };
    match opened.try_lock() {
        Ok(()) if is_still(&opened, folder) => Hold::Free(opened),
        Ok(()) => Hold::Gone,
        Err(TryLockError::WouldBlock) => Hold::AtWork,
        Err(TryLockError::Error(_)) => Hold::Unknown,
    }
}

/// Whether the opened folder is the one that stands there now: whoever held it may have moved it.
#[cfg(unix)]
fn is_still(opened: &File, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok((opened, there)) = opened
        .metadata()
        .and_then(|opened| Ok((opened, fs::symlink_metadata(folder)?)))
    else {
        return false;
    };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_still(_opened: &File, folder: &Path) -> bool {
    folder.exists()
}
