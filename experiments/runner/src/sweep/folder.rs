//! What a sweep keeps on disk: `runs/.sweeps/`.
//!
//! | file | holds |
//! |---|---|
//! | `jobs/<job>.ron` | the resolved experiment of a job: what runs |
//! | `jobs/<job>.json` | how it is run, and what its data and libraries were when the sweep began |
//! | `jobs/<task>.sent.json` | under which number it was handed to a cluster, and what it waits for |
//! | `jobs/<task>.start-<n>.json` | that attempt *n* began: where and when |
//! | `jobs/<task>.end-<n>.json` | that it ended, and how |
//! | `jobs/<task>.log` | what all attempts said |
//! | `jobs/<task>.lock` | is locked while one is at work |
//! | `<sweep>/sweep.json` | the combinations of a sweep and their jobs |
//! | `bin/<hash>/lab` | the program, as it was when jobs were handed to a cluster |
//!
//! A task is a job, or a stage that is made before: `<job>-decode-0`, or `<hash>-generator` for a training that jobs share.
//! Jobs are named by the hash of their experiment and belong to no sweep, so that a sweep finds what another one has done.
//! Each file is written once and whole by one process, so that
//! they serve on file systems that several machines share.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::Error as CoreError;
use serde::{Deserialize, Serialize};

use super::finished::hash_of;
use super::guard::Guard;
use super::stored;
use crate::Result;
use crate::store::{NewFolder, copy, remove_litter_of};

/// Name of the folder in the folder of runs.
const SWEEPS: &str = ".sweeps";

/// The folder `.sweeps` in a folder of runs.
#[derive(Debug, Clone)]
pub struct SweepsFolder {
    root: PathBuf,
}

/// How a job is run, as `jobs/<job>.json` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFile {
    /// Arguments of `lab` for this job, without the number of threads, which the machine decides.
    pub arguments: Vec<String>,
    /// The folder that the run will have.
    pub run: PathBuf,
    /// Sizes and times of the data and the libraries when the sweep began.
    pub guards: Vec<Guard>,
}

/// Under which number a task was handed to a cluster, as `jobs/<task>.sent.json` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The number that the cluster gave to the task, such as `12_3`.
    pub id: String,
    /// Names of the tasks that it waits for.
    pub after: Vec<String>,
}

/// Where and when an attempt at a task began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Name of the machine that the attempt runs on.
    pub host: String,
    /// Number of the process that watches the attempt.
    pub process: u32,
    /// The cluster's number of the task, if a cluster runs it.
    pub id: Option<String>,
    /// When the attempt began, in seconds since 1970.
    pub at: u64,
}

/// How an attempt at a task ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Exit code of the process; none if a signal ended it.
    pub code: Option<i32>,
    /// The last complaint of the process, or the signal that ended it; empty if it ended well.
    pub why: String,
    /// Whether somebody took the task off the cluster.
    pub cancelled: bool,
    /// BLAKE3 of the program's file.
    pub program: String,
    /// Sizes and times of the data and the libraries when the sweep of this attempt began.
    pub guards: Vec<Guard>,
    /// Duration of the attempt in seconds; 0 where it was noted before the process had ended.
    pub seconds: f64,
}

/// An attempt, and how it ended, if it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Number of the attempt, counted from 1.
    pub number: usize,
    /// Where and when the attempt began.
    pub start: Start,
    /// How the attempt ended; none if nobody wrote that down.
    pub end: Option<End>,
}

impl SweepsFolder {
    /// The sweeps in this folder of runs.
    pub fn of(runs: &Path) -> Self {
        Self {
            root: runs.join(SWEEPS),
        }
    }

    /// The folder of runs that it stands in.
    pub(crate) fn runs(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }

    /// The folder that holds the summary of one sweep.
    pub fn sweep(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// The folder in which copies of programs are kept for jobs of a cluster.
    pub fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Keeps a copy of a program under its hash, so that jobs that start later find the one that knows them. A copy that
    /// stands there is kept if it has the hash.
    ///
    /// # Errors
    /// Fails if the program cannot be copied, or the copy does not have the hash.
    pub fn keep_program(&self, program: &Path, hash: &str) -> Result<PathBuf> {
        let short: String = hash.chars().take(12).collect();
        let folder = self.programs().join(&short);
        let kept = folder.join("lab");
        if hash_of(&kept).as_deref() != Some(hash) {
            remove_litter_of(&self.programs(), &short)?;
            let new = NewFolder::beside(&folder)?;
            copy(program, &new.path().join("lab"), hash)?;
            new.place()?;
        }
        Ok(kept)
    }

    /// The identities of all sweeps that are kept here, in their order by name.
    pub fn sweeps(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let is_sweep = |path: &Path| path.join("sweep.json").is_file();
        let mut all: Vec<String> = entries
            .filter(|entry| is_sweep(&entry.path()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        all.sort();
        all
    }

    /// The path of a task's file: `extension` is `ron`, `json`, `log`, `lock` and so on, as the table above says.
    pub fn file(&self, task: &str, extension: &str) -> PathBuf {
        self.root.join("jobs").join(format!("{task}.{extension}"))
    }

    /// Makes the folder of jobs, if it is not there.
    pub(crate) fn create(&self) -> Result<()> {
        let jobs = self.root.join("jobs");
        Ok(fs::create_dir_all(&jobs).map_err(CoreError::io("creating", jobs))?)
    }

    /// Makes the folder of a sweep, if it is not there.
    pub(crate) fn create_sweep(&self, id: &str) -> Result<()> {
        let folder = self.sweep(id);
        Ok(fs::create_dir_all(&folder).map_err(CoreError::io("creating", folder))?)
    }

    /// Reads how a job is run.
    pub(crate) fn job(&self, job: &str) -> Result<JobFile> {
        stored::read(&self.file(job, "json"))
    }

    /// Under which number a task was handed to a cluster, if it was.
    pub fn sent(&self, task: &str) -> Option<Sent> {
        stored::read(&self.file(task, "sent.json")).ok()
    }

    /// Every attempt at a task, in their order.
    pub fn attempts(&self, task: &str) -> Vec<Attempt> {
        let attempt = |number: usize| {
            let start = stored::read(&self.file(task, &format!("start-{number}.json"))).ok()?;
            let end = stored::read(&self.file(task, &format!("end-{number}.json"))).ok();
            Some(Attempt { number, start, end })
        };
        (1..).map_while(attempt).collect()
    }

    pub(crate) fn write_start(&self, task: &str, number: usize, start: &Start) -> Result<()> {
        stored::write(&self.file(task, &format!("start-{number}.json")), start)
    }

    pub(crate) fn write_end(&self, task: &str, number: usize, end: &End) -> Result<()> {
        stored::write(&self.file(task, &format!("end-{number}.json")), end)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::SweepsFolder;

    #[test]
    fn a_program_is_kept_whole_or_not_at_all() {
        let runs = tempfile::tempdir().unwrap();
        let folder = SweepsFolder::of(runs.path());
        let program = runs.path().join("program");
        fs::write(&program, "whole").unwrap();
        let hash = blake3::hash(b"whole").to_hex().to_string();
        let kept = folder.keep_program(&program, &hash).unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"whole");
        // A loss of power left half of it, or somebody changed it.
        fs::write(&kept, "wh").unwrap();
        folder.keep_program(&program, &hash).unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"whole");
        // What a killed process left goes, and what was built meanwhile is not what was asked for.
        let left = folder.programs().join(format!(".new-{}-0", &hash[..12]));
        fs::create_dir(&left).unwrap();
        fs::write(&program, "another").unwrap();
        fs::remove_file(&kept).unwrap();
        let error = folder.keep_program(&program, &hash).unwrap_err();
        assert!(error.to_string().contains(&hash), "{error}");
        let n_in = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert_eq!(
            (n_in(kept.parent().unwrap()), n_in(&folder.programs())),
            (0, 1)
        );
    }
}
