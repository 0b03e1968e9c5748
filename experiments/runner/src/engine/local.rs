//! Tasks as processes of this machine, a few at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use lab_core::Error as CoreError;

use super::{Engine, InQueue, Queue, Resources};
use crate::sweep::{Request, Task, Worker};
use crate::{Error, Result};

/// An engine that runs a few processes of this machine at a time.
pub struct Local {
    shared: Arc<Shared>,
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
        for _ in 0..n_jobs.max(1) {
            let shared = shared.clone();
            thread::Builder::new()
                .spawn(move || shared.work())
                .map_err(CoreError::io("starting a thread for", "lab sweep"))?;
        }
        Ok(Self { shared })
    }
}

impl Shared {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        match tasks.broken.take() {
            Some(error) => Err(error),
            None => Ok(tasks.queue.clone()),
        }
    }

    /// Takes back all that waits and stops all that is at work, whatever the numbers: it is the end of a sweep here.
    fn cancel(&mut self, _ids: &[String]) -> Result<()> {
        self.shared.asked_to_stop.store(true, Ordering::Relaxed);
        let mut tasks = self.shared.tasks();
        tasks.waiting.clear();
        tasks.queue.retain(|_, state| *state == InQueue::Running);
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
        self.shared.tasks().closed = true;
        self.shared.called.notify_all();
    }
}
