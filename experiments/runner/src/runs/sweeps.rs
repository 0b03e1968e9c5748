//! What sweeps keep, and whether one of them still waits for its jobs.
//!
//! A job that was handed to a cluster may have finished a stage that only a later job will take.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Sum, disk};
use crate::Result;
use crate::store::{Tried, hold};

/// Folders that all sweeps share.
const SHARED: [&str; 2] = ["jobs", "bin"];

/// How many sweeps there are, and how much they keep.
pub(super) fn sum(runs: &Path) -> Result<Sum> {
    let sweeps = runs.join(".sweeps");
    let all = disk::folders(&sweeps)?;
    let own = all
        .iter()
        .filter(|(name, _)| !SHARED.contains(&name.as_str()));
    Ok(Sum {
        n: own.count(),
        bytes: disk::size(&sweeps),
    })
}

/// A job of a sweep that is at work, or was handed to a cluster and has not ended.
pub(super) fn at_work(runs: &Path) -> Option<PathBuf> {
    let jobs = runs.join(".sweeps").join("jobs");
    let files = fs::read_dir(&jobs).ok()?.flatten();
    let names: BTreeSet<String> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    let has_ended = |task: &str| {
        let end = format!("{task}.end-");
        let first = names.range(end.clone()..).next();
        first.is_some_and(|name| name.starts_with(&end))
    };
    let works = |name: &&String| {
        if name.strip_suffix(".lock").is_some() {
            return matches!(hold(&jobs.join(name)), Tried::Busy);
        }
        name.strip_suffix(".sent.json")
            .is_some_and(|task| !has_ended(task))
    };
    names.iter().find(works).map(|name| jobs.join(name))
}
