//! Whether a finished stage is what was written: `files.json` lists every file of it with its hash.
//!
//! The list is canonical JSON, so that a flipped bit of its own shows too. What was measured while the stage was made
//! ([`MEASURED`]) decides nothing and is not in it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

use super::files::{content_hash as hash, write_atomically};
use super::recorded::MEASURED;

/// Name of the file that lists a stage's files with their hashes.
pub(crate) const LIST: &str = "files.json";

/// Why a stage cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The file that is damaged, or the list of files itself.
    pub(crate) path: PathBuf,
    /// What is wrong with the file, as the end of a sentence that begins with its path.
    pub(crate) why: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' {}", self.path.display(), self.why)
    }
}

/// Writes the list of a folder that is otherwise finished.
pub(super) fn list(folder: &Path) -> Result<()> {
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let path = entry.map_err(Error::io("reading", folder))?.path();
        let name = name_of(&path);
        if name != MEASURED {
            hashes.insert(name, hash(&path)?);
        }
    }
    write_atomically(&folder.join(LIST), canonical(&hashes)?.as_bytes())
}

/// Looks at every file of a finished stage; the first that is not what was written is told, or `None` if all are.
///
/// # Errors
/// [`Error::Io`] if a file cannot be looked at for a reason that says nothing of what it holds, such as missing rights or
/// too many open files: a stage that may be whole is nobody's to remove.
pub(crate) fn check(folder: &Path) -> Result<Option<Damage>> {
    let list = folder.join(LIST);
    let text = match fs::read(&list) {
        Ok(text) => text,
        Err(error) => return unread(&list, Error::io("reading", &list)(error)),
    };
    let hashes: BTreeMap<String, String> = match serde_json::from_slice(&text) {
        Ok(hashes) => hashes,
        Err(error) => {
            return Ok(Some(damage(
                &list,
                format!("is not what was written: {error}"),
            )));
        }
    };
    if canonical(&hashes)?.as_bytes() != text {
        return Ok(Some(damage(&list, "is not what was written".into())));
    }
    for (name, expected) in &hashes {
        let path = folder.join(name);
        match hash(&path) {
            Ok(found) if found == *expected => {}
            Ok(_) => return Ok(Some(damage(&path, "is not what was written".into()))),
            Err(error) => return unread(&path, error),
        }
    }
    Ok(None)
}

fn damage(path: &Path, why: String) -> Damage {
    let path = path.to_owned();
    Damage { path, why }
}

/// A file that is not there, or is no file at all, is damage; anything else that keeps it from being read is not.
fn unread(path: &Path, error: Error) -> Result<Option<Damage>> {
    const NOT_A_FILE: [ErrorKind; 3] = [
        ErrorKind::NotFound,
        ErrorKind::NotADirectory,
        ErrorKind::IsADirectory,
    ];
    match error {
        Error::Io { source, .. } if NOT_A_FILE.contains(&source.kind()) => {
            Ok(Some(damage(path, format!("cannot be read: {source}"))))
        }
        error => Err(error),
    }
}

fn canonical(hashes: &BTreeMap<String, String>) -> Result<String> {
    let text =
        serde_json::to_string_pretty(hashes).map_err(|source| Error::plugin("lab", source))?;
    Ok(text + "\n")
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
