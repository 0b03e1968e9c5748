//! What decides a part of a run, as a text: runs of which it is equal make the same part. Before anything is loaded no key can say
//! so; a text may differ where keys would be equal, and never the other way round.

use lab_core::config::{Experiment, PluginRef};

use crate::plan::Plan;

/// What decides the data that a run loads.
pub(crate) fn data(plan: &Plan) -> String {
    let experiment = &plan.experiment;
    [
        format!("{} {}", experiment.seed, plan.toy.is_some()),
        plan.parts.generator.plugin.image_shape().to_string(),
        experiment.plugins.join("\n"),
        experiment.dataset.one_line(),
        format!("{:?} {:?}", experiment.responses, experiment.split),
    ]
    .join("\n\n")
}

/// What decides the networks of a run: their parameters, and the data that they may learn from.
pub(crate) fn networks(plan: &Plan) -> String {
    let experiment = &plan.experiment;
    let nets = experiment.features.iter().chain(&experiment.observers);
    let mut all: Vec<String> = nets.map(PluginRef::one_line).collect();
    all.push(experiment.generator.one_line());
    all.push(data(plan));
    all.join("\n\n")
}

/// What decides how a decode pass learns, beside its rows and the seed.
pub(crate) fn pass(experiment: &Experiment) -> String {
    let losses = experiment.losses.iter();
    let losses: Vec<String> = losses
        .map(|(weight, term)| format!("{weight} {}", term.one_line()))
        .collect();
    let features = experiment.features.as_ref().map(PluginRef::one_line);
    let ensemble = &experiment.ensemble;
    [
        experiment.generator.one_line(),
        features.unwrap_or_default(),
        losses.join("\n"),
        experiment.decoder.one_line(),
        format!("{} {}", ensemble.members, ensemble.per_pass),
    ]
    .join("\n\n")
}
