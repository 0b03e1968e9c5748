//! What sweeps keep, and whether one of them still waits for its jobs.
//!
//! A job that was handed to a cluster may have finished a stage that only a later job will take.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Sum, disk};
use crate::Result;
use crate::engine::{Queue, Slurm};
use crate::store::{Tried, hold};
use crate::sweep::{STOPPED, SweepsFolder};

/// Names of the folders that all sweeps share; the others are one sweep each.
const SHARED: [&str; 2] = ["jobs", "bin"];

/// Number of sweeps, and the size of all that they keep.
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

/// A job of a sweep that is at work, or that a cluster may still begin.
pub(super) fn at_work(runs: &Path) -> Option<PathBuf> {
    let jobs = runs.join(".sweeps").join("jobs");
    let files = fs::read_dir(&jobs).ok()?.flatten();
    let mut names: Vec<String> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let folder = SweepsFolder::of(runs);
    let mut queue = Asked::default();
    let works = |name: &&String| {
        let path = jobs.join(name);
        if name.strip_suffix(".lock").is_some() {
            return matches!(hold(&path), Tried::Busy);
        }
        name.strip_suffix(".sent.json")
            .is_some_and(|task| may_begin(&folder, task) && queue.may_have(&folder, task, &path))
    };
    names.iter().find(works).map(|name| jobs.join(name))
}

/// Whether nothing that is kept of a task says that the cluster is done with it.
fn may_begin(folder: &SweepsFolder, task: &str) -> bool {
    let Some(sent) = folder.sent(task) else {
        return true;
    };
    let attempts = folder.attempts(task);
    let of_this = attempts
        .last()
        .filter(|last| last.start.id.as_ref() == Some(&sent.id));
    let end = of_this.and_then(|last| last.end.as_ref());
    // One that stopped at the end of its time goes back into the queue.
    end.is_none_or(|end| end.code == Some(STOPPED) && !end.cancelled)
}

/// The queue of the cluster, which is asked once, and only if somebody must know.
#[derive(Debug, Default)]
struct Asked(OnceCell<Option<Queue>>);

impl Asked {
    /// Whether the cluster has this task, or cannot be asked. It speaks of the jobs of this user alone.
    fn may_have(&mut self, folder: &SweepsFolder, task: &str, path: &Path) -> bool {
        let Some(sent) = folder.sent(task).filter(|_| is_own(path)) else {
            return true;
        };
        let queue = self.0.get_or_init(|| Slurm::ask_queue().ok());
        queue
            .as_ref()
            .is_none_or(|queue| queue.contains_key(&sent.id))
    }
}

/// Whether a file belongs to this user; false where the system does not tell whose it is.
fn is_own(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = |path: &Path| fs::metadata(path).ok().map(|found| found.uid());
        owner(path).is_some() && owner(path) == owner(Path::new("/proc/self"))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
