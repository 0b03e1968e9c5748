//! What stands in a folder of runs, and what of it nobody needs.
//!
//! ```text
//! runs/
//!   NAME/HASH/        a run; finished once its manifest is there
//!   NAME/latest       a link to the newest run, latest-toy to the newest at toy size
//!   NAME/.new-…       a run in the making
//!   .stages/STAGE/KEY            a finished stage, which runs share
//!   .stages/STAGE/KEY.partial    one in the making, with its checkpoints
//!   .sweeps/                     what sweeps keep
//! ```
//! Links are never followed, and what is none of these is never touched. Listing reads manifests, summaries and the names and
//! sizes of files; nothing is written.

mod clean;
mod disk;
mod folder;
mod stages;
mod sweeps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_core::Error;
use serde::Serialize;

pub use clean::{Cleaned, Plan as CleanPlan, Spare, What, clean, spare};

use crate::{Result, differing_settings};
use stages::Stages;

/// Everything that was found in a folder of runs.
#[derive(Debug, Default, Serialize)]
pub struct Listing {
    /// The runs: by name, the oldest of a name first.
    pub runs: Vec<RunFound>,
    /// Folders of runs and stages that are not finished, at work or left behind.
    pub unfinished: Sum,
    /// Finished stages in the folder of stages.
    pub stages: Sum,
    /// The finished stages that no finished run names.
    pub unneeded: Sum,
    /// Sweeps, and everything that they keep beside runs and stages.
    pub sweeps: Sum,
}

/// A number of things, and their size together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Number of the things.
    pub n: usize,
    /// Size of their files in bytes.
    pub bytes: u64,
}

/// A run that stands in the folder of runs, finished or not.
#[derive(Debug, Serialize)]
pub struct RunFound {
    /// Name of the experiment that was run.
    pub name: String,
    /// Name of the run's folder: the first letters of its hash.
    pub hash: String,
    /// Path of the run's folder.
    pub path: PathBuf,
    /// When its manifest was last written, or `run.ron` if it has none: seconds since 1970, UTC.
    pub seconds: Option<u64>,
    /// The same moment as text, such as `2026-11-28 01:20`, UTC.
    pub date: String,
    /// Whether the run is finished, and its manifest, its summary and its experiment can be read and are what it wrote.
    pub complete: bool,
    /// Why it is no result, if it is at toy size.
    pub toy: Option<String>,
    /// How its data was simulated, if it was.
    pub simulated: Option<String>,
    /// Whether `latest` or `latest-toy` points to it.
    pub latest: bool,
    /// Size of the run's files in bytes.
    pub bytes: u64,
    /// Headline figures of the run, by their names.
    pub headline: BTreeMap<String, f64>,
    /// Names of the figures that say most: those of observers that no loss has used.
    pub shown: Vec<String>,
    /// Settings that are other than in the run of this name before it, as `field=value`; none for the first.
    pub differs: Vec<String>,
    /// What cannot be read in it or is not what it wrote, if something is so.
    pub trouble: Option<String>,
    /// Names of the folders of the stages that its manifest names.
    #[serde(skip)]
    pub(crate) keys: Vec<String>,
    /// The text of the resolved experiment; empty if it cannot be read.
    #[serde(skip)]
    resolved: String,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.n += 1;
        self.bytes += bytes;
    }
}

/// Lists a folder of runs; an empty list if there is no such folder.
///
/// # Errors
/// Fails if the folder cannot be read. What cannot be read in a run is told with the run.
pub fn list(runs: &Path) -> Result<Listing> {
    let mut found = Listing::default();
    if !runs.exists() {
        return Ok(found);
    }
    if !runs.is_dir() {
        return Err(Error::Data {
            what: format!("'{}'", runs.display()),
            expected: "a folder of runs".into(),
            got: "a file".into(),
            remedy: "name the folder that lab run --runs was given".into(),
        }
        .into());
    }
    for (name, folder) in disk::folders(runs)? {
        if !name.starts_with('.') {
            of_name(&name, &folder, &mut found)?;
        }
    }
    for run in 1..found.runs.len() {
        let (before, from) = found.runs.split_at_mut(run);
        if let Some((before, this)) = before.last().zip(from.first_mut())
            && before.name == this.name
        {
            this.differs = differing(&before.resolved, &this.resolved);
        }
    }
    let stages = Stages::read(runs)?;
    let needed = stages::needed(&found.runs, false);
    for stage in &stages.finished {
        found.stages.add(stage.bytes);
        if !needed.contains(&stage.key) {
            found.unneeded.add(stage.bytes);
        }
    }
    for left in &stages.unfinished {
        found.unfinished.add(left.bytes);
    }
    found.sweeps = sweeps::sum(runs)?;
    Ok(found)
}

/// What is otherwise in `this` than in `before`, as `setting=value`; what is gone is said so. Words change no result.
fn differing(before: &str, this: &str) -> Vec<String> {
    const WORDS: [&str; 2] = ["name", "description"];
    let rows = differing_settings(&[before, this]).into_iter();
    rows.filter(|row| !WORDS.contains(&row.setting.as_str()))
        .map(|row| match row.values.into_iter().nth(1).flatten() {
            Some(value) => format!("{}={value}", row.setting),
            None => format!("no {}", row.setting),
        })
        .collect()
}

/// Adds the runs of one experiment's name, the oldest first.
fn of_name(name: &str, folder: &Path, found: &mut Listing) -> Result<()> {
    let latest = ["latest", "latest-toy"].map(|link| folder::pointed(&folder.join(link)));
    let mut runs = Vec::new();
    for (hash, path) in disk::folders(folder)? {
        if hash.starts_with('.') {
            if stages::is_leftover(&hash) {
                found.unfinished.add(disk::size(&path));
            }
            continue;
        }
        if let Some(mut run) = folder::run(name, &hash, &path) {
            run.latest = latest.iter().flatten().any(|latest| *latest == hash);
            runs.push(run);
        }
    }
    runs.sort_by(|a, b| (a.seconds, &a.hash).cmp(&(b.seconds, &b.hash)));
    found.runs.extend(runs);
    Ok(())
}
