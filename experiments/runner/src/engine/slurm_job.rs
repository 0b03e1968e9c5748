//! Slurm's commands, and the job of Slurm that this process is.

use std::env;
use std::process::Command;

use crate::sweep::Request;
use crate::{Error, Result};

/// What to do if a command of Slurm cannot be started.
const ABSENT: &str =
    "run this where Slurm's commands are, such as a login node; --on local needs none";
/// What to do if a command of Slurm complains.
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

/// The value of a key in what `scontrol` prints: `key=value` among the words of a line, or `key = value` on a line.
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
    /// Number of the job: `12_3` for element 3 of array 12, `12` outside of an array.
    pub id: String,
    /// Place of the job in its array, counted from 0.
    pub place: usize,
    /// Number of cores that Slurm gave to the job, if it says so.
    pub cpus: Option<usize>,
    /// How often the job was put back into the queue before it began this time.
    pub n_restarts: usize,
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
            n_restarts: number("SLURM_RESTART_COUNT").unwrap_or(0),
        })
    }

    /// Who sent the signal that this process got: Slurm tells it alone before a job's time is over, and tells every process
    /// of a job that it takes off.
    pub fn request(&self) -> Request {
        let arguments = ["-o", "show", "job", &self.id].map(str::to_owned);
        request_of(
            &ask("scontrol", &arguments).unwrap_or_default(),
            self.n_restarts,
        )
    }

    /// Puts the job back into the queue, with all that it has kept. Slurm ends this process soon after.
    ///
    /// # Errors
    /// Fails if Slurm refuses.
    pub fn requeue(&self) -> Result<()> {
        ask("scontrol", &["requeue".to_owned(), self.id.clone()]).map(drop)
    }
}

/// What the words of `scontrol` say of a job that began after so many restarts.
///
/// As long as its processes end, Slurm calls every job that it takes off `COMPLETING`, whatever becomes of it; one that goes
/// back into the queue has one restart more by then.
fn request_of(said: &str, n_restarts: usize) -> Request {
    let restarts = value(said, "Restarts").and_then(|n| n.parse().ok());
    let goes_back = restarts.is_some_and(|n: usize| n > n_restarts);
    match value(said, "JobState") {
        // Where Slurm does not answer, the signal is taken for the end of the job's time.
        None | Some("RUNNING") => Request::Stop,
        Some("COMPLETING") if !goes_back => Request::Cancelled,
        Some(state) if state.starts_with("CANCELLED") => Request::Cancelled,
        Some(_) => Request::Moved,
    }
}

#[cfg(test)]
mod tests {
    use super::{request_of, value};
    use crate::sweep::Request;

    /// What Slurm 22.05 printed of jobs whose script asked `scontrol` in a trap of SIGTERM.
    #[test]
    fn who_took_a_job_off_is_read() {
        let said = |state: &str, restarts: usize| {
            format!(
                "JobId=1 ArrayJobId=1 JobState={state} Reason=None Requeue=1 Restarts={restarts} BatchFlag=1"
            )
        };
        // After `scancel`, and after `scontrol requeue`.
        assert_eq!(request_of(&said("COMPLETING", 0), 0), Request::Cancelled);
        assert_eq!(request_of(&said("COMPLETING", 1), 0), Request::Moved);
        // The same of a job that was put back once before.
        assert_eq!(request_of(&said("COMPLETING", 1), 1), Request::Cancelled);
        assert_eq!(request_of(&said("COMPLETING", 2), 1), Request::Moved);
        assert_eq!(request_of(&said("CANCELLED", 0), 0), Request::Cancelled);
        assert_eq!(request_of(&said("PENDING", 1), 0), Request::Moved);
        assert_eq!(request_of(&said("RUNNING", 0), 0), Request::Stop);
        assert_eq!(request_of("", 0), Request::Stop);
    }

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
