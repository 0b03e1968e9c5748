//! Checkpoints as files in a stage's unfinished folder.
//!
//! A file begins with the hash of what follows, so that a damaged one is never gone on from. The one before the newest is
//! kept too, and takes its place then.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use lab_core::context::Checkpoints;
use lab_core::{Error, Result};

use super::files::{remove, sync_folder, write_atomically};
use crate::journal::Journal;

/// Endings of the newest checkpoint, and of the one before it.
const ENDINGS: [&str; 2] = ["checkpoint", "checkpoint-before"];
/// Length of a BLAKE3 hash at the beginning of a checkpoint, in bytes.
pub(super) const HASH_BYTES: usize = 32;

/// The checkpoints of one stage, each a file in the stage's unfinished folder.
pub(super) struct FileCheckpoints {
    /// Path of the stage, as it is told.
    pub(super) stage: String,
    pub(super) folder: PathBuf,
    pub(super) events: Arc<Journal>,
}

impl FileCheckpoints {
    fn file(&self, name: &str, ending: &str) -> PathBuf {
        self.folder
            .join(format!("{}.{ending}", name.replace('/', "-")))
    }

    /// Removes every checkpoint of the folder: a finished stage holds none.
    pub(super) fn clear(&self) -> Result<()> {
        let folder = &self.folder;
        for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
            let path = entry.map_err(Error::io("reading", folder))?.path();
            let ending = path.extension().unwrap_or_default();
            if ENDINGS.iter().any(|known| ending == *known) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

impl Checkpoints for FileCheckpoints {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        for ending in ENDINGS {
            let path = self.file(name, ending);
            let bytes = match fs::read(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                read => read.map_err(Error::io("reading", &path))?,
            };
            match bytes.split_first_chunk::<HASH_BYTES>() {
                Some((hash, content)) if blake3::hash(content).as_bytes() == hash => {
                    self.events.resumed(&self.stage);
                    return Ok(Some(content.to_vec()));
                }
                _ => {
                    self.events.tell(&format!(
                        "the checkpoint '{}' is damaged and is not used: the work goes on from before it",
                        path.display()
                    ));
                    // Otherwise the next checkpoint would move it into the place of the good one that the work goes on from.
                    remove(&path)?;
                }
            }
        }
        Ok(None)
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let [newest, before] = ENDINGS.map(|ending| self.file(name, ending));
        match fs::rename(&newest, &before) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("writing", before)(error));
            }
            _ => {}
        }
        let hash = *blake3::hash(bytes).as_bytes();
        write_atomically(&newest, &[hash.as_slice(), bytes].concat())?;
        sync_folder(&self.folder)
    }
}
