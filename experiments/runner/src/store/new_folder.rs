//! Folders that take their place whole, with everything in them, or not at all.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

use super::files::{UNFINISHED, remove, sync_folder, sync_tree};
use super::held::{BESIDE, Held, Tried, try_hold};

/// Beginning of the names of folders that were moved away, because a new folder takes their place.
const REPLACED: &str = ".old-";

/// A folder in the making, beside the place that it will take. It is removed unless it takes it.
#[derive(Debug)]
pub(crate) struct NewFolder {
    path: PathBuf,
    target: PathBuf,
    held: Option<Held>,
}

impl NewFolder {
    /// Makes an empty folder beside `target`, under a name that no other process has.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be made.
    pub(crate) fn beside(target: &Path) -> Result<Self> {
        let parent = parent(target);
        fs::create_dir_all(parent).map_err(Error::io("creating", parent))?;
        for count in 0_u64.. {
            let path = parent.join(name(UNFINISHED, target, count));
            match fs::create_dir(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made.map_err(Error::io("creating", &path))?,
            }
            let held = match try_hold(&path)? {
                Tried::Held(held) => held,
                Tried::NoLocks => Held::by_name(),
                // Another process took the empty folder for litter in between.
                Tried::Busy | Tried::Gone => continue,
            };
            return Ok(Self {
                path,
                target: target.to_owned(),
                held: Some(held),
            });
        }
        Err(Error::io("creating", target)(
            ErrorKind::AlreadyExists.into(),
        ))
    }

    /// The folder in which the files are put together.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path that the folder will have once it is finished.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Sees to it that everything in the folder is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        sync_tree(&self.path)
    }

    /// Leaves the folder where it is, and gives back its path and what holds it: nothing removes it from now on.
    pub(super) fn keep(mut self) -> (PathBuf, Held) {
        let held = self.held.take().unwrap_or_else(Held::by_name);
        (self.path.clone(), held)
    }

    /// Puts it in its place; what stood there is gone then.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written or moved. What stood there still stands there then; where the system
    /// cannot exchange two folders, it may stand beside it as `.old-…`, and the next start puts it back.
    pub(crate) fn place(mut self) -> Result<()> {
        sync_tree(&self.path)?;
        let replaced = swap(&self.path, &self.target)?;
        self.held = None;
        sync_folder(parent(&self.target))?;
        replaced.map_or(Ok(()), |replaced| remove(&replaced))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.held.is_some() {
            // Whoever starts next removes what cannot be removed now.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what processes that live no more left in a folder. What this user may not look at or remove is left to whoever
/// made it: it is in nobody's way.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, or something cannot be removed for another reason.
pub(crate) fn remove_litter(folder: &Path) -> Result<()> {
    remove_those(folder, |_| true)
}

/// The same, of folders in the making alone that would have had this name.
///
/// # Errors
/// As [`remove_litter`].
pub(crate) fn remove_litter_of(folder: &Path, target: &str) -> Result<()> {
    let begins = format!("{UNFINISHED}{target}-");
    remove_those(folder, |name| name.starts_with(&begins))
}

fn remove_those(folder: &Path, is_ours: impl Fn(&str) -> bool) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        // What stands in the way of a folder is told by whoever makes it.
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(());
        }
        entries => entries.map_err(Error::io("reading", folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("reading", folder))?;
        if !is_ours(&entry.file_name().to_string_lossy()) {
            continue;
        }
        match remove_one(&entry.path()) {
            Err(error) if is_denied(&error) => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Whether an error says that this user has not the right to do it.
pub(super) fn is_denied(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied)
}

/// Removes what stands at a path, or gives it back its place, if it is litter.
fn remove_one(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    if name.starts_with(REPLACED) {
        return give_back(path, &name);
    }
    if !name.starts_with(UNFINISHED) {
        return Ok(());
    }
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let is_lock_of = name.strip_suffix(BESIDE);
    if is_lock_of.is_some_and(|folder| path.with_file_name(folder).exists()) {
        return Ok(());
    }
    // A link or a file is made anew by whoever misses it.
    if !is_folder {
        return remove(path);
    }
    match try_hold(path)? {
        Tried::Held(_held) => remove(path),
        Tried::Busy | Tried::Gone | Tried::NoLocks => Ok(()),
    }
}

/// What was in the way stands in its place again if whoever moved it died before the new folder took the place.
fn give_back(path: &Path, name: &str) -> Result<()> {
    let Tried::Held(_held) = try_hold(path)? else {
        return Ok(());
    };
    let target = name.strip_prefix(REPLACED).unwrap_or_default();
    let target = target.rsplit_once('-').map_or(target, |(name, _)| name);
    let target = path.with_file_name(target);
    if target.exists() {
        return remove(path);
    }
    fs::rename(path, &target).map_err(Error::io("creating", target))
}

/// Puts a folder in the place of another, or of nothing; says where the other stands then.
fn swap(new: &Path, target: &Path) -> Result<Option<PathBuf>> {
    let mut moved = None;
    loop {
        match fs::rename(new, target) {
            Ok(()) => return Ok(moved),
            Err(error) if is_in_the_way(&error) => {}
            Err(error) => return Err(Error::io("writing", target)(error)),
        }
        match exchange(new, target) {
            Ok(()) => return Ok(Some(new.to_owned())),
            // Another process moved the target away in between.
            Err(error) if error.kind() == ErrorKind::NotFound && new.exists() => {}
            Err(error) if knows_no_exchange(&error) => moved = move_away(target)?,
            Err(error) => return Err(Error::io("writing", target)(error)),
        }
    }
}

fn is_in_the_way(error: &io::Error) -> bool {
    [
        ErrorKind::DirectoryNotEmpty,
        ErrorKind::AlreadyExists,
        ErrorKind::NotADirectory,
    ]
    .contains(&error.kind())
}

fn knows_no_exchange(error: &io::Error) -> bool {
    [
        ErrorKind::InvalidInput,
        ErrorKind::Unsupported,
        ErrorKind::NotADirectory,
    ]
    .contains(&error.kind())
}

#[cfg(target_os = "linux")]
fn exchange(new: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_new: &Path, _target: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Moves what stands there out of the way; a start after a crash gives it back.
fn move_away(target: &Path) -> Result<Option<PathBuf>> {
    let mut names = (0_u64..).map(|count| parent(target).join(name(REPLACED, target, count)));
    let old = names.find(|old| fs::symlink_metadata(old).is_err());
    let Some(old) = old else {
        return Ok(None);
    };
    match fs::rename(target, &old) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        moved => moved
            .map(|()| Some(old))
            .map_err(Error::io("writing", target)),
    }
}

fn name(mark: &str, target: &Path, count: u64) -> OsString {
    let mut name = OsString::from(mark);
    name.push(target.file_name().unwrap_or(OsStr::new("folder")));
    name.push(format!("-{count}"));
    name
}

fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
