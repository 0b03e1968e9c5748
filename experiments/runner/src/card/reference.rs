//! What all generators are held against: the first experiment's images, as far as none of them has learned from those.

use std::collections::BTreeSet;

use candle_core::Tensor;
use lab_core::config::{Experiment, PluginRef};
use lab_core::recording::Stimuli;

use super::super::session::Session;
use super::Contestant;
use crate::stages::load::{self, Data};
use crate::stages::networks;
use crate::{Error, Result};

/// Images, and where they come from.
pub(super) struct Reference {
    /// The data of the first experiment.
    pub(super) data: Data,
    /// Images of the dataset that no corpus holds, test images among them: `[n_real, 1, height, width]`.
    pub(super) real: Tensor,
    /// The picture that each of them was cut from, if they were.
    pub(super) pictures: Option<Vec<usize>>,
    /// The experiments whose corpus no experiment before them has.
    pub(super) new_corpora: Vec<usize>,
}

/// Takes the first experiment's images, without those that any generator has learned from.
pub(super) fn find(sessions: &[Session<'_>], contestants: &[Contestant]) -> Result<Reference> {
    let first = sessions.first().ok_or(Error::Missing {
        what: "experiment to compare",
    })?;
    let data = load::load(first)?;
    let mut learned = Learned::default();
    learned.add(0, networks::generator_corpus(first, &data)?)?;
    for (idx, session) in sessions.iter().enumerate().skip(1) {
        let corpus = other_corpus(session, &data).map_err(Error::during(format!(
            "'{}'",
            contestants[idx].file.display()
        )))?;
        learned.add(idx, corpus)?;
    }
    let prints = data.recording.stimuli.fingerprints()?;
    let unseen: Vec<usize> = (0..prints.len())
        .filter(|&idx| !learned.images.contains(&prints[idx]))
        .collect();
    let device = data.test_images.device();
    Ok(Reference {
        real: data.recording.stimuli.tensor(&unseen, device)?,
        pictures: data.recording.stimuli.pictures_among(&unseen),
        data,
        new_corpora: learned.new_corpora,
    })
}

/// What the generator of another experiment learns from: images of the same shape, and no test image of the first.
fn other_corpus(session: &Session<'_>, first: &Data) -> Result<Option<Stimuli>> {
    let own = load::load(session)?;
    let (images, reference) = (&own.recording.stimuli, &first.recording.stimuli);
    if images.shape() != reference.shape() {
        return Err(lab_core::Error::Data {
            what: format!("images of '{}'", session.plan.experiment.name),
            expected: format!("{}, as in the first experiment", reference.shape()),
            got: images.shape().to_string(),
            remedy: "compare generators of images of one shape".into(),
        }
        .into());
    }
    let corpus = networks::generator_corpus(session, &own)?;
    if let Some(corpus) = &corpus {
        // Its own test images are not in it; those of the first experiment may be.
        corpus.refuse_test_images_of(reference, "the generator's corpus")?;
    }
    Ok(corpus)
}

/// What generators have learned from.
#[derive(Default)]
struct Learned {
    images: BTreeSet<[u8; 32]>,
    corpora: BTreeSet<String>,
    new_corpora: Vec<usize>,
}

impl Learned {
    fn add(&mut self, idx: usize, corpus: Option<Stimuli>) -> Result<()> {
        if let Some(corpus) = corpus
            && self.corpora.insert(corpus.content_hash()?)
        {
            self.images.extend(corpus.fingerprints()?);
            self.new_corpora.push(idx);
        }
        Ok(())
    }
}

/// What differs between experiments beside the generator, in words.
///
/// Each is held against the first one of its seed, or the first of all; a repetition with another seed is no difference.
pub(super) fn differences(contestants: &[Contestant], labels: &[String]) -> Vec<String> {
    let of = |idx: usize| &contestants[idx].plan.experiment;
    let mut all = Vec::new();
    for (idx, label) in labels.iter().enumerate().skip(1) {
        let same_seed = (0..idx).find(|&other| of(other).seed == of(idx).seed);
        let repeated = (0..idx).find(|&other| {
            let (a, b) = (of(other), of(idx));
            a.name == b.name && a.generator.one_line() == b.generator.one_line()
        });
        let reference = same_seed.or(repeated).unwrap_or(0);
        let theirs = parts(of(reference));
        let own = parts(of(idx)).into_iter().zip(&theirs);
        let differing: Vec<&str> = own
            .filter(|(own, theirs)| own.1 != theirs.1)
            .map(|(own, _)| own.0)
            .filter(|&part| part != "seed" || repeated.is_none())
            .collect();
        if !differing.is_empty() {
            all.push(format!(
                "{label} differs from {} in: {}",
                labels[reference],
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
