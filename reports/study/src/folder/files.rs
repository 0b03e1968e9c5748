//! Folders that appear whole: written beside their place, synced, and renamed.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A folder that is not in its place yet; dropped, it is removed.
pub(crate) struct NewFolder {
    made: PathBuf,
    place: PathBuf,
    is_placed: bool,
}

impl NewFolder {
    /// Makes a folder beside `place`.
    pub(crate) fn beside(place: &Path) -> Result<Self> {
        if place.exists() {
            return Err(Error::Exists {
                folder: place.into(),
            });
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let made = place.with_file_name(format!(".{name}.new-{}", std::process::id()));
        if made.exists() {
            fs::remove_dir_all(&made).map_err(Error::io("removing", &made))?;
        }
        fs::create_dir_all(&made).map_err(Error::io("making", &made))?;
        Ok(Self {
            made,
            place: place.into(),
            is_placed: false,
        })
    }

    /// Makes a folder inside.
    pub(crate) fn folder(&self, name: &str) -> Result<()> {
        let path = self.made.join(name);
        fs::create_dir_all(&path).map_err(Error::io("making", path))
    }

    /// Writes a file; the disk has it once the folder is in its place.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.made.join(name);
        let write = if cfg!(target_os = "linux") {
            write
        } else {
            write_synced
        };
        write(&path, bytes)
    }

    /// Puts the folder in its place.
    pub(crate) fn place(mut self) -> Result<()> {
        sync_all(&self.made)?;
        if self.place.exists() {
            return Err(Error::Exists {
                folder: self.place.clone(),
            });
        }
        fs::rename(&self.made, &self.place).map_err(Error::io("renaming", &self.made))?;
        self.is_placed = true;
        match self.place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
            _ => sync_folder(Path::new(".")),
        }
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_placed {
            // What cannot be removed stays under a hidden name, and the next attempt removes it.
            let _ = fs::remove_dir_all(&self.made);
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(Error::io("writing", path))
}

/// Waits until the disk has all files of a folder: on Linux in one call, as there are many thousand pictures.
fn sync_all(folder: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let synced = File::open(folder).and_then(|file| Ok(rustix::fs::syncfs(file)?));
        synced.map_err(Error::io("syncing", folder))?;
    }
    sync_folder(folder)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(Error::io("writing", path))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("writing", path))
}

/// Writes a file beside its place, syncs it, and renames it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let made = path.with_file_name(format!(".{name}.new-{}", std::process::id()));
    write_synced(&made, bytes)?;
    fs::rename(&made, path).map_err(Error::io("renaming", &made))
}

fn sync_folder(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(Error::io("syncing", path))
}
