//! How a job stands: from its run's folder, what its attempts wrote down, and what a cluster says of it.

use std::fs::{OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::finished::{Finder, Finished};
use super::folder::{Attempt, End, SweepsFolder};
use super::task::Task;
use super::work::STOPPED;
use crate::Result;
use crate::engine::{InQueue, Queue};

/// How a job or a stage of it stands.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// The run of the job is finished.
    Done(Box<Finished>),
    /// It ended with an error, or somebody took it away; as long as nothing about it changes it would again.
    Failed {
        /// Exit code of the last attempt; none if a signal ended it.
        code: Option<i32>,
        /// The last complaint of the process, or who ended it.
        why: String,
        /// The file that holds everything that all attempts said.
        log: PathBuf,
    },
    /// It has begun and is not at work: it goes on from its newest checkpoint.
    Interrupted,
    /// Nobody has begun the job, or what it made is not there any more.
    Missing,
    /// The job waits in the queue of a cluster.
    Waiting {
        /// What it waits for, in the words of the cluster.
        reason: String,
        /// How often it has begun before and was put back into the queue.
        n_begun: usize,
    },
    /// A process is at work on the job.
    Running {
        /// Since when, in seconds since 1970, if it wrote that down.
        since: Option<u64>,
        /// Name of the machine that it runs on; empty if it is not known.
        host: String,
        /// Number of this attempt, counted from 1.
        attempt: usize,
        /// Whether the job is one of a cluster's queue; otherwise a process of this machine holds its lock.
        queued: bool,
    },
}

/// Which failures of a task are told; after any other the task counts as one that nobody has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failures {
    /// Those that would come again: program, data and libraries are what they were.
    Lasting,
    /// Those too that came since the job was kept last: the data and the libraries that it was to find were the same.
    OfTheKept,
}

/// Says how jobs of a sweep stand, from all that is known of them.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The folder in which jobs and their attempts are written down.
    pub folder: &'a SweepsFolder,
    /// Looks into the folders of runs, to see which runs are finished.
    pub finder: Finder,
    /// The queue of the cluster; `None` where no cluster was asked.
    pub queue: Option<Queue>,
    /// Hash of the program that would run jobs now; a failure of another one counts as none.
    pub program: Option<String>,
}

impl Judge<'_> {
    /// How a job stands that a sweep has kept, since it was kept: a failure counts although data or libraries have changed.
    ///
    /// # Errors
    /// Fails if what is kept of the job cannot be read.
    pub fn state(&mut self, job: &str) -> Result<State> {
        let run = self.folder.job(job)?.run;
        Ok(self.judged(job, &run, Failures::OfTheKept))
    }

    /// How a job stands whose run has this folder, for whoever would run it now.
    pub fn state_of(&mut self, job: &str, run: &Path) -> State {
        self.judged(job, run, Failures::Lasting)
    }

    fn judged(&mut self, job: &str, run: &Path, failures: Failures) -> State {
        let queued = self.queued(job);
        // The queue was asked before: what has left it has written its end.
        if let Some(finished) = self.finder.find(run) {
            return State::Done(Box::new(finished));
        }
        let attempts = self.folder.attempts(job);
        match queued {
            Some(InQueue::Waiting { reason }) => State::Waiting {
                reason,
                n_begun: attempts.len(),
            },
            Some(InQueue::Running) => running(attempts.last(), true),
            None => self.at_rest(job, &attempts, failures),
        }
    }

    /// Whether a stage ended well before, with the same program, data and libraries. If it was freed since, the jobs that
    /// need it make it again.
    pub(crate) fn was_made(&self, task: &Task) -> bool {
        let attempts = self.folder.attempts(&task.to_string());
        let end = attempts.last().and_then(|last| last.end.as_ref());
        end.is_some_and(|end| end.code == Some(0) && !self.has_changed(end))
    }

    /// The stages of a job that were handed to a cluster as jobs of their own and have not ended well.
    pub fn open_stages(&mut self, job: &str) -> Vec<(Task, State)> {
        let after = self.folder.sent(job).map(|sent| sent.after);
        let tasks = after.into_iter().flatten();
        let tasks = tasks.filter_map(|name| Task::read(&name).ok());
        let open = tasks.filter(|task| !self.has_ended_well(task));
        open.map(|task| {
            let name = task.to_string();
            let attempts = self.folder.attempts(&name);
            let state = match self.queued(&name) {
                Some(InQueue::Waiting { reason }) => State::Waiting {
                    reason,
                    n_begun: attempts.len(),
                },
                Some(InQueue::Running) => running(attempts.last(), true),
                None => self.at_rest(&name, &attempts, Failures::OfTheKept),
            };
            (task, state)
        })
        .collect()
    }

    fn has_ended_well(&self, task: &Task) -> bool {
        let attempts = self.folder.attempts(&task.to_string());
        let end = attempts.last().and_then(|last| last.end.as_ref());
        end.is_some_and(|end| end.code == Some(0))
    }

    fn queued(&self, task: &str) -> Option<InQueue> {
        let queue = self.queue.as_ref()?;
        queue.get(&self.folder.sent(task)?.id).cloned()
    }

    /// The state of a job that no cluster has.
    fn at_rest(&self, job: &str, attempts: &[Attempt], failures: Failures) -> State {
        let Some(last) = attempts.last() else {
            return self.waited_in_vain(job, failures).unwrap_or(State::Missing);
        };
        if self.is_locked(job) {
            return running(Some(last), false);
        }
        match &last.end {
            None => State::Interrupted,
            Some(end) if end.code == Some(STOPPED) && !end.cancelled => State::Interrupted,
            Some(end) if matches!(end.code, Some(0 | 1)) => State::Missing,
            Some(end) if !self.counts(job, end, failures) => State::Missing,
            Some(end) => State::Failed {
                code: end.code,
                why: if end.cancelled {
                    "somebody cancelled it".into()
                } else {
                    end.why.clone()
                },
                log: self.folder.file(job, "log"),
            },
        }
    }

    /// A job that the cluster threw away because a stage before it failed.
    fn waited_in_vain(&self, job: &str, failures: Failures) -> Option<State> {
        let sent = self.folder.sent(job)?;
        let failed = |task: &String| {
            let attempts = self.folder.attempts(task);
            let end = attempts.last()?.end.clone()?;
            let is_failure = end.code != Some(0) && (end.code != Some(STOPPED) || end.cancelled);
            (is_failure && self.counts(task, &end, failures)).then(|| (task.clone(), end))
        };
        let (task, end) = sent.after.iter().find_map(failed)?;
        let stage = Task::read(&task)
            .ok()?
            .only
            .map_or(task.clone(), |only| only.to_string());
        let why = if end.cancelled {
            "somebody cancelled it"
        } else {
            &end.why
        };
        Some(State::Failed {
            code: end.code,
            why: format!("its stage {stage} failed before: {why}"),
            log: self.folder.file(&task, "log"),
        })
    }

    /// Whether the failure of a task is told as one.
    fn counts(&self, task: &str, end: &End, failures: Failures) -> bool {
        let kept = || self.folder.job(&Task::read(task).ok()?.job).ok();
        let is_of_the_kept =
            failures == Failures::OfTheKept && kept().is_some_and(|kept| kept.guards == end.guards);
        is_of_the_kept || !self.has_changed(end)
    }

    /// Whether the program, the data or the libraries are others than at that attempt.
    fn has_changed(&self, end: &End) -> bool {
        let other = self.program.as_ref().is_some_and(|now| *now != end.program);
        other || !end.guards.iter().all(super::guard::Guard::holds)
    }

    fn is_locked(&self, task: &str) -> bool {
        let file = OpenOptions::new()
            .write(true)
            .open(self.folder.file(task, "lock"));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

fn running(attempt: Option<&Attempt>, queued: bool) -> State {
    let start = attempt.map(|attempt| &attempt.start);
    State::Running {
        since: start.map(|start| start.at),
        host: start.map_or(String::new(), |start| start.host.clone()),
        attempt: attempt.map_or(1, |attempt| attempt.number),
        queued,
    }
}

#[cfg(test)]
mod tests;
