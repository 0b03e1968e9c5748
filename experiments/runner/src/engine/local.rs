//! Tasks as processes of this machine, a few at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lab_core::Error as CoreError;

use super::{Engine, InQueue, Queue, Resources};
use crate::sweep::{Request, Task, Worker};
use crate::{Error, Result};

/// An engine that runs a few processes of this machine at a time.
pub struct Local {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    worker: Worker,
    state: Mutex<Tasks>,
    /// Wakes threads that wait for a task, or for the end.
    called: Condvar,
    asked_to_stop: AtomicBool,
}

/// The tasks that threads work through, and what they found.
#[derive(Default)]
struct Tasks {
    waiting: VecDeque<Task>,
    queue: BTreeMap<String, InQueue>,
    /// An error that no task is to blame for, such as a full disk; the sweep ends with it.
    broken: Option<Error>,
    closed: bool,
}

impl Local {
    /// Starts `n_jobs` threads, each of which watches a process at a time.
    ///
    /// # Errors
    /// Fails if a thread cannot be started.
    pub fn new(worker: Worker, n_jobs: usize) -> Result<Self> {
        let shared = Arc::new(Shared {
            worker,
            state: Mutex::default(),
            called: Condvar::new(),
            asked_to_stop: AtomicBool::new(false),
        });
        let mut local = Self {
            shared,
            threads: Vec::new(),
        };
        for _ in 0..n_jobs.max(1) {
            let shared = local.shared.clone();
            let thread = thread::Builder::new().spawn(move || shared.work());
            let thread = thread.map_err(CoreError::io("starting a thread for", "lab sweep"))?;
            local.threads.push(thread);
        }
        Ok(local)
    }

    /// Takes back all that waits, stops all that is at work, and waits for its end, so that no process works on unseen.
    fn end(&mut self) {
        self.shared.stop().closed = true;
        self.shared.called.notify_all();
        for thread in self.threads.drain(..) {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back all that waits and asks all that is at work to stop.
    fn stop(&self) -> MutexGuard<'_, Tasks> {
        self.asked_to_stop.store(true, Ordering::Relaxed);
        let mut tasks = self.tasks();
        tasks.waiting.clear();
        tasks.queue.retain(|_, state| *state == InQueue::Running);
        tasks
    }

    fn next(&self) -> Option<Task> {
        let mut tasks = self.tasks();
        loop {
            if tasks.closed {
                return None;
            }
            if let Some(task) = tasks.waiting.pop_front() {
                tasks.queue.insert(task.to_string(), InQueue::Running);
                return Some(task);
            }
            tasks = self
                .called
                .wait(tasks)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        let asked = || {
            if self.asked_to_stop.load(Ordering::Relaxed) {
                Request::Stop
            } else {
                Request::None
            }
        };
        while let Some(task) = self.next() {
            let worked = self.worker.work(&task, &asked);
            let mut tasks = self.tasks();
            tasks.queue.remove(&task.to_string());
            if let Err(error) = worked {
                tasks.waiting.clear();
                tasks.broken.get_or_insert(error);
            }
        }
    }
}

impl Engine for Local {
    /// Tasks begin in the order in which they come, which is all that `after` asks for where one waits for another's lock.
    /// Its tasks share this machine, whatever they ask for.
    fn submit(
        &mut self,
        tasks: &[Task],
        _after: &[String],
        _resources: Resources,
    ) -> Result<Vec<String>> {
        let mut all = self.shared.tasks();
        for task in tasks {
            let waiting = InQueue::Waiting {
                reason: String::new(),
            };
            all.queue.insert(task.to_string(), waiting);
            all.waiting.push_back(task.clone());
        }
        drop(all);
        self.shared.called.notify_all();
        Ok(tasks.iter().map(Task::to_string).collect())
    }

    fn queue(&mut self) -> Result<Queue> {
        let mut tasks = self.shared.tasks();
        let Some(error) = tasks.broken.take() else {
            return Ok(tasks.queue.clone());
        };
        drop(tasks);
        self.end();
        Err(error)
    }

    /// Takes back all that waits and stops all that is at work, whatever the numbers: it is the end of a sweep here.
    fn cancel(&mut self, _ids: &[String]) -> Result<()> {
        drop(self.shared.stop());
        Ok(())
    }

    fn outlives(&self) -> bool {
        false
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(50)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::OnceLock;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Engine, Local, Resources, Task, Worker};
    use crate::sweep::SweepsFolder;

    #[test]
    fn an_error_that_ends_a_sweep_ends_its_other_processes_first() {
        const LONGEST: Duration = Duration::from_mins(1);
        let runs = tempfile::tempdir().unwrap();
        let folder = SweepsFolder::of(runs.path());
        let jobs = runs.path().join(".sweeps/jobs");
        std::fs::create_dir_all(&jobs).unwrap();
        let run = runs.path().join("run");
        let job = serde_json::json!({
            "arguments": ["-c", "exec sleep 120"], "run": run, "guards": [],
        });
        std::fs::write(folder.file("slow", "json"), job.to_string()).unwrap();
        let worker = Worker {
            folder: folder.clone(),
            program: "/bin/sh".into(),
            threads: None,
            id: None,
            hash: OnceLock::new(),
        };
        let mut local = Local::new(worker, 2).unwrap();
        let since = Instant::now();
        let mut submit = |job: &str| {
            let tasks = [Task::whole(job)];
            local.submit(&tasks, &[], Resources::default()).unwrap();
        };
        submit("slow");
        while folder.attempts("slow").is_empty() {
            assert!(since.elapsed() < LONGEST);
            thread::sleep(Duration::from_millis(10));
        }
        // Nothing is written down of this one.
        submit("unknown");
        let error = loop {
            match local.queue() {
                Err(error) => break error,
                Ok(_) => thread::sleep(Duration::from_millis(10)),
            }
            assert!(since.elapsed() < LONGEST);
        };
        assert!(error.to_string().contains("unknown.json"), "{error}");
        let attempts = folder.attempts("slow");
        assert!(attempts[0].end.is_some(), "it works on unseen");
        assert!(since.elapsed() < LONGEST);
    }
}
