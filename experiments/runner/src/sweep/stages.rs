//! The parts of a job that can be jobs of their own on a cluster: trainings of networks, which jobs may share, and decode
//! passes.

use lab_core::config::{Experiment, PluginRef};

use crate::decides;
use crate::only::Only;
use crate::plan::Plan;

/// The stages of one job that are worth a job of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stages {
    /// Trainings of networks, each with a hash over all that can decide it: jobs with the same one share the training.
    pub(crate) networks: Vec<(Only, String)>,
    /// A hash over all that can decide the decoders: runs that differ in nothing else share them.
    pub(crate) decoders: String,
    /// Decode passes; none if there is only one, which the whole run makes.
    pub(crate) passes: Vec<Only>,
}

impl Stages {
    /// The stages of a plan. What has no corpus is not trained.
    ///
    /// The store would also find two jobs that share a training by its key, and lets one of them wait. Here it is enough that
    /// equal hashes mean equal trainings.
    pub(crate) fn of(plan: &Plan, device: &str) -> Self {
        let experiment = &plan.experiment;
        let mut networks = Vec::new();
        if plan.parts.generator.corpus.is_some() {
            let of = shared(plan, device, &experiment.generator.one_line());
            networks.push((Only::Generator, of));
        }
        let features = plan.parts.features.iter().zip(&experiment.features);
        for (_, part) in features.filter(|(net, _)| net.corpus.is_some()) {
            networks.push((Only::Features, shared(plan, device, &part.one_line())));
        }
        let observers = plan
            .parts
            .observers
            .iter()
            .zip(&experiment.observers)
            .enumerate();
        for (idx, (_, part)) in observers.filter(|(_, (net, _))| net.corpus.is_some()) {
            networks.push((Only::Observer(idx), shared(plan, device, &part.one_line())));
        }
        Self {
            networks,
            decoders: decoders(plan, device),
            // What a run chooses decides its passes, which no other job could know before.
            passes: match experiment.tune {
                None => passes(experiment),
                Some(_) => Vec::new(),
            },
        }
    }
}

fn decoders(plan: &Plan, device: &str) -> String {
    let experiment = &plan.experiment;
    let align: Vec<String> = experiment.align.iter().map(PluginRef::one_line).collect();
    let tune = format!("{:?}", experiment.tune);
    let all = [align.join("\n"), decides::pass(experiment), tune];
    shared(plan, device, &all.join("\n\n"))
}

fn passes(experiment: &Experiment) -> Vec<Only> {
    let ensemble = &experiment.ensemble;
    let n_passes = ensemble.members.div_ceil(ensemble.per_pass.max(1));
    if n_passes > 1 {
        (0..n_passes).map(Only::Pass).collect()
    } else {
        Vec::new()
    }
}

fn shared(plan: &Plan, device: &str, part: &str) -> String {
    let all = [device, &decides::data(plan), part];
    blake3::hash(all.join("\n\n").as_bytes()).to_hex()[..12].to_owned()
}
