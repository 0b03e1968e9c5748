//! Contents of files as hashes, each read once as long as nobody writes to it.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lab_core::{Error, Result};

/// Most files of a folder that are listed one by one in a key; a folder with more of them is one part of the key.
const MOST: usize = 2000;
/// Levels of folders within folders that are looked into; files deeper than that are not read.
const DEEPEST: usize = 16;
/// What was written so shortly before it was read may be written again within one tick of the file system's clock.
const TICK: Duration = Duration::from_secs(2);

/// A file that something was made of, and the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) path: PathBuf,
    pub(crate) hash: String,
}

/// The contents of a file, or of each file of a folder in the order of their names; a large folder is one content.
pub(crate) fn contents(path: &Path) -> Result<Vec<Content>> {
    if !path.is_dir() {
        // A pipe or a device may never end, so that it is not read here; whoever reads it as data refuses it.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Ok(Vec::new());
        }
        let hash = hash(path)?;
        let path = path.to_owned();
        return Ok(vec![Content { path, hash }]);
    }
    let files = files_of(path)?;
    if files.len() > MOST {
        let hash = folder_hash(path, &files)?;
        let path = path.to_owned();
        return Ok(vec![Content { path, hash }]);
    }
    let each = files.into_iter().map(|path| {
        let hash = hash(&path)?;
        Ok(Content { path, hash })
    });
    each.collect()
}

/// The content of a file, or of all files of a folder with their names in it.
pub(crate) fn content(path: &Path) -> Result<String> {
    if !path.is_dir() {
        return hash(path);
    }
    folder_hash(path, &files_of(path)?)
}

impl Content {
    /// Fails if the file is not any more what it was when its hash was taken.
    ///
    /// # Errors
    /// [`Error::File`] that names it.
    pub(crate) fn check(&self) -> Result<()> {
        let got = match content(&self.path) {
            Ok(now) if now == self.hash => return Ok(()),
            Ok(now) => format!("a content of BLAKE3 {}", &now[..12]),
            Err(error) => error.to_string(),
        };
        Err(Error::File {
            path: self.path.clone(),
            variable: String::new(),
            expected: format!("a content of BLAKE3 {}, as the run read it at its start", &self.hash[..12]),
            got,
            remedy: "the file changed while the run was at work; run again: the stage at work was not kept".into(),
        })
    }
}

/// Every file of a folder and of those in it, in the order of their paths.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut Vec::new(), &mut files)?;
    files.sort();
    Ok(files)
}

/// Collects the files of a folder. `within` are the folders that are being walked: a link that leads back to one of them
/// leads to nothing new.
fn collect(folder: &Path, within: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) -> Result<()> {
    let real = fs::canonicalize(folder).map_err(Error::io("reading", folder))?;
    if within.contains(&real) {
        return Ok(());
    }
    within.push(real);
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let path = entry.map_err(Error::io("reading", folder))?.path();
        if path.is_dir() && within.len() <= DEEPEST {
            collect(&path, within, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    within.pop();
    Ok(())
}

fn folder_hash(folder: &Path, files: &[PathBuf]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher
            .update(name.as_bytes())
            .update(hash(file)?.as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// What the system says of a file, such as its size and its times; whoever writes to the file changes one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp(Vec<i64>);

fn hash(path: &Path) -> Result<String> {
    static KNOWN: Mutex<BTreeMap<PathBuf, (Stamp, String)>> = Mutex::new(BTreeMap::new());
    let failed = || Error::io("reading", path);
    let file = File::open(path).map_err(failed())?;
    let found = file.metadata().map_err(failed())?;
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((stamp, hash)) = known().get(path)
        && *stamp == stamp_of(&found)
    {
        return Ok(hash.clone());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&file).map_err(failed())?;
    let hash = hasher.finalize().to_hex().to_string();
    let is_old = last_change(&found).is_some_and(|written| written + TICK < now());
    // Written while it was read, or just before: it is read again the next time.
    if is_old
        && file
            .metadata()
            .is_ok_and(|now| stamp_of(&now) == stamp_of(&found))
    {
        known().insert(path.to_owned(), (stamp_of(&found), hash.clone()));
    }
    Ok(hash)
}

#[cfg(unix)]
fn stamp_of(found: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    Stamp(vec![
        found.dev() as i64,
        found.ino() as i64,
        found.size() as i64,
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    ])
}

/// When the file was last written to, or given another time.
#[cfg(unix)]
fn last_change(found: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(found.ctime()).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds + 1))
}

#[cfg(not(unix))]
fn last_change(found: &Metadata) -> Option<SystemTime> {
    found.modified().ok()
}

#[cfg(not(unix))]
fn stamp_of(found: &Metadata) -> Stamp {
    let written = found.modified().ok();
    let since = written.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let nanoseconds = since.map_or(0, |since| since.as_nanos() as i64);
    Stamp(vec![found.len() as i64, nanoseconds])
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file that was just written may be written again within the same tick; nothing that is stored holds the time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_are_not_followed() {
        use std::fs;
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("x"), "").unwrap();
        // Followed to any depth, these lead to more folders than anybody could walk.
        for name in ["a", "b", "c"] {
            symlink(folder, folder.join(name)).unwrap();
        }
        assert_eq!(super::files_of(folder).unwrap(), [folder.join("x")]);
    }
}
