//! Files that appear whole or not at all, and outlast a loss of power.

use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lab_core::{Error, Result};

/// Beginning of the names of files and folders that are not finished, or that nobody finished.
pub(crate) const UNFINISHED: &str = ".new-";

/// Writes a file under a temporary name, sees to it that it is on the disk, and renames it: it appears whole or not at
/// all.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = beside(path);
    let mut file = File::create(&temporary).map_err(Error::io("creating", &temporary))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("writing", &temporary))?;
    fs::rename(&temporary, path).map_err(Error::io("writing", path))
}

/// Copies a file with its rights; the copy must have this BLAKE3.
pub(crate) fn copy(from: &Path, to: &Path, hash: &str) -> Result<()> {
    fs::copy(from, to).map_err(Error::io("writing", to))?;
    let found = content_hash(to)?;
    if found == hash {
        return Ok(());
    }
    Err(Error::File {
        path: to.to_owned(),
        variable: String::new(),
        expected: format!("a copy of '{}' with BLAKE3 {hash}", from.display()),
        got: found,
        remedy: "see whether its disk is sound, and try again".into(),
    })
}

/// BLAKE3 of a file.
pub(crate) fn content_hash(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    File::open(path)
        .and_then(|file| hasher.update_reader(file).map(drop))
        .map_err(Error::io("reading", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The temporary name keeps the extension, which writers look at. It is this process's own: where locks do not reach other
/// machines, two of them may write the same file.
fn beside(path: &Path) -> PathBuf {
    static OWN: OnceLock<u64> = OnceLock::new();
    let own = OWN.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let mut name = OsString::from(format!("{UNFINISHED}{own:016x}-"));
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

/// Sees to it that the names in a folder are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // Some file systems have no such thing for folders.
        Err(error) if [ErrorKind::InvalidInput, ErrorKind::Unsupported].contains(&error.kind()) => {
            Ok(())
        }
        synced => synced.map_err(Error::io("writing", folder)),
    }
}

/// Sees to it that a folder and everything in it is on the disk.
pub(crate) fn sync_tree(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let entry = entry.map_err(Error::io("reading", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(Error::io("reading", &path))?;
        if kind.is_dir() {
            sync_tree(&path)?;
        } else if kind.is_file() {
            let file = File::open(&path).map_err(Error::io("reading", &path))?;
            file.sync_all().map_err(Error::io("writing", &path))?;
        }
    }
    sync_folder(folder)
}

/// Removes a folder or a file, whichever it is; nothing there is as good.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io("removing", path)(error))
        }
        _ => Ok(()),
    }
}
