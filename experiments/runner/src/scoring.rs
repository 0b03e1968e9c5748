//! Scoring: features of originals and candidates, handed to the pure functions of `lab-score`.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_core::objective::cached_activations;
use lab_core::recording::Labels;
use lab_core::traits::FittedFeatureNet;
use lab_score::generalisation::{NearestTraining, distances};
use lab_score::guards::guards_of;
use lab_score::image_space::Nearest;
use lab_score::{Candidates, Observer, Rows, Scored, TestSet};

use super::classifier::Classifier;
use super::session::Session;
use crate::stages::images::Images;
use crate::stages::load::Data;
use crate::stages::networks::Networks;

pub(crate) fn score(
    session: &Session<'_>,
    data: &Data,
    networks: &Networks,
    conditions: &[Images],
) -> crate::Result<Scored> {
    let judges = Judges::of(session, networks);
    let labels = data.recording.stimuli.labels.as_ref();
    let experiment = &session.plan.experiment;
    let (classifier, unclassified) = labels
        .filter(|_| experiment.evaluate.contains(&Evaluation::Classes))
        .map_or((None, None), |labels| judges.classifier(labels));
    let classes = labels.zip(data.recording.stimuli.classes(&data.test_idx));
    let originals = judges.features(&data.test_images)?;
    let test = TestSet {
        height: data.recording.stimuli.shape().height,
        width: data.recording.stimuli.shape().width,
        originals: rows(&data.test_images)?,
        classes: classes.map(|(labels, classes)| (classes, labels.names.clone())),
        observers: judges.observers(&originals),
        classifier: classifier
            .as_ref()
            .map(|judge| {
                Ok::<_, lab_core::Error>((judge.name.clone(), judge.named(&data.test_images)?))
            })
            .transpose()?,
    };
    let mut candidates = Vec::new();
    for images in conditions {
        candidates.push(Candidates {
            condition: images.condition.clone(),
            images: rows(&images.images)?,
            features: judges.features(&images.images)?,
            named_classes: classifier
                .as_ref()
                .map(|judge| judge.named(&images.images))
                .transpose()?,
            thorough: images.thorough,
        });
    }
    let mut scored = lab_score::score(&test, &candidates, &experiment.scores, experiment.seed)?;
    if let Some(result) = candidates.iter().find(|of| of.condition.is_result()) {
        let training = rows(&data.train_images)?;
        let pictures = data.train_pictures();
        scored.guards = guards_of(
            &test,
            result,
            (Some(&training), pictures.as_deref()),
            &scored,
            (&experiment.scores, experiment.seed),
        );
        if experiment.evaluate.contains(&Evaluation::Generalisation) {
            (scored.distances, scored.distance_trends) = distances(
                &test,
                result,
                &scored,
                &nearest_training(data),
                (&experiment.scores, experiment.seed),
            );
        }
    }
    scored.warnings.extend(unclassified);
    let ctx = session.ctx.child("scores");
    scored.warnings.iter().for_each(|text| ctx.warn(text));
    Ok(scored)
}

/// For each test image, the training image that is nearest to it.
fn nearest_training(data: &Data) -> Vec<Option<NearestTraining>> {
    let names = data.recording.stimuli.names.as_ref();
    let named = |nearest: &Option<Nearest>| {
        let nearest = nearest.as_ref()?;
        let idx = *data.train_idx.get(nearest.place)?;
        Some(NearestTraining {
            image: data.ids.get(idx).copied().unwrap_or(idx),
            name: names
                .and_then(|names| names.get(idx).cloned())
                .unwrap_or_default(),
            distance: nearest.distance(),
        })
    };
    data.nearest.iter().map(named).collect()
}

/// The networks that look at images.
struct Judges<'a> {
    nets: Vec<JudgeNet<'a>>,
}

/// A network that looks at images.
struct JudgeNet<'a> {
    name: String,
    /// Whether a loss term looks through this network.
    in_loss: bool,
    net: &'a dyn FittedFeatureNet,
    /// Names of the layers by which it compares images.
    layers: Vec<String>,
}

impl<'a> Judges<'a> {
    fn of(session: &Session<'_>, networks: &'a Networks) -> Self {
        let mut nets = Vec::new();
        for observer in &networks.observers {
            nets.push(JudgeNet {
                name: observer.name.clone(),
                in_loss: false,
                net: observer.net.as_ref(),
                layers: observer.net.layers(),
            });
        }
        if let Some(features) = &networks.features {
            let used: Vec<String> = session
                .plan
                .parts
                .terms
                .iter()
                .flat_map(|term| term.term.layers())
                .collect();
            let layers = features
                .net
                .layers()
                .into_iter()
                .filter(|layer| used.contains(layer))
                .collect();
            nets.push(JudgeNet {
                name: features.name.clone(),
                in_loss: true,
                net: features.net.as_ref(),
                layers,
            });
        }
        Self { nets }
    }

    fn features(&self, images: &Tensor) -> Result<BTreeMap<String, Rows>> {
        let mut all = BTreeMap::new();
        for judge in &self.nets {
            for (layer, values) in cached_activations(judge.net, images, &judge.layers)? {
                all.insert(format!("{}.{layer}", judge.name), rows(&values)?);
            }
        }
        Ok(all)
    }

    fn observers(&self, originals: &BTreeMap<String, Rows>) -> Vec<Observer> {
        let mut observers = Vec::new();
        for judge in &self.nets {
            for layer in &judge.layers {
                let name = format!("{}.{layer}", judge.name);
                if let Some(originals) = originals.get(&name) {
                    observers.push(Observer {
                        name,
                        in_loss: judge.in_loss,
                        originals: originals.clone(),
                    });
                }
            }
        }
        observers
    }

    /// The first network outside the loss that knows every class of the data, or why there is none; nothing is said where no
    /// such network names classes at all.
    fn classifier(&self, labels: &Labels) -> (Option<Classifier<'a>>, Option<String>) {
        let mut reasons = Vec::new();
        for judge in &self.nets {
            if judge.in_loss || judge.net.classes().is_empty() {
                continue;
            }
            match Classifier::of(&judge.name, judge.net, labels) {
                Ok(classifier) => return (Some(classifier), None),
                Err(reason) => reasons.push(reason),
            }
        }
        let reason = (!reasons.is_empty()).then(|| {
            format!(
                "no class accuracy: {}; classes are matched by their names",
                reasons.join("; ")
            )
        });
        (None, reason)
    }
}

/// Images or activations as rows of numbers, one row for each image.
pub(super) fn rows(images: &Tensor) -> Result<Rows> {
    let flat = images.flatten_from(1)?;
    Ok(Rows {
        n_columns: flat.dim(1)?,
        values: flat.flatten_all()?.to_vec1::<f32>()?,
    })
}
