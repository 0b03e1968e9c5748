//! What plugins of all six kinds promise of the files they read.

use std::fs;
use std::path::{Path, PathBuf};

use super::broken;
use crate::{Error, Result};

/// Checks that a plugin names a file if, and only if, it reads it. It holds for all six kinds alike: `named` is what
/// `files()` of the plugin says, and `result` builds the plugin anew and gives the bytes of what it makes (of a loaded
/// recording, of fitted weights, of loss values).
///
/// The file at `path` is written with either of `contents`, which must both be readable and differ in what they mean, and
/// is removed at the end. The results follow the content: the same content gives the same bytes, other content gives other
/// bytes, and no file is an error. A plugin whose results do so must name the file; one that names it must read it.
///
/// # Errors
/// [`Error::Data`] that names the broken promise, and what `result` fails with on a file that is there.
pub fn check_files(
    path: &Path,
    contents: [&[u8]; 2],
    named: &[PathBuf],
    result: impl Fn() -> Result<Vec<u8>>,
) -> Result<()> {
    let with = |content: &[u8]| {
        fs::write(path, content).map_err(Error::io("writing", path))?;
        result()
    };
    let (first, second, again) = (with(contents[0])?, with(contents[1])?, with(contents[0])?);
    fs::remove_file(path).map_err(Error::io("removing", path))?;
    let is_needed = result().is_err();
    if first != again {
        return Err(broken(
            "two results of one file",
            "the same bytes",
            "others",
        ));
    }
    let (is_read, is_named) = (
        first != second || is_needed,
        named.iter().any(|file| file == path),
    );
    match (is_read, is_named) {
        (true, false) => Err(broken(
            "files()",
            format!("'{}', which decides the results", path.display()),
            format!("{named:?}"),
        )),
        (false, true) => Err(broken(
            "files()",
            "the files that are read",
            format!("'{}', which is not read", path.display()),
        )),
        _ => Ok(()),
    }
}
