//! What a run left in its folder, read back.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use lab_score::record::{PICTURES_FILE, Pictures, RECORD_FILE, Record};

use crate::{Error, Result};

/// The record and the pictures in the folder of a run.
///
/// # Errors
/// - [`Error::NotARun`] if the folder or one of the two files is missing.
/// - [`Error::Stored`] if one of them is damaged or of another version.
/// - [`Error::Io`] if one cannot be read.
pub fn read(folder: &Path) -> Result<(Record, Pictures)> {
    let record = one(folder, RECORD_FILE, Record::from_json)?;
    let pictures = one(folder, PICTURES_FILE, Pictures::from_bytes)?;
    Ok((record, pictures))
}

fn one<T>(
    folder: &Path,
    name: &'static str,
    parse: impl FnOnce(&[u8]) -> lab_score::Result<T>,
) -> Result<T> {
    let path = folder.join(name);
    // A pipe or a device may never end.
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        let got = "expected a regular file, got a folder, a pipe or a device";
        return Err(Error::io("reading", path)(std::io::Error::new(
            ErrorKind::InvalidInput,
            got,
        )));
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Err(Error::NotARun {
                folder: folder.to_owned(),
                missing: name,
            });
        }
        Err(error) => return Err(Error::io("reading", path)(error)),
    };
    parse(&bytes).map_err(|source| Error::Stored { path, source })
}
