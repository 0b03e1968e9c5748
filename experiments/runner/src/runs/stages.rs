//! What the store of stages holds, and what was left behind in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::folder::KEY;
use super::{RunFound, disk};
use crate::Result;

/// A folder in the folder of stages, or of an unfinished run.
#[derive(Debug)]
pub(super) struct Found {
    /// Name of a finished stage's folder, which is the beginning of its key.
    pub(super) key: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// The folder of stages, as it is found.
#[derive(Debug, Default)]
pub(super) struct Stages {
    /// Folders that have the name of a finished stage.
    pub(super) finished: Vec<Found>,
    /// Stages in the making, those that were left, and damaged ones.
    pub(super) unfinished: Vec<Found>,
}

impl Stages {
    pub(super) fn read(runs: &Path) -> Result<Self> {
        let mut all = Vec::new();
        let store = runs.join(".stages");
        // A store elsewhere is left to whoever put the link there.
        if fs::symlink_metadata(&store).is_ok_and(|found| found.is_symlink()) {
            return Ok(Self::default());
        }
        for (_, stage) in disk::folders(&store)? {
            all.extend(disk::folders(&stage)?);
        }
        let sized = all.into_par_iter().map(|(key, path)| {
            let bytes = disk::size(&path);
            Found { key, path, bytes }
        });
        let mut found = Self::default();
        for folder in sized.collect::<Vec<_>>() {
            if is_key(&folder.key) {
                found.finished.push(folder);
            } else if is_leftover(&folder.key) {
                found.unfinished.push(folder);
            }
        }
        Ok(found)
    }
}

/// Whether a folder has the name of a finished stage.
fn is_key(name: &str) -> bool {
    let is_hex = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
    name.len() == KEY && name.bytes().all(is_hex)
}

/// Whether a folder has a name that only this program gives, to what is not finished yet or stands no more.
pub(super) fn is_leftover(name: &str) -> bool {
    if name.starts_with(".new-") || name.starts_with(".old-") {
        return true;
    }
    let parts = name.split_once('.');
    parts.is_some_and(|(key, ending)| {
        is_key(key) && (ending.starts_with("partial") || ending.starts_with("damaged"))
    })
}

/// The folders of stages that finished runs name; toy runs may be left out.
pub(super) fn needed(runs: &[RunFound], without_toys: bool) -> BTreeSet<String> {
    let counted = runs
        .iter()
        .filter(|run| !(without_toys && run.toy.is_some()));
    counted.flat_map(|run| run.keys.iter().cloned()).collect()
}
