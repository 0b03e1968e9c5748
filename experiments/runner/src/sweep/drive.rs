//! A sweep at work: what is missing is handed to an engine, and looked after until all has ended.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::folder::{Sent, SweepsFolder};
use super::needs::Needs;
use super::plan::{Job, Sweep};
use super::state::{Judge, State};
use super::stored;
use super::task::Task;
use crate::Result;
use crate::engine::{Engine, Resources};

/// Time between two looks whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// What is told while a sweep is at work.
#[derive(Debug)]
pub enum Told<'a> {
    /// How many jobs are finished, failed before and are left alone, are at work or wait already, and are handed over now.
    Begun {
        /// Number of jobs that were finished before.
        n_done: usize,
        /// Number of jobs that failed before and are not run again.
        n_failed: usize,
        /// Number of jobs that an earlier command handed over and that have not ended.
        n_under_way: usize,
        /// Number of jobs that are handed over now.
        n_new: usize,
    },
    /// A job ended, or failed before and is left alone.
    Ended {
        /// The job that ended.
        job: &'a Job,
        /// How the job stands now.
        state: &'a State,
        /// Number of jobs that are left to do; those that were stopped are.
        n_left: usize,
    },
}

/// What is asked of a sweep.
pub struct Drive<'a> {
    /// The sweep whose missing jobs are run.
    pub sweep: &'a Sweep,
    /// The folder in which jobs and their attempts are written down.
    pub folder: &'a SweepsFolder,
    /// Whether jobs that failed are run again.
    pub retry_failed: bool,
    /// Whether to leave once all is handed over; only an engine that outlives the program can be left.
    pub detach: bool,
    /// Says whether somebody has asked the sweep to stop.
    pub asked_to_stop: &'a dyn Fn() -> bool,
    /// Called with everything that happens, for a person to read.
    pub tell: &'a dyn Fn(Told<'_>),
}

/// How the jobs of a sweep stand when the command leaves it.
#[derive(Debug)]
pub struct Driven {
    /// How each job stands, in the order of the sweep.
    pub states: Vec<State>,
    /// Whether somebody asked to stop before all had ended.
    pub stopped: bool,
}

impl Drive<'_> {
    /// How each job stands before anything is started.
    pub fn states(&self, judge: &mut Judge<'_>) -> Vec<State> {
        let jobs = self.sweep.jobs.iter();
        jobs.map(|job| judge.state_of(&job.hash, &job.file.run))
            .collect()
    }

    /// Whether a job that stands like this must be run now.
    pub fn must_run(&self, state: &State) -> bool {
        match state {
            State::Missing | State::Interrupted => true,
            State::Failed { .. } => self.retry_failed,
            // What a process of this machine works at is waited for by its lock.
            State::Running { queued, .. } => !queued,
            State::Done(_) | State::Waiting { .. } => false,
        }
    }

    /// Checks and freezes what is missing, hands it over, and waits for the end of all.
    ///
    /// # Errors
    /// Fails if a job cannot run as it stands, before the first one starts; and if the engine does not answer.
    pub fn run(
        &self,
        mut states: Vec<State>,
        judge: &mut Judge<'_>,
        engine: &mut dyn Engine,
    ) -> Result<Driven> {
        let jobs = &self.sweep.jobs;
        let missing: Vec<&Job> = jobs
            .iter()
            .zip(&states)
            .filter(|(_, state)| self.must_run(state))
            .map(|(job, _)| job)
            .collect();
        self.sweep.freeze(self.folder, &missing)?;
        missing.iter().try_for_each(|job| job.check(self.folder))?;
        let mut open = self.begin(&states, missing.len());
        let mut ids = self.submit(&missing, judge, engine)?;
        if engine.outlives() {
            for job in jobs {
                let sent = self.folder.sent(&job.hash);
                sent.map(|sent| ids.entry(job.hash.clone()).or_insert(sent.id));
            }
            if self.detach {
                let states = self.refreshed(judge, engine)?;
                return Ok(Driven {
                    states,
                    stopped: false,
                });
            }
        }
        let stopped = self.wait(&mut open, &ids, &mut states, judge, engine)?;
        Ok(Driven { states, stopped })
    }

    /// Says how jobs stand, and gives those back that will end.
    pub fn begin(&self, states: &[State], n_new: usize) -> Vec<usize> {
        let is_under_way = |state: &State| {
            let is = matches!(state, State::Waiting { .. } | State::Running { .. });
            is && !self.must_run(state)
        };
        let failed = |state: &State| matches!(state, State::Failed { .. }) && !self.must_run(state);
        let count = |is: &dyn Fn(&State) -> bool| states.iter().filter(|state| is(state)).count();
        (self.tell)(Told::Begun {
            n_done: count(&|state| matches!(state, State::Done(_))),
            n_failed: count(&failed),
            n_under_way: count(&is_under_way),
            n_new,
        });
        let is_open = |state: &State| self.must_run(state) || is_under_way(state);
        let open: Vec<usize> = (0..states.len())
            .filter(|&idx| is_open(&states[idx]))
            .collect();
        for (job, state) in self.sweep.jobs.iter().zip(states) {
            if failed(state) {
                let n_left = open.len();
                (self.tell)(Told::Ended { job, state, n_left });
            }
        }
        open
    }

    fn refreshed(&self, judge: &mut Judge<'_>, engine: &mut dyn Engine) -> Result<Vec<State>> {
        judge.queue = Some(engine.queue()?);
        Ok(self.states(judge))
    }

    /// Looks at the open jobs until none is left, or somebody asks to stop and the engine has stopped them.
    fn wait(
        &self,
        open: &mut Vec<usize>,
        ids: &BTreeMap<String, String>,
        states: &mut [State],
        judge: &mut Judge<'_>,
        engine: &mut dyn Engine,
    ) -> Result<bool> {
        let mut stopped = false;
        loop {
            let queue = engine.queue()?;
            if engine.outlives() {
                judge.queue = Some(queue.clone());
            }
            let ended = take_ended(open, |idx| {
                ids.get(&self.sweep.jobs[idx].hash)
                    .is_none_or(|id| !queue.contains_key(id))
            });
            self.close(&ended, open, states, judge, stopped)?;
            if open.is_empty() {
                return Ok(stopped);
            }
            if !stopped && self.paused(engine.pause()) {
                stopped = true;
                if engine.outlives() {
                    return Ok(true);
                }
                engine.cancel(&[])?;
            } else if stopped {
                thread::sleep(LOOK);
            }
        }
    }

    /// Waits for so long, and gives back whether somebody asked to stop meanwhile.
    fn paused(&self, pause: Duration) -> bool {
        let since = Instant::now();
        loop {
            if (self.asked_to_stop)() {
                return true;
            }
            if since.elapsed() >= pause {
                return false;
            }
            thread::sleep(LOOK.min(pause));
        }
    }

    /// Says how jobs stand that the engine does not have any more; of those that never began, only if nobody asked to stop.
    fn close(
        &self,
        ended: &[usize],
        open: &[usize],
        states: &mut [State],
        judge: &mut Judge<'_>,
        stopped: bool,
    ) -> Result<()> {
        for (n_told, &idx) in ended.iter().enumerate() {
            let job = &self.sweep.jobs[idx];
            states[idx] = judge.state(&job.hash)?;
            let state = &states[idx];
            if !(stopped && *state == State::Missing) {
                let behind = &ended[n_told + 1..];
                let is_left = |(idx, state): &(usize, &State)| {
                    let is_open = open.contains(idx) || behind.contains(idx);
                    is_open || matches!(state, State::Interrupted | State::Missing)
                };
                let n_left = states.iter().enumerate().filter(is_left).count();
                (self.tell)(Told::Ended { job, state, n_left });
            }
        }
        Ok(())
    }

    /// Hands jobs over, and before them the stages that are worth a job; gives the number of each.
    fn submit(
        &self,
        jobs: &[&Job],
        judge: &mut Judge<'_>,
        engine: &mut dyn Engine,
    ) -> Result<BTreeMap<String, String>> {
        if !engine.outlives() {
            let tasks: Vec<Task> = jobs.iter().map(|job| Task::whole(&job.hash)).collect();
            let ids = engine.submit(&tasks, &[], Resources::default())?;
            return Ok(tasks.iter().map(Task::to_string).zip(ids).collect());
        }
        let mut submission = Submission {
            needs: Needs::of(jobs, self.folder),
            drive: self,
            judge,
            engine,
            ids: BTreeMap::new(),
            new: Vec::new(),
        };
        match submission.all(jobs) {
            Ok(()) => Ok(submission.ids),
            Err(error) => {
                let new = std::mem::take(&mut submission.new);
                // What went wrong first is what must be said.
                let _ = submission.engine.cancel(&new);
                Err(error)
            }
        }
    }
}

/// Takes the jobs that have ended out of the open ones, and gives them back.
fn take_ended(open: &mut Vec<usize>, has_ended: impl Fn(usize) -> bool) -> Vec<usize> {
    let (ended, left) = open.iter().partition(|idx| has_ended(**idx));
    *open = left;
    ended
}

/// A task that is ready to be handed to a cluster.
struct HandedOver {
    task: Task,
    /// Names of the tasks that it waits for.
    after: Vec<String>,
    resources: Resources,
}

/// The jobs that are handed to a cluster, and the numbers that it has given so far.
struct Submission<'a, 'b> {
    needs: Needs,
    drive: &'a Drive<'a>,
    judge: &'a mut Judge<'b>,
    engine: &'a mut dyn Engine,
    /// The cluster's number of each task that is there.
    ids: BTreeMap<String, String>,
    new: Vec<String>,
}

impl Submission<'_, '_> {
    fn all(&mut self, jobs: &[&Job]) -> Result<()> {
        // A training that several jobs share has a name of its own, by all that decides it, so that other sweeps know it too.
        let of_job = |job: &&Job| -> Vec<Task> {
            let networks = job.stages.networks.iter();
            networks
                .map(|(only, shared)| Task::stage(shared, *only))
                .collect()
        };
        let mut networks: Vec<HandedOver> = Vec::new();
        for job in jobs {
            for task in of_job(job) {
                if !networks.iter().any(|known| known.task == task) {
                    let folder = self.drive.folder;
                    stored::write(&folder.file(&task.job, "json"), &job.file)?;
                    networks.push(self.handed_over(job, task, &[]));
                }
            }
        }
        self.hand_over(networks)?;
        let passes = |job: &Job| -> Vec<Task> {
            let passes = job.stages.passes.iter();
            passes.map(|only| Task::stage(&job.hash, *only)).collect()
        };
        let mut all_passes = Vec::new();
        for job in jobs {
            let after = of_job(job);
            let tasks = passes(job).into_iter();
            all_passes.extend(tasks.map(|task| self.handed_over(job, task, &after)));
        }
        self.hand_over(all_passes)?;
        let whole = jobs.iter().map(|job| {
            let after = [of_job(job), passes(job)].concat();
            self.handed_over(job, Task::whole(&job.hash), &after)
        });
        let whole = whole.collect();
        self.hand_over(whole)
    }

    fn handed_over(&self, job: &Job, task: Task, after: &[Task]) -> HandedOver {
        HandedOver {
            resources: self.needs.of_task(job, &task),
            after: after.iter().map(Task::to_string).collect(),
            task,
        }
    }

    /// Hands tasks over, those together that wait for the same ones and need the same. A stage that was made before, or is
    /// under way, is not handed over again.
    fn hand_over(&mut self, tasks: Vec<HandedOver>) -> Result<()> {
        let mut groups: BTreeMap<(Vec<String>, Resources), Vec<HandedOver>> = BTreeMap::new();
        for one in tasks {
            let is_stage = one.task.only.is_some();
            if is_stage && (self.judge.was_made(&one.task) || self.is_under_way(&one.task)) {
                continue;
            }
            let known = |name: &String| self.ids.get(name).cloned();
            let numbers: Vec<String> = one.after.iter().filter_map(known).collect();
            groups
                .entry((numbers, one.resources))
                .or_default()
                .push(one);
        }
        for ((numbers, resources), group) in groups {
            let tasks: Vec<Task> = group.iter().map(|one| one.task.clone()).collect();
            let ids = self.engine.submit(&tasks, &numbers, resources)?;
            self.new.extend(ids.iter().cloned());
            for (one, id) in group.into_iter().zip(ids) {
                let name = one.task.to_string();
                let sent = Sent {
                    id: id.clone(),
                    after: one.after,
                };
                let folder = self.drive.folder;
                stored::write(&folder.file(&name, "sent.json"), &sent)?;
                self.ids.insert(name, id);
            }
        }
        Ok(())
    }

    fn is_under_way(&mut self, task: &Task) -> bool {
        let name = task.to_string();
        let sent = self.drive.folder.sent(&name);
        let queue = self.judge.queue.as_ref();
        let found = sent.filter(|sent| queue.is_some_and(|queue| queue.contains_key(&sent.id)));
        found.is_some_and(|sent| self.ids.insert(name, sent.id).is_none())
    }
}
