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
mod tests {
    use std::path::Path;

    use super::{Judge, State};
    use crate::engine::{InQueue, Queue};
    use crate::sweep::folder::{End, JobFile, Sent, Start, SweepsFolder};
    use crate::sweep::stored;
    use crate::sweep::{Finder, Guard, Task};

    fn start(id: Option<&str>) -> Start {
        Start {
            host: "here".into(),
            process: 1,
            id: id.map(str::to_owned),
            at: 5,
        }
    }

    fn end(code: Option<i32>, cancelled: bool) -> End {
        End {
            code,
            why: "error: x".into(),
            cancelled,
            program: "this".into(),
            guards: Vec::new(),
            seconds: 1.0,
        }
    }

    fn state(folder: &SweepsFolder, queue: Option<Queue>, program: &str) -> State {
        let finder = Finder::default();
        let mut judge = Judge {
            folder,
            finder,
            queue,
            program: Some(program.into()),
        };
        judge.state_of("job", Path::new("/no/run"))
    }

    #[test]
    fn a_state_is_what_was_written_down_and_what_the_cluster_has() {
        let runs = tempfile::tempdir().unwrap();
        let folder = SweepsFolder::of(runs.path());
        folder.create().unwrap();
        let now = |queue: Option<Queue>| state(&folder, queue, "this");
        let has = |entry: InQueue| Some(Queue::from([("7_1".to_owned(), entry)]));
        let waiting = || {
            has(InQueue::Waiting {
                reason: "Priority".into(),
            })
        };
        assert_eq!(now(None), State::Missing);
        let sent = Sent {
            id: "7_1".into(),
            after: vec!["job-generator".into()],
        };
        stored::write(&folder.file("job", "sent.json"), &sent).unwrap();
        assert_eq!(now(Some(Queue::new())), State::Missing);
        assert_eq!(
            now(waiting()),
            State::Waiting {
                reason: "Priority".into(),
                n_begun: 0
            }
        );

        // A stage before it fails, and the cluster throws it away.
        folder
            .write_start("job-generator", 1, &start(None))
            .unwrap();
        folder
            .write_end("job-generator", 1, &end(Some(2), false))
            .unwrap();
        let State::Failed { why, .. } = now(Some(Queue::new())) else {
            panic!()
        };
        assert!(
            why.contains("stage generator failed before: error: x"),
            "{why}"
        );
        let judge = Judge {
            folder: &folder,
            finder: Finder::default(),
            queue: None,
            program: Some("this".into()),
        };
        assert!(!judge.was_made(&Task::read("job-generator").unwrap()));
        folder
            .write_end("job-generator", 1, &end(Some(0), false))
            .unwrap();
        assert!(judge.was_made(&Task::read("job-generator").unwrap()));

        folder.write_start("job", 1, &start(Some("7_1"))).unwrap();
        assert!(matches!(
            now(has(InQueue::Running)),
            State::Running {
                since: Some(5),
                attempt: 1,
                queued: true,
                ..
            }
        ));
        assert_eq!(
            now(waiting()),
            State::Waiting {
                reason: "Priority".into(),
                n_begun: 1
            }
        );
        assert_eq!(
            now(Some(Queue::new())),
            State::Interrupted,
            "killed without a word"
        );
        folder.write_end("job", 1, &end(Some(130), false)).unwrap();
        assert_eq!(now(None), State::Interrupted);
        folder.write_end("job", 1, &end(Some(130), true)).unwrap();
        assert!(matches!(now(None), State::Failed { why, .. } if why.contains("cancelled")));
        folder.write_end("job", 1, &end(None, false)).unwrap();
        assert!(matches!(now(None), State::Failed { code: None, .. }));
        assert_eq!(
            state(&folder, None, "another"),
            State::Missing,
            "another program may not fail"
        );
        folder.write_end("job", 1, &end(Some(0), false)).unwrap();
        assert_eq!(now(None), State::Missing, "its run was freed");
    }

    #[test]
    fn a_failure_because_data_changed_is_told_and_does_not_last() {
        let runs = tempfile::tempdir().unwrap();
        let folder = SweepsFolder::of(runs.path());
        folder.create().unwrap();
        let guards = vec![Guard {
            path: runs.path().join("data"),
            was: "other bytes".into(),
        }];
        let kept = JobFile {
            arguments: Vec::new(),
            run: "/no/run".into(),
            guards: guards.clone(),
        };
        let failed = End {
            guards,
            ..end(Some(2), false)
        };
        let told = || {
            let mut judge = Judge {
                folder: &folder,
                finder: Finder::default(),
                queue: None,
                program: Some("this".into()),
            };
            let told = judge.state("job").unwrap();
            let State::Failed { why, .. } = told else {
                panic!("{told:?}");
            };
            // Whoever runs the sweep again looks at the data anew.
            assert_eq!(state(&folder, None, "this"), State::Missing);
            why
        };
        stored::write(&folder.file("job", "json"), &kept).unwrap();
        let sent = Sent {
            id: "7_1".into(),
            after: vec!["job-generator".into()],
        };
        stored::write(&folder.file("job", "sent.json"), &sent).unwrap();
        folder
            .write_start("job-generator", 1, &start(None))
            .unwrap();
        folder.write_end("job-generator", 1, &failed).unwrap();
        assert!(told().contains("stage generator failed before: error: x"));
        folder.write_start("job", 1, &start(None)).unwrap();
        folder.write_end("job", 1, &failed).unwrap();
        assert_eq!(told(), "error: x");
        // Kept anew, it was not tried since.
        stored::write(
            &folder.file("job", "json"),
            &JobFile {
                guards: Vec::new(),
                ..kept
            },
        )
        .unwrap();
        let mut judge = Judge {
            folder: &folder,
            finder: Finder::default(),
            queue: None,
            program: Some("this".into()),
        };
        assert_eq!(judge.state("job").unwrap(), State::Missing);
    }
}
