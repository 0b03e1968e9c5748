//! Slurm's commands, and the job of Slurm that this process is.

use std::env;
use std::process::Command;

use crate::sweep::Request;
use crate::{Error, Result};

/// What to do if a command of Slurm cannot be started.
const ABSENT: &str =
    "run this where Slurm's commands are, such as a login node; --on local needs none";
/// What to do if one complains.
const COMPLAINED: &str = "what Slurm says decides; --slurm-arg hands it further arguments";

/// Runs a command of Slurm and gives back what it prints.
///
/// # Errors
/// [`Error::Cluster`] with its complaint.
pub(super) fn ask(program: &str, arguments: &[String]) -> Result<String> {
    let failed = |got: String, remedy: &str| Error::Cluster {
        command: format!("{program} {}", arguments.join(" "))
            .trim_end()
            .to_owned(),
        got,
        remedy: remedy.to_owned(),
    };
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| failed(error.to_string(), ABSENT))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(failed(said, COMPLAINED))
}

/// The words `key=value` of a line that `scontrol -o` prints, and `key = value` of `scontrol show config`.
pub(super) fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let of_line = |line: &'a str| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then_some(value.trim())
    };
    let of_word = |word: &'a str| word.strip_prefix(key)?.strip_prefix('=');
    text.lines()
        .find_map(|line| of_line(line).or_else(|| line.split_whitespace().find_map(of_word)))
}

/// The job of Slurm that this process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlurmJob {
    /// Its number: `12_3` in an array.
    pub id: String,
    /// Its place in its array.
    pub place: usize,
    /// Cores that it was given.
    pub cpus: Option<usize>,
}

impl SlurmJob {
    /// The job that the environment speaks of; `None` outside of Slurm.
    pub fn of_environment() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok();
        let number = |name: &str| variable(name)?.parse().ok();
        let array = variable("SLURM_ARRAY_JOB_ID").zip(variable("SLURM_ARRAY_TASK_ID"));
        let id = match array {
            Some((array, place)) => format!("{array}_{place}"),
            None => variable("SLURM_JOB_ID")?,
        };
        Some(Self {
            id,
            place: number("SLURM_ARRAY_TASK_ID").unwrap_or(0),
            cpus: number("SLURM_CPUS_PER_TASK").or(number("SLURM_CPUS_ON_NODE")),
        })
    }

    /// Who sent the signal that this process got: Slurm tells it alone before a job's time is over, and tells every process
    /// of a job that it takes off.
    pub fn request(&self) -> Request {
        let arguments = ["-o", "show", "job", &self.id].map(str::to_owned);
        let said = ask("scontrol", &arguments).unwrap_or_default();
        match value(&said, "JobState") {
            Some(state) if state.starts_with("CANCELLED") => Request::Cancelled,
            // What cannot be asked is taken for the end of the job's time.
            None | Some("RUNNING") => Request::Stop,
            Some(_) => Request::Moved,
        }
    }

    /// Puts the job back into the queue, with all that it has kept. Slurm ends this process soon after.
    ///
    /// # Errors
    /// Fails if Slurm refuses.
    pub fn requeue(&self) -> Result<()> {
        ask("scontrol", &["requeue".to_owned(), self.id.clone()]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn what_scontrol_prints_is_read() {
        let config =
            "Configuration data as of 2026\nMaxArraySize            = 1001\nMaxJobCount = 10000\n";
        assert_eq!(value(config, "MaxArraySize"), Some("1001"));
        let job = "JobId=5 ArrayJobId=5 JobName=lab-x UserId=root(0) JobState=CANCELLED Reason=None Dependency=(null)\n";
        assert_eq!(value(job, "JobState"), Some("CANCELLED"));
        assert_eq!(value(job, "State"), None);
    }
}
