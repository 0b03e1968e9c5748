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

use super::guard::Guard;
use super::stored;
use crate::Result;

/// Name of the folder in the folder of runs.
const SWEEPS: &str = ".sweeps";

/// The folder of sweeps.
#[derive(Debug, Clone)]
pub struct SweepsFolder {
    root: PathBuf,
}

/// How a job is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFile {
    /// Arguments of `lab`, without threads.
    pub arguments: Vec<String>,
    /// The folder that the run will have.
    pub run: PathBuf,
    /// What data and libraries were when the sweep began.
    pub guards: Vec<Guard>,
}

/// Under which number a task was handed to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The cluster's number of it.
    pub id: String,
    /// The tasks that it waits for.
    pub after: Vec<String>,
}

/// That an attempt began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Name of the machine.
    pub host: String,
    /// Number of the process.
    pub process: u32,
    /// The cluster's number, if a cluster runs it.
    pub id: Option<String>,
    /// Seconds since 1970.
    pub at: u64,
}

/// That an attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it said last, or what ended it.
    pub why: String,
    /// Whether somebody took it off the cluster.
    pub cancelled: bool,
    /// Hash of the program.
    pub program: String,
    /// What data and libraries were.
    pub guards: Vec<Guard>,
    /// Seconds that the attempt took.
    pub seconds: f64,
}

/// An attempt, and how it ended, if it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: usize,
    /// How it began.
    pub start: Start,
    /// How it ended.
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

    /// The folder of one sweep.
    pub fn sweep(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// Where programs are kept.
    pub fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Keeps a copy of a program under its hash, so that jobs that start later find the one that knows them.
    ///
    /// # Errors
    /// Fails if it cannot be copied.
    pub fn keep_program(&self, program: &Path, hash: &str) -> Result<PathBuf> {
        let short: String = hash.chars().take(12).collect();
        let folder = self.programs().join(short);
        let kept = folder.join("lab");
        if !kept.exists() {
            fs::create_dir_all(&folder).map_err(CoreError::io("creating", &folder))?;
            let new = folder.join(format!(".new-{}", std::process::id()));
            fs::copy(program, &new).map_err(CoreError::io("writing", &new))?;
            fs::rename(&new, &kept).map_err(CoreError::io("writing", &kept))?;
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

    /// A file of a task: `experiment` is `ron`, `log`, `lock`, …
    pub fn file(&self, task: &str, extension: &str) -> PathBuf {
        self.root.join("jobs").join(format!("{task}.{extension}"))
    }

    /// Makes the folder of jobs.
    pub(crate) fn create(&self) -> Result<()> {
        let jobs = self.root.join("jobs");
        Ok(fs::create_dir_all(&jobs).map_err(CoreError::io("creating", jobs))?)
    }

    /// Makes the folder of a sweep.
    pub(crate) fn create_sweep(&self, id: &str) -> Result<()> {
        let folder = self.sweep(id);
        Ok(fs::create_dir_all(&folder).map_err(CoreError::io("creating", folder))?)
    }

    /// How a job is run.
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
