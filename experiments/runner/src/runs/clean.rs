//! What no run needs: found first, and freed only when somebody says so.
//!
//! Freed are stages that no finished run's manifest names, and what processes that live no more left behind. While a run is at
//! work nobody can tell which finished stages it has taken, so that none is freed then.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::Error;
use serde::Serialize;

use super::stages::{Found, Stages, is_leftover, needed};
use super::{RunFound, Sum, disk, list, sweeps};
use crate::Result;
use crate::store::{self, Tried, hold};

/// Why a folder can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A finished stage that no finished run names.
    Stage,
    /// What a process that lives no more left behind: an unfinished stage or run, or a damaged one.
    Leftover,
    /// A finished run at toy size.
    Toy,
}

/// A folder that no run needs.
#[derive(Debug, Serialize)]
pub struct Spare {
    /// Why no run needs the folder.
    pub what: What,
    /// The folder that would be removed.
    pub path: PathBuf,
    /// Size of the folder's files in bytes.
    pub bytes: u64,
}

/// What would be freed, and what is left although nobody may need it.
#[derive(Debug, Default, Serialize)]
pub struct Plan {
    /// The folders that would be removed.
    pub spare: Vec<Spare>,
    /// What is left although nobody may need it, and why: a sentence each.
    pub left: Vec<String>,
}

/// What was removed, and what was left after all.
#[derive(Debug, Default, Serialize)]
pub struct Cleaned {
    /// Number of the removed folders, and their size.
    pub freed: Sum,
    /// What was left after all, and why: a sentence each.
    pub left: Vec<String>,
}

impl Plan {
    /// Number and size of the folders of one kind.
    pub fn sum(&self, what: What) -> Sum {
        let mut sum = Sum::default();
        let of_kind = self.spare.iter().filter(|spare| spare.what == what);
        of_kind.for_each(|spare| sum.add(spare.bytes));
        sum
    }

    fn leftover(&mut self, path: PathBuf, bytes: u64) -> bool {
        match hold(&path) {
            Tried::Held(_) => self.spare.push(Spare {
                what: What::Leftover,
                path,
                bytes,
            }),
            Tried::Busy => return true,
            Tried::NoLocks => self.left.push(format!(
                "'{}' is left: locks do not work there, so that nobody can tell whether somebody is at work in it",
                path.display()
            )),
            Tried::Gone => {}
        }
        false
    }
}

/// What no run needs; nothing is touched. With `toys`, runs at toy size and their stages are among it.
///
/// # Errors
/// Fails if the folder of runs cannot be read.
pub fn spare(runs: &Path, toys: bool) -> Result<Plan> {
    let listing = list(runs)?;
    let stages = Stages::read(runs)?;
    let mut plan = Plan::default();
    let mut at_work: Vec<PathBuf> = Vec::new();
    let leftovers = stages
        .unfinished
        .into_iter()
        .chain(leftovers_of_runs(runs)?);
    for Found { path, bytes, key } in leftovers {
        // What was moved out of the way may be the only whole one.
        if key.starts_with(".old-") && !stands_again(&path, &key) {
            plan.left.push(format!(
                "'{}' is left: the next run puts it back in its place",
                path.display()
            ));
        } else if plan.leftover(path.clone(), bytes) {
            at_work.push(path);
        }
    }
    at_work.extend(sweeps::at_work(runs));
    if let Some(why) = unsure(&listing.runs, &at_work) {
        plan.left.push(why);
    } else {
        let needed = needed(&listing.runs, toys);
        let unneeded = stages
            .finished
            .into_iter()
            .filter(|stage| !needed.contains(&stage.key) && is_stage(&stage.path));
        plan.spare.extend(unneeded.map(|stage| Spare {
            what: What::Stage,
            path: stage.path,
            bytes: stage.bytes,
        }));
    }
    if toys {
        let toys = listing.runs.into_iter().filter(|run| run.toy.is_some());
        plan.spare.extend(toys.map(|run| Spare {
            what: What::Toy,
            path: run.path,
            bytes: run.bytes,
        }));
    }
    plan.spare
        .sort_by(|a, b| (a.what, &a.path).cmp(&(b.what, &b.path)));
    Ok(plan)
}

/// Why nobody can tell which finished stages are needed, if nobody can.
fn unsure(runs: &[RunFound], at_work: &[PathBuf]) -> Option<String> {
    if let Some(path) = at_work.first() {
        return Some(format!(
            "finished stages are left: somebody is at work in '{}', and may have taken any of them",
            path.display()
        ));
    }
    let broken = runs.iter().find(|run| run.trouble.is_some())?;
    Some(format!(
        "finished stages are left: '{}' does not say which of them it needs ({}); remove it or run it again",
        broken.path.display(),
        broken.trouble.as_deref().unwrap_or_default()
    ))
}

/// Folders of unfinished runs, which stand beside the finished ones.
fn leftovers_of_runs(runs: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for (name, folder) in disk::folders(runs)? {
        if name.starts_with('.') {
            continue;
        }
        for (key, path) in disk::folders(&folder)? {
            if is_leftover(&key) {
                let bytes = disk::size(&path);
                found.push(Found { key, path, bytes });
            }
        }
    }
    Ok(found)
}

/// Whether what stood in this place stands in it again: `.old-NAME-0` stood in NAME.
fn stands_again(path: &Path, key: &str) -> bool {
    let name = key.trim_start_matches(".old-");
    let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
    path.with_file_name(name).is_dir()
}

/// Whether a folder is a finished stage of ours: each has a list of warnings, and no folder of another kind has it.
fn is_stage(path: &Path) -> bool {
    path.join("warnings.json").is_file()
}

/// Frees what [`spare`] found. Each folder is looked at again first.
///
/// # Errors
/// Fails if something cannot be removed; what was removed before is gone.
pub fn clean(plan: &Plan) -> Result<Cleaned> {
    let mut cleaned = Cleaned::default();
    for spare in &plan.spare {
        let path = &spare.path;
        // Held while it goes, so that no run begins in it meanwhile.
        match hold(path) {
            Tried::Gone => continue,
            Tried::Busy => {
                let left = format!(
                    "'{}' is left: somebody is at work in it now",
                    path.display()
                );
                cleaned.left.push(left);
                continue;
            }
            held @ (Tried::Held(_) | Tried::NoLocks) => {
                remove(path)?;
                drop(held);
            }
        }
        cleaned.freed.add(spare.bytes);
        if spare.what == What::Toy {
            forget_latest(path)?;
        }
    }
    Ok(cleaned)
}

/// Removes a folder, which nobody sees half removed: it first gets the name of what is not finished.
fn remove(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let away = if name.starts_with('.') {
        path.to_owned()
    } else {
        let away = path.with_file_name(format!(".new-{name}-spare"));
        // A call that was killed may have left one there.
        store::remove(&away)?;
        fs::rename(path, &away).map_err(Error::io("removing", path))?;
        away
    };
    Ok(fs::remove_dir_all(&away).map_err(Error::io("removing", &away))?)
}

/// Removes `latest-toy` if it points nowhere now, and the folder of the name if nothing else stands in it.
fn forget_latest(run: &Path) -> Result<()> {
    let Some(folder) = run.parent() else {
        return Ok(());
    };
    let latest = folder.join("latest-toy");
    let hash = run
        .file_name()
        .map(|hash| hash.to_string_lossy().into_owned());
    if super::folder::pointed(&latest) == hash && fs::symlink_metadata(&latest).is_ok() {
        fs::remove_file(&latest).map_err(Error::io("removing", &latest))?;
    }
    // It stays if it holds anything.
    let _ = fs::remove_dir(folder);
    Ok(())
}
