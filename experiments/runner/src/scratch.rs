//! Folders for what a command needs while it is at work, and nobody needs afterwards.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::Error as CoreError;

use crate::Result;
use crate::store::{Held, Tried, hold, try_hold};

/// A folder among the system's temporary ones that lasts as long as this value, and that no other process has.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    _held: Option<Held>,
}

impl Scratch {
    /// Makes an empty folder whose name begins with these words, and removes those that killed commands left.
    ///
    /// # Errors
    /// Fails if it cannot be made.
    pub fn new(words: &str) -> Result<Self> {
        Self::within(&std::env::temp_dir(), words)
    }

    fn within(folder: &Path, words: &str) -> Result<Self> {
        remove_left(folder, words);
        let mut builder = fs::DirBuilder::new();
        // It may hold what not everybody on a shared machine should see.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for count in 0_u64.. {
            let path = folder.join(format!("{words}-{count}"));
            match builder.create(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made.map_err(CoreError::io("creating", &path))?,
            }
            let held = match try_hold(&path)? {
                Tried::Held(held) => Some(held),
                Tried::NoLocks => None,
                // Another process took the empty folder for a left one in between.
                Tried::Busy | Tried::Gone => continue,
            };
            return Ok(Self { path, _held: held });
        }
        Err(CoreError::io("creating", folder)(ErrorKind::AlreadyExists.into()).into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, whose folder it is in.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of commands that live no more; what cannot be removed, such as another user's, is in nobody's way.
fn remove_left(folder: &Path, words: &str) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(words)?.strip_prefix('-'));
        let is_ours = number.is_some_and(|number| number.parse::<u64>().is_ok());
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_ours
            && is_folder
            && let Tried::Held(_held) = hold(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Scratch;

    #[test]
    fn each_has_its_own_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let new = || Scratch::within(folder, "lab-verify").unwrap();
        // A command that was killed left one, and somebody else has a folder of a like name.
        for name in ["lab-verify-0/runs", "lab-verify-mine", "lab-verify"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        let one = new();
        fs::write(one.path().join("file"), "").unwrap();
        let two = new();
        assert_ne!(one.path(), two.path());
        assert!(one.path().join("file").exists() && fs::read_dir(two.path()).unwrap().count() == 0);
        drop((one, two));
        let mut left: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["lab-verify", "lab-verify-mine"]);
    }
}
