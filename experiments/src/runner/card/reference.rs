//! What all generators are held against: real images that none of them has learned from.

use std::collections::BTreeSet;

use candle_core::Tensor;
use lab_core::config::{Experiment, PluginRef};
use lab_core::{Error, Result};

use super::super::load::{self, Data};
use super::super::{Bench, networks};
use super::Contestant;

/// Images, and where they come from.
pub(super) struct Reference {
    /// The data of the first experiment.
    pub(super) data: Data,
    /// Images of the dataset that no corpus holds, test images among them: `[n_real, 1, height, width]`.
    pub(super) real: Tensor,
    /// The experiments whose corpus no experiment before them has.
    pub(super) new_corpora: Vec<usize>,
}

/// Loads the dataset, which must be the same for all, and takes out what any generator has learned from.
pub(super) fn find(benches: &[Bench<'_>]) -> Result<Reference> {
    let mut learned: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut corpora = BTreeSet::new();
    let mut new_corpora = Vec::new();
    let mut first: Option<(Data, String)> = None;
    for (idx, bench) in benches.iter().enumerate() {
        let data = load::load(bench)?;
        let images = data.recording.stimuli.content_hash()?;
        if let Some((known, hash)) = &first
            && *hash != images
        {
            return Err(Error::Config {
                at: bench.plan.experiment.dataset.location(),
                message: format!(
                    "the images of '{}' are not those of '{}' in the first experiment",
                    data.recording.name, known.recording.name
                ),
                hint: "generators can be compared on the same dataset and seed of its images only"
                    .into(),
            });
        }
        if let Some(corpus) = networks::generator_corpus(bench, &data)?
            && corpora.insert(corpus.content_hash()?)
        {
            learned.extend(corpus.fingerprints()?);
            new_corpora.push(idx);
        }
        first.get_or_insert((data, images));
    }
    let Some((data, _)) = first else {
        return Err(Error::shape("experiments to compare", "at least 1", 0));
    };
    let prints = data.recording.stimuli.fingerprints()?;
    let unseen: Vec<usize> = (0..prints.len())
        .filter(|&idx| !learned.contains(&prints[idx]))
        .collect();
    let device = data.test_images.device();
    Ok(Reference {
        real: data.recording.stimuli.tensor(&unseen, device)?,
        data,
        new_corpora,
    })
}

/// What differs from the first experiment, beside the generator, in words.
pub(super) fn differences(contestants: &[Contestant], labels: &[String]) -> Vec<String> {
    let Some(first) = contestants.first() else {
        return Vec::new();
    };
    let reference = parts(&first.plan.experiment);
    let mut all = Vec::new();
    for (contestant, label) in contestants.iter().zip(labels).skip(1) {
        let own = parts(&contestant.plan.experiment);
        let differing: Vec<&str> = own
            .iter()
            .zip(&reference)
            .filter(|(own, reference)| own.1 != reference.1)
            .map(|(own, _)| own.0)
            .collect();
        if !differing.is_empty() {
            all.push(format!(
                "{label} differs from {} in: {}",
                labels[0],
                differing.join(", ")
            ));
        }
    }
    all
}

/// The parts of an experiment that a comparison of generators keeps fixed.
fn parts(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let losses: Vec<String> = experiment
        .losses
        .iter()
        .map(|(weight, part)| format!("{weight} {}", part.one_line()))
        .collect();
    let align: Vec<String> = experiment.align.iter().map(PluginRef::one_line).collect();
    let features = experiment.features.as_ref().map(PluginRef::one_line);
    vec![
        ("seed", experiment.seed.to_string()),
        ("dataset", experiment.dataset.one_line()),
        ("responses", format!("{:?}", experiment.responses)),
        ("align", align.join(" ")),
        ("features", features.unwrap_or_default()),
        ("losses", losses.join(" ")),
        ("decoder", experiment.decoder.one_line()),
        ("ensemble", format!("{:?}", experiment.ensemble)),
        ("inversion", format!("{:?}", experiment.scores.inversion)),
    ]
}
