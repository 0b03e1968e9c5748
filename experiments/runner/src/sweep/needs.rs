//! What the tasks of a sweep ask of a cluster: what their experiment says, and else what finished stages have taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::Device;
use lab_core::config::Resources as Written;
use lab_core::events::Silent;

use super::folder::SweepsFolder;
use super::plan::Job;
use super::task::Task;
use crate::device::Card;
use crate::engine::Resources;
use crate::estimate::Cost;
use crate::only::Only;
use crate::plan::Plan;
use crate::preview::{Place, StagePreview, State, preview};
use crate::stages::keys::{DECODE, FEATURES, GENERATOR, observer};

/// Jobs that are looked at, spread over the sweep: each look loads the job's data.
const N_LOOKED_AT: usize = 8;
/// Factor on the known seconds, since a node may be slower. A job that needs longer goes on where it stopped.
const TIMES_SECONDS: f64 = 2.0;
/// Minutes that are added for starting, loading and the report.
const MORE_MINUTES: f64 = 10.0;
/// Minutes that every job is given at least: it is told to stop two minutes before its end, and must get on until then.
const LEAST_MINUTES: u64 = 5;
/// Factor on the known peak of memory, since Slurm ends a job that needs more than it has asked for.
const TIMES_MEMORY: f64 = 1.5;
/// Memory is asked for in steps of so many MiB, and one step more than is known.
const STEP_MIB: f64 = 256.0;

/// What finished stages tell of the tasks of a sweep: the most of any job that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Needs(BTreeMap<String, Resources>);

impl Needs {
    /// Looks at some of these jobs. What cannot be looked at asks for nothing: the cluster's own defaults hold.
    pub(crate) fn of(jobs: &[&Job], folder: &SweepsFolder) -> Self {
        let step = jobs.len().div_ceil(N_LOOKED_AT).max(1);
        let mut found = BTreeMap::new();
        for job in jobs.iter().step_by(step) {
            let Some(stages) = look(job, folder) else {
                return Self::default();
            };
            for (kind, need) in needs(&stages) {
                let most = found.entry(kind).or_insert(need);
                *most = Resources {
                    cpus: None,
                    memory_mib: most.memory_mib.zip(need.memory_mib).map(|(a, b)| a.max(b)),
                    minutes: most.minutes.zip(need.minutes).map(|(a, b)| a.max(b)),
                };
            }
        }
        Self(found)
    }

    /// What a task of this job asks for.
    pub(crate) fn of_task(&self, job: &Job, task: &Task) -> Resources {
        let known = self.0.get(&kind(task.only.as_ref())).copied();
        let known = known.unwrap_or_default();
        let Written {
            cores,
            memory_gib,
            hours,
        } = job.resources;
        Resources {
            cpus: cores,
            memory_mib: memory_gib
                .map_or(known.memory_mib, |gib| Some((gib * 1024.0).ceil() as u64)),
            minutes: hours.map_or(known.minutes, |hours| Some(minutes(hours))),
        }
    }
}

/// The minutes of a job that the experiment gives so many hours.
fn minutes(hours: f64) -> u64 {
    ((hours * 60.0).ceil() as u64).max(LEAST_MINUTES)
}

/// The kind of a task; all tasks of one kind ask for the same.
fn kind(only: Option<&Only>) -> String {
    match only {
        // Passes differ by their members alone, so that all ask for the same.
        Some(Only::Pass(_)) => DECODE.to_owned(),
        Some(only) => only.to_string(),
        None => String::new(),
    }
}

/// The stages of a job under the names of its tasks, as they stand; figures of as many threads as a job will have count.
fn look(job: &Job, folder: &SweepsFolder) -> Option<Vec<(String, StagePreview)>> {
    let plan = job.plan(folder).ok()?;
    let place = Place {
        runs: folder.runs().to_owned(),
        device: Device::Cpu,
        other_device: match job.device.as_str() {
            "auto" => Some("cuda"),
            name => Card::named(name).map(Card::key),
        },
    };
    let threads = job.resources.cores.unwrap_or(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let found = pool
        .build()
        .ok()?
        .install(|| preview(&plan, &place, Arc::new(Silent)));
    let tasks = tasks(&plan, job);
    let named = |stage: StagePreview| {
        let task = tasks.get(&stage.stage).cloned().unwrap_or_default();
        (task, stage)
    };
    Some(found.ok()?.stages.into_iter().map(named).collect())
}

/// The kinds of tasks that make stages of these names; all others are made by the whole run.
fn tasks(plan: &Plan, job: &Job) -> BTreeMap<String, String> {
    let networks = job.stages.networks.iter().map(|(only, _)| only);
    let all = networks.chain(job.stages.passes.first());
    all.map(|only| {
        let stage = match only {
            Only::Generator => GENERATOR.to_owned(),
            Only::Features => FEATURES.to_owned(),
            Only::Observer(idx) => plan
                .experiment
                .observers
                .get(*idx)
                .map_or_else(String::new, observer),
            Only::Pass(_) => DECODE.to_owned(),
        };
        (stage, kind(Some(only)))
    })
    .collect()
}

/// What each kind of task needs for the stages that it has to make.
fn needs(stages: &[(String, StagePreview)]) -> BTreeMap<String, Resources> {
    let mut all: BTreeMap<String, Vec<Option<Cost>>> = BTreeMap::new();
    // The whole run is a task even where no stage is left to make.
    all.entry(String::new()).or_default();
    for (kind, stage) in stages {
        let costs = all.entry(kind.clone()).or_default();
        if stage.state != State::There {
            costs.push(stage.cost);
        }
    }
    all.into_iter()
        .map(|(kind, costs)| {
            let is_pass = kind == DECODE;
            (kind, need(&costs, is_pass))
        })
        .collect()
}

/// What a task needs that makes these stages, or, if it is a pass, one of them; what is not known of all of them is not
/// asked for.
fn need(costs: &[Option<Cost>], one_of_them: bool) -> Resources {
    let costs: Option<Vec<Cost>> = costs.iter().copied().collect();
    let Some(costs) = costs.filter(|costs| !costs.is_empty()) else {
        return Resources::default();
    };
    let (seconds, memory) = if one_of_them {
        let memory: Option<Vec<u64>> = costs.iter().map(|cost| cost.memory_bytes).collect();
        (
            costs
                .iter()
                .map(|cost| cost.alone_seconds)
                .fold(0.0, f64::max),
            memory.and_then(|memory| memory.into_iter().max()),
        )
    } else {
        (Cost::seconds_of_run(&costs), Cost::memory_of_run(&costs))
    };
    Resources {
        cpus: None,
        memory_mib: memory.map(|bytes| {
            let mib = TIMES_MEMORY * bytes as f64 / f64::from(1 << 20);
            ((mib / STEP_MIB).ceil() + 1.0) as u64 * STEP_MIB as u64
        }),
        minutes: Some((TIMES_SECONDS * seconds / 60.0 + MORE_MINUTES).ceil() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::{minutes, need};
    use crate::engine::Resources;
    use crate::estimate::{Cost, Source};

    fn cost(seconds: f64, mib: Option<u64>) -> Cost {
        Cost {
            seconds,
            alone_seconds: seconds,
            memory_bytes: mib.map(|mib| mib << 20),
            disk_bytes: 0,
            source: Source::Alike,
        }
    }

    fn asked(memory_mib: Option<u64>, minutes: Option<u64>) -> Resources {
        Resources {
            cpus: None,
            memory_mib,
            minutes,
        }
    }

    #[test]
    fn a_task_asks_for_what_its_stages_took_and_more() {
        let two = [cost(3600.0, Some(1000)), cost(600.0, Some(300))].map(Some);
        // Twice 70 minutes and ten; one and a half times 1300 MiB in steps of 256 (eight), and one step more.
        assert_eq!(need(&two, false), asked(Some(2304), Some(150)));
        // A pass makes one of them: 1000 MiB are six steps, and one more.
        assert_eq!(need(&two, true), asked(Some(1792), Some(130)));
    }

    /// What was measured beside another stage takes more than its share when it is made alone, and less than the clock said.
    #[test]
    fn stages_that_were_made_side_by_side_ask_for_no_less_than_the_longest_took() {
        let beside = |seconds, alone_seconds| {
            Some(Cost {
                alone_seconds,
                ..cost(seconds, Some(100))
            })
        };
        // 40 and 20 minutes by shares, the first 55 by the clock: an hour together, 55 minutes at most alone.
        let both = [beside(2400.0, 3300.0), beside(1200.0, 1200.0)];
        assert_eq!(need(&both, false).minutes, Some(130));
        assert_eq!(need(&both[..1], false).minutes, Some(120));
        assert_eq!(need(&both, true).minutes, Some(120));
    }

    #[test]
    fn no_job_is_told_to_stop_as_soon_as_it_begins() {
        assert_eq!(minutes(0.02), 5);
        assert_eq!(minutes(1e-9), 5);
        assert_eq!(minutes(0.1), 6);
        assert_eq!(minutes(3.0), 180);
    }

    #[test]
    fn what_is_not_known_is_not_asked_for() {
        assert_eq!(
            need(&[Some(cost(60.0, None))], false),
            asked(None, Some(12))
        );
        assert_eq!(
            need(&[Some(cost(60.0, Some(1))), None], false),
            asked(None, None)
        );
        assert_eq!(need(&[], false), asked(None, None));
    }
}
