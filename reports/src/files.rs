//! Folders and files that appear whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Lets `write` fill a new folder beside `folder`, which then takes its place, with nothing left of what stood there.
pub(crate) fn replace_folder<T>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<T>,
) -> Result<T> {
    let (new, old) = (beside(folder, ".new-"), beside(folder, ".old-"));
    remove(&new)?;
    fs::create_dir_all(&new).map_err(Error::io("creating", &new))?;
    let made = write(&new)?;
    remove(&old)?;
    match fs::rename(folder, &old) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("writing", folder)(error));
        }
        _ => {}
    }
    fs::rename(&new, folder).map_err(Error::io("writing", folder))?;
    remove(&old)?;
    Ok(made)
}

/// Lets `write` make a new file beside `path`, which then takes its place.
pub(crate) fn replace_file(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let new = beside(path, ".new-");
    write(&new)?;
    fs::rename(&new, path).map_err(Error::io("writing", path))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}

/// A name that no report uses; the extension stays.
fn beside(path: &Path, mark: &str) -> PathBuf {
    let mut name = OsString::from(mark);
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}
