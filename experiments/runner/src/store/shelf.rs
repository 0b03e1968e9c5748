//! The stages that are there. Nothing of them is changed; where folders cannot be locked themselves, looking makes a
//! file beside one and removes it again.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use super::checkpoints::HASH_BYTES;
use super::held::{Tried, try_hold};
use super::recorded::MEASURED;
use super::{Ancestry, Folder, Key, Measured, whole};

/// A finished stage that stands in the folder of stages.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) folder: PathBuf,
    pub(crate) ancestry: Ancestry,
    pub(crate) measured: Option<Measured>,
    /// When it was finished, in seconds since 1970, where the system tells it.
    pub(crate) made: Option<u64>,
}

/// A stage that a process began to make and that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// Steps that the newest checkpoint keeps, if it says so.
    pub(crate) steps: Option<u64>,
    /// When the newest checkpoint was written, in seconds since 1970.
    pub(crate) kept: Option<u64>,
    /// Whether another process makes it right now.
    pub(crate) at_work: bool,
}

/// The stages of a folder of runs.
pub(crate) struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// The stages of a folder of runs, which need not exist.
    pub(crate) fn of(runs: &Path) -> Self {
        Self {
            root: runs.join(".stages"),
        }
    }

    /// The folder in which the stage of this key stands, or will stand.
    pub(crate) fn folder(&self, key: &Key) -> PathBuf {
        self.all_of(key.stage()).join(key.short())
    }

    /// The finished stage of this key.
    ///
    /// # Errors
    /// Says why what stands there cannot be used, if that is so.
    pub(crate) fn finished(&self, key: &Key) -> Result<Option<Finished>, String> {
        let folder = self.folder(key);
        if fs::symlink_metadata(&folder).is_err() {
            return Ok(None);
        }
        let damage = whole::check(&folder).map_err(|error| error.to_string())?;
        if let Some(damage) = damage {
            return Err(damage.to_string());
        }
        Ok(Finished::read(&folder))
    }

    /// A file of numbers of the finished stage of this key; none if there is none, or if it cannot be used.
    pub(crate) fn read<T: DeserializeOwned>(&self, key: &Key, file: &str) -> Option<T> {
        let finished = self.finished(key).ok()??;
        Folder(finished.folder).read_json(file).ok()
    }

    /// Every finished stage of this name, the newest first.
    pub(crate) fn finished_all(&self, stage: &str) -> Vec<Finished> {
        let entries = fs::read_dir(self.all_of(stage)).into_iter().flatten();
        let folders = entries.flatten().map(|entry| entry.path());
        let whole = folders.filter(|folder| folder.extension().is_none());
        let mut all: Vec<Finished> = whole.filter_map(|folder| Finished::read(&folder)).collect();
        all.sort_by(|a, b| b.made.cmp(&a.made).then(a.folder.cmp(&b.folder)));
        all
    }

    /// What is there of a stage of this key that is not finished.
    pub(crate) fn begun(&self, key: &Key) -> Option<Begun> {
        let partial = self.folder(key).with_extension("partial");
        let entries = fs::read_dir(&partial).ok()?.flatten();
        let checkpoints = entries.filter_map(|entry| {
            let path = entry.path();
            let is_one = path
                .extension()
                .is_some_and(|ending| ending == "checkpoint");
            is_one.then(|| {
                (
                    entry.metadata().and_then(|found| found.modified()).ok(),
                    path,
                )
            })
        });
        let newest = checkpoints.max();
        Some(Begun {
            steps: newest.as_ref().and_then(|(_, path)| steps(path)),
            kept: newest.and_then(|(kept, _)| kept).and_then(seconds),
            at_work: matches!(try_hold(&partial), Ok(Tried::Busy)),
        })
    }

    fn all_of(&self, stage: &str) -> PathBuf {
        self.root.join(stage.replace('/', "-"))
    }
}

impl Finished {
    fn read(folder: &Path) -> Option<Self> {
        let own = Folder(folder.to_owned());
        // What has no list of its parts was made by a version before.
        let ancestry = own.read_json(Ancestry::FILE).ok()?;
        let found = fs::metadata(folder.join(Ancestry::FILE)).ok();
        Some(Self {
            ancestry,
            measured: own.read_json(MEASURED).ok(),
            made: found
                .and_then(|found| found.modified().ok())
                .and_then(seconds),
            folder: folder.to_owned(),
        })
    }
}

fn seconds(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// Steps of a training, as the header of its checkpoint says them: the number of losses that it keeps.
fn steps(checkpoint: &Path) -> Option<u64> {
    const LONGEST: u64 = 1 << 24;
    let mut file = File::open(checkpoint).ok()?;
    let mut hash = [0; HASH_BYTES];
    file.read_exact(&mut hash).ok()?;
    let mut size = [0; 8];
    file.read_exact(&mut size).ok()?;
    let size = Some(u64::from_le_bytes(size)).filter(|size| *size < LONGEST)?;
    let mut header = Vec::new();
    file.take(size).read_to_end(&mut header).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    header["losses"]["shape"][0].as_u64()
}
