//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

/// Writes a file by temporary, fsync and rename.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = beside(path);
    let mut file = File::create(&temporary).map_err(Error::io("creating", &temporary))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("writing", &temporary))?;
    fs::rename(&temporary, path).map_err(Error::io("writing", path))
}

/// The temporary name keeps the extension, which writers look at.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".new-");
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}
