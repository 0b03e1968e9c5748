//! Writers of containers, for what `lab data simulate` writes; others read the files with scipy, h5py and bdpy.

pub mod bdata;
pub mod mat5;
pub mod mat73;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use lab_core::{Error, Result};

/// Writes a file whole or not at all.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension("partial");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write().map_err(Error::io("writing", path))
}
