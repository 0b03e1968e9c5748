//! What a sweep would take before it runs: its runs, the trainings that they share, and their time.
//!
//! Runs that differ by their seed alone take the same and share nothing, so that one run of each variant at each condition is
//! looked at: the keys of its trainings say which other runs share them, and finished stages what they take, or where none
//! tells, a few updates. Data, networks and timed updates are shared among the looks. Nothing is written, trained or made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use lab_core::events::Silent;
use serde::Serialize;

use super::plan::{Job, Sweep};
use crate::estimate::{StageEstimate, Trials, estimate};
use crate::only::Only;
use crate::preview::{Place, Seen, preview_after};
use crate::stages::keys::{DECODE, FEATURES, GENERATOR, observer};
use crate::stages::tune::TUNE;
use crate::{Plan, Result, decides};

/// The setting that costs nothing.
const SEED: &str = "seed";

/// What a sweep would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// Number of runs in the sweep, each counted once.
    pub n_runs: usize,
    /// Number of runs that are left to do.
    pub n_left: usize,
    /// The trainings behind the runs that are left, by kind.
    pub trainings: Vec<TrainingOutlook>,
    /// Seconds of all of them, as far as they are known.
    pub seconds: f64,
}

/// Trainings of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingOutlook {
    /// The kind, such as `generator`.
    pub stage: String,
    /// Runs that need one.
    pub n_runs: usize,
    /// Trainings that these runs share.
    pub n_trainings: usize,
    /// Seconds of all of them, one after the other.
    pub seconds: f64,
    /// Trainings whose time nothing tells.
    pub n_unknown: usize,
}

/// Looks at the runs of a sweep that `is_left` says are left. `tell` is called with the label of each run that is looked at.
///
/// # Errors
/// As [`estimate`], and as a run where its data cannot be used.
pub fn outlook(
    sweep: &Sweep,
    runs: &Path,
    is_left: &dyn Fn(&Job) -> bool,
    tell: &dyn Fn(&str),
) -> Result<Outlook> {
    let left: Vec<&Job> = sweep.jobs.iter().filter(|job| is_left(job)).collect();
    let looked = look_at_all(sweep, &left, runs, tell)?;
    let mut made: BTreeSet<String> = BTreeSet::new();
    let mut all: Vec<TrainingOutlook> = Vec::new();
    for job in &left {
        let found = &looked[&sweep.alike(job)];
        for part in parts(job, found) {
            let seconds = found.seconds(&part.kept_as);
            let of = of_kind(&mut all, &part.kind);
            of.n_runs += 1;
            if made.insert(format!("{} {}", part.kept_as, part.shared)) {
                of.n_trainings += 1;
                of.seconds += seconds.unwrap_or(0.0);
                of.n_unknown += usize::from(seconds.is_none());
            }
        }
    }
    Ok(Outlook {
        n_runs: sweep.jobs.len(),
        n_left: left.len(),
        // The sum of nothing is a zero below zero.
        seconds: all.iter().map(|of| of.seconds).sum::<f64>().max(0.0),
        trainings: all,
    })
}

/// The trainings of a kind; new ones if it is the first of it.
fn of_kind<'a>(all: &'a mut Vec<TrainingOutlook>, stage: &str) -> &'a mut TrainingOutlook {
    let place = all.iter().position(|of| of.stage == stage);
    let place = place.unwrap_or_else(|| {
        all.push(TrainingOutlook {
            stage: stage.to_owned(),
            n_runs: 0,
            n_trainings: 0,
            seconds: 0.0,
            n_unknown: 0,
        });
        all.len() - 1
    });
    &mut all[place]
}

impl Sweep {
    /// A name that runs share which take the same: those of one variant at one condition, or those that differ by their seed.
    fn alike(&self, job: &Job) -> String {
        let place = self.combinations.iter().position(|of| of.job == job.hash);
        let place = place.unwrap_or(0);
        if let Some(cell) = self.cells.get(place) {
            let question = &self.questions[cell.question];
            let name = match cell.variant {
                Some(variant) => format!("{} {variant}", question.name),
                None => question.base.to_string_lossy().into_owned(),
            };
            return format!("{name} {}", cell.condition);
        }
        let values = self.combinations.get(place).map(|of| &of.values);
        let pairs = self.swept.iter().zip(values.into_iter().flatten());
        let others = pairs.filter(|(of, _)| of.path != SEED);
        let others: Vec<&str> = others.map(|(_, value)| value.as_str()).collect();
        others.join("\n")
    }
}

/// What is known of a run that was looked at.
struct Looked {
    estimates: Vec<StageEstimate>,
    /// The keys of its stages by their names; empty if its data could not be loaded.
    keys: BTreeMap<String, String>,
    /// Names of the stages of its observers.
    observers: Vec<String>,
}

impl Looked {
    /// What a training takes, with what it gets ready first.
    fn seconds(&self, kept_as: &str) -> Option<f64> {
        let all = self.estimates.iter().filter(|of| of.kept_as == kept_as);
        all.map(|of| of.seconds).reduce(|sum, of| sum + of)
    }

    /// The name of the stage that makes a training, as its results are kept by.
    fn kept_as(&self, only: &Only) -> &str {
        match only {
            Only::Generator => GENERATOR,
            Only::Features => FEATURES,
            Only::Observer(idx) => self.observers.get(*idx).map_or("", String::as_str),
            Only::Pass(_) => DECODE,
        }
    }
}

/// A training of a run.
struct Part {
    /// What trainings of its kind are called together.
    kind: String,
    /// Name of its stage, as its results are kept by.
    kept_as: String,
    /// Runs that share this text share the training.
    shared: String,
}

/// The trainings of a run. The run that was looked at may have another seed, and what is drawn from another seed is another
/// training.
fn parts(job: &Job, looked: &Looked) -> Vec<Part> {
    let sets = &job.asked.sets;
    let seed = sets.iter().rev().find(|set| set.starts_with("seed="));
    let seed = seed.map_or("", String::as_str);
    let part = |kind: &str, kept_as: &str, shared: String| Part {
        kind: kind.into(),
        kept_as: kept_as.into(),
        shared,
    };
    let own = |kept_as: &str, text: &String| {
        let key = looked.keys.get(kept_as);
        key.map_or_else(|| text.clone(), |key| format!("{key} {seed}"))
    };
    let network = |(only, text): &(Only, String)| {
        let kept_as = looked.kept_as(only);
        let kind = match only {
            Only::Observer(_) => "observer".to_owned(),
            other => other.to_string(),
        };
        part(&kind, kept_as, own(kept_as, text))
    };
    let mut all: Vec<Part> = job.stages.networks.iter().map(network).collect();
    let mut decoders = own(DECODE, &job.stages.decoders);
    if let Some(fits) = looked.keys.get(TUNE) {
        // What the fits choose decides the decoders.
        decoders = format!("{decoders} {fits}");
        all.push(part(TUNE, TUNE, format!("{fits} {seed}")));
    }
    all.push(part("decoders", DECODE, decoders));
    all
}

/// Looks at one run of each variant at each condition, by the names of [`Sweep::alike`].
fn look_at_all(
    sweep: &Sweep,
    left: &[&Job],
    runs: &Path,
    tell: &dyn Fn(&str),
) -> Result<BTreeMap<String, Looked>> {
    let mut firsts: BTreeMap<String, &Job> = BTreeMap::new();
    for job in left {
        firsts.entry(sweep.alike(job)).or_insert(job);
    }
    let mut plans = Vec::new();
    for (alike, job) in firsts {
        plans.push((alike, job, Plan::read(&job.asked)?));
    }
    // Runs that load the same data follow each other, so that it is loaded once.
    plans.sort_by_cached_key(|(_, _, plan)| decides::data(plan));
    let (mut seen, mut trials) = (Seen::default(), Trials::default());
    let mut looked = BTreeMap::new();
    for (alike, job, plan) in plans {
        tell(&job.label);
        looked.insert(alike, look(&plan, runs, &mut seen, &mut trials)?);
    }
    Ok(looked)
}

fn look(plan: &Plan, runs: &Path, seen: &mut Seen, trials: &mut Trials) -> Result<Looked> {
    let place = Place {
        runs: runs.to_owned(),
        device: Device::Cpu,
        other_device: None,
    };
    let n_rows = crate::check::check(plan)?.data.map(|data| data.n_rows);
    // Without its data nobody knows which finished stages serve.
    let known = preview_after(plan, &place, Arc::new(Silent), seen);
    let known = known.map_or(Vec::new(), |of| of.stages);
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for stage in &known {
        *keys.entry(stage.stage.clone()).or_default() += &stage.key;
    }
    Ok(Looked {
        estimates: estimate(plan, n_rows, &known, trials)?,
        keys,
        observers: plan.experiment.observers.iter().map(observer).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{GENERATOR, Looked};
    use crate::StageEstimate;

    #[test]
    fn each_observer_has_its_own_time_and_a_generator_that_of_what_it_gets_ready() {
        let estimate = |kept_as: &str, seconds: f64| StageEstimate {
            stage: "said to people".into(),
            kept_as: kept_as.into(),
            n_updates: None,
            n_images: None,
            seconds,
            source: None,
        };
        let looked = Looked {
            estimates: vec![
                estimate(GENERATOR, 30.0),
                estimate(GENERATOR, 600.0),
                estimate("observer/convnet", 5.0),
                estimate("observer/alexnet", 90.0),
            ],
            keys: BTreeMap::new(),
            observers: Vec::new(),
        };
        let seconds = |kept_as: &str| looked.seconds(kept_as);
        assert_eq!(seconds(GENERATOR), Some(630.0));
        assert_eq!(seconds("observer/convnet"), Some(5.0));
        assert_eq!(seconds("observer/alexnet"), Some(90.0));
        assert_eq!(seconds("decode"), None);
    }
}
