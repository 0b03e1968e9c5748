//! Tasks as jobs of Slurm, by its own commands; no accounting database is asked.
//!
//! Tasks go in arrays, each element one line of a list. Slurm tells an element two minutes before its time is over; it
//! then stops at a checkpoint and puts itself back into the queue.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_core::Error as CoreError;

use super::slurm_job::{ask, value};
use super::{Engine, InQueue, Queue};
use crate::sweep::{SweepsFolder, Task};
use crate::{Error, Result};

/// Most elements of an array, where Slurm does not say its limit: about its own default of 1001.
const MAX_ARRAY: usize = 1000;
/// Most jobs that are named in one command, so that its line does not get too long.
const N_NAMED: usize = 500;

/// What a job asks of its machine; what is not said is left to the cluster's own defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resources {
    /// Number of processor cores.
    pub cpus: Option<usize>,
    /// Memory of a job in MiB.
    pub memory_mib: Option<u64>,
    /// Minutes after which the job is stopped and put back into the queue.
    pub minutes: Option<u64>,
}

/// What Slurm needs to know to make jobs of tasks.
#[derive(Debug, Clone)]
pub struct SlurmSettings {
    /// The folder of runs, as it was named to `lab sweep`.
    pub runs: PathBuf,
    /// Identity of the sweep: twelve hexadecimal digits.
    pub sweep: String,
    /// The program, which nobody changes while jobs wait.
    pub program: PathBuf,
    /// Arguments of `sbatch` from whoever started the sweep; they come last and win.
    pub arguments: Vec<String>,
}

/// A cluster that Slurm manages, and what it allows.
#[derive(Debug)]
pub struct Slurm {
    settings: SlurmSettings,
    max_array: usize,
}

impl Slurm {
    /// Asks the cluster what it takes.
    ///
    /// # Errors
    /// [`Error::Cluster`] if it does not answer.
    pub fn open(settings: SlurmSettings) -> Result<Self> {
        let config = ask("scontrol", &["show".to_owned(), "config".to_owned()])?;
        let max_array = value(&config, "MaxArraySize").and_then(|value| value.parse().ok());
        Ok(Self {
            settings,
            max_array: max_array.filter(|n| *n > 0).unwrap_or(MAX_ARRAY),
        })
    }

    /// The jobs of this user that the cluster has and that have not ended.
    ///
    /// # Errors
    /// [`Error::Cluster`] if `squeue` does not answer.
    pub fn ask_queue() -> Result<Queue> {
        let arguments = ["--noheader", "--array", "--me", "--format=%i|%T|%r"].map(str::to_owned);
        Ok(read_queue(&ask("squeue", &arguments)?))
    }

    /// The name that every job of a sweep has at the cluster.
    pub fn job_name(sweep: &str) -> String {
        format!("lab-{sweep}")
    }

    fn submit_array(
        &self,
        tasks: &[Task],
        after: &[String],
        resources: Resources,
    ) -> Result<Vec<String>> {
        let folder = SweepsFolder::of(&self.settings.runs)
            .sweep(&self.settings.sweep)
            .join("slurm");
        fs::create_dir_all(&folder).map_err(CoreError::io("creating", &folder))?;
        let list = new_list(&folder, tasks)?;
        let script = list.with_extension("sh");
        fs::write(&script, self.script(&list)).map_err(CoreError::io("writing", &script))?;
        let mut arguments = self.arguments(tasks.len(), (after, resources), &folder)?;
        arguments.push(text(&script));
        let said = ask("sbatch", &arguments)?;
        let id = said.trim().split(';').next().unwrap_or_default();
        if id.is_empty() || !id.bytes().all(|c| c.is_ascii_digit()) {
            return Err(Error::Cluster {
                command: "sbatch --parsable".into(),
                got: format!("'{}' where the number of a job should be", said.trim()),
                remedy: "take --slurm-arg away that change what sbatch prints".into(),
            });
        }
        Ok((0..tasks.len())
            .map(|place| format!("{id}_{place}"))
            .collect())
    }

    /// The program takes the shell's place, so that signals for the batch reach it.
    fn script(&self, list: &Path) -> String {
        format!(
            "#!/bin/sh\nexec {} job --runs {} {}\n",
            quoted(&text(&self.settings.program)),
            quoted(&text(&self.settings.runs)),
            quoted(&text(list)),
        )
    }

    fn arguments(
        &self,
        n_tasks: usize,
        (after, resources): (&[String], Resources),
        folder: &Path,
    ) -> Result<Vec<String>> {
        let here = std::env::current_dir().map_err(CoreError::io("reading", "."))?;
        let mut all = vec![
            "--parsable".to_owned(),
            format!("--job-name={}", Self::job_name(&self.settings.sweep)),
            format!("--array=0-{}", n_tasks - 1),
            format!("--chdir={}", here.display()),
            // Slurm puts its own words there, such as why it took a job off; a second attempt must not erase them.
            format!("--output={}/%A_%a.out", folder.display()),
            "--open-mode=append".to_owned(),
            "--requeue".to_owned(),
            "--signal=B:TERM@120".to_owned(),
        ];
        let Resources {
            cpus,
            memory_mib,
            minutes,
        } = resources;
        all.extend(cpus.map(|n| format!("--cpus-per-task={n}")));
        all.extend(memory_mib.map(|n| format!("--mem={n}M")));
        all.extend(minutes.map(|n| format!("--time={n}")));
        if !after.is_empty() {
            all.push(format!("--dependency=afterok:{}", after.join(":")));
            all.push("--kill-on-invalid-dep=yes".to_owned());
        }
        all.extend(self.settings.arguments.iter().cloned());
        Ok(all)
    }
}

impl Engine for Slurm {
    fn submit(
        &mut self,
        tasks: &[Task],
        after: &[String],
        resources: Resources,
    ) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for tasks in tasks.chunks(self.max_array) {
            match self.submit_array(tasks, after, resources) {
                Ok(taken) => ids.extend(taken),
                Err(error) => {
                    // Half of a submission is none; that it cannot be taken back is not said over what went wrong before.
                    let _ = self.cancel(&ids);
                    return Err(error);
                }
            }
        }
        Ok(ids)
    }

    fn queue(&mut self) -> Result<Queue> {
        Self::ask_queue()
    }

    fn cancel(&mut self, ids: &[String]) -> Result<()> {
        ids.chunks(N_NAMED)
            .try_for_each(|ids| ask("scancel", ids).map(drop))
    }

    fn outlives(&self) -> bool {
        true
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(2)
    }
}

fn read_queue(said: &str) -> Queue {
    let entry = |line: &str| {
        let mut words = line.trim().splitn(3, '|');
        let (id, state, reason) = (words.next()?, words.next()?, words.next()?);
        let waits = [
            "PENDING",
            "REQUEUED",
            "REQUEUE_HOLD",
            "REQUEUE_FED",
            "PREEMPTED",
            "SPECIAL_EXIT",
        ];
        let ended = [
            "COMPLETED",
            "CANCELLED",
            "FAILED",
            "TIMEOUT",
            "NODE_FAIL",
            "OUT_OF_MEMORY",
            "BOOT_FAIL",
            "DEADLINE",
            "REVOKED",
        ];
        let entry = if waits.contains(&state) {
            InQueue::Waiting {
                reason: reason.to_owned(),
            }
        } else if ended.contains(&state) {
            return None;
        } else {
            InQueue::Running
        };
        Some((id.to_owned(), entry))
    };
    said.lines().filter_map(entry).collect()
}

/// Lists tasks in a file that is new, whoever else lists tasks in the folder at the same time.
fn new_list(folder: &Path, tasks: &[Task]) -> Result<PathBuf> {
    let names: Vec<String> = tasks.iter().map(Task::to_string).collect();
    for number in 1_u64.. {
        let list = folder.join(format!("{number}.list"));
        let mut file = match File::create_new(&list) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            made => made.map_err(CoreError::io("creating", &list))?,
        };
        let written = file.write_all((names.join("\n") + "\n").as_bytes());
        written.map_err(CoreError::io("writing", &list))?;
        return Ok(list);
    }
    Err(CoreError::io("creating", folder)(ErrorKind::AlreadyExists.into()).into())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::{fs, thread};

    use super::{InQueue, Task, new_list, quoted, read_queue};

    #[test]
    fn lists_of_two_sweeps_at_once_are_two_files() {
        const N_LISTS: usize = 50;
        let folder = tempfile::tempdir().unwrap();
        let all = thread::scope(|scope| {
            let sweeps = ["a", "b", "c", "d"].map(|job| {
                let folder = folder.path();
                let tasks = [Task::whole(job)];
                scope.spawn(move || {
                    let lists = (0..N_LISTS).map(|_| new_list(folder, &tasks).unwrap());
                    lists.map(|list| (list, job)).collect::<Vec<_>>()
                })
            });
            sweeps.map(|sweep| sweep.join().unwrap()).concat()
        });
        let names: BTreeSet<_> = all.iter().map(|(list, _)| list).collect();
        assert_eq!(names.len(), 4 * N_LISTS);
        for (list, job) in all {
            assert_eq!(fs::read_to_string(list).unwrap(), format!("{job}\n"));
        }
    }

    #[test]
    fn what_squeue_prints_is_read() {
        let said = "12_0|RUNNING|None\n12_1|PENDING|Dependency\n13|COMPLETING|None\n14_3|COMPLETED|None\n\n";
        let queue = read_queue(said);
        let waiting = |reason: &str| InQueue::Waiting {
            reason: reason.into(),
        };
        assert_eq!(queue["12_0"], InQueue::Running);
        assert_eq!(queue["12_1"], waiting("Dependency"));
        assert_eq!(queue["13"], InQueue::Running);
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
