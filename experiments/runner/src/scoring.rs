//! Scoring: features of originals and candidates, handed to the pure functions of `lab-reports`.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_core::dims::ValueRange;
use lab_core::objective::cached_activations;
use lab_core::recording::Labels;
use lab_core::traits::FittedFeatureNet;
use lab_score::{Candidates, Observer, Rows, Scored, TestSet};

use super::Bench;
use super::conditions::Images;
use super::load::Data;
use super::networks::Networks;

/// Images shown to a classifier at a time.
const CHUNK: usize = 128;

pub(crate) fn score(
    bench: &Bench<'_>,
    data: &Data,
    networks: &Networks,
    conditions: &[Images],
) -> crate::Result<Scored> {
    let judges = Judges::of(bench, networks);
    let labels = data.recording.stimuli.labels.as_ref();
    let classifier = labels
        .filter(|_| {
            bench
                .plan
                .experiment
                .evaluate
                .contains(&Evaluation::Classes)
        })
        .and_then(|labels| judges.classifier(labels));
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
    Ok(lab_score::score(
        &test,
        &candidates,
        &bench.plan.experiment.scores,
        bench.plan.experiment.seed,
    )?)
}

/// Networks that look at images, and the layers they look with.
struct Judges<'a> {
    nets: Vec<(String, bool, &'a dyn FittedFeatureNet, Vec<String>)>,
}

/// A network that names classes of the data.
struct Classifier<'a> {
    name: String,
    net: &'a dyn FittedFeatureNet,
    /// For each class of the network, the class of the data.
    class: Vec<u32>,
}

impl<'a> Judges<'a> {
    fn of(bench: &Bench<'_>, networks: &'a Networks) -> Self {
        let mut nets: Vec<(String, bool, &dyn FittedFeatureNet, Vec<String>)> = Vec::new();
        for observer in &networks.observers {
            nets.push((
                observer.name.clone(),
                false,
                observer.net.as_ref(),
                observer.net.layers(),
            ));
        }
        if let Some(features) = &networks.features {
            let used: Vec<String> = bench
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
            nets.push((features.name.clone(), true, features.net.as_ref(), layers));
        }
        Self { nets }
    }

    fn features(&self, images: &Tensor) -> Result<BTreeMap<String, Rows>> {
        let mut all = BTreeMap::new();
        for (name, _, net, layers) in &self.nets {
            for (layer, values) in cached_activations(*net, images, layers)? {
                all.insert(format!("{name}.{layer}"), rows(&values)?);
            }
        }
        Ok(all)
    }

    fn observers(&self, originals: &BTreeMap<String, Rows>) -> Vec<Observer> {
        let mut observers = Vec::new();
        for (name, in_loss, _, layers) in &self.nets {
            for layer in layers {
                let name = format!("{name}.{layer}");
                if let Some(originals) = originals.get(&name) {
                    observers.push(Observer {
                        name,
                        in_loss: *in_loss,
                        originals: originals.clone(),
                    });
                }
            }
        }
        observers
    }

    /// The first network outside the loss that knows every class of the data.
    fn classifier(&self, labels: &Labels) -> Option<Classifier<'a>> {
        self.nets
            .iter()
            .filter(|(_, in_loss, _, _)| !in_loss)
            .find_map(|(name, _, net, _)| {
                let class = net
                    .classes()
                    .iter()
                    .map(|class| labels.names.iter().position(|known| known == class));
                let class: Vec<u32> = class
                    .map(|class| class.map_or(u32::MAX, |class| class as u32))
                    .collect();
                let complete = (0..labels.names.len() as u32).all(|known| class.contains(&known));
                (complete && !labels.names.is_empty()).then(|| Classifier {
                    name: name.clone(),
                    net: *net,
                    class,
                })
            })
    }
}

impl Classifier<'_> {
    /// The class of the data named for each image; `u32::MAX` for a class that the data does not have.
    fn named(&self, images: &Tensor) -> Result<Vec<u32>> {
        let n_images = images.dim(0)?;
        let mut named = Vec::with_capacity(n_images);
        for start in (0..n_images).step_by(CHUNK) {
            let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
            let chunk = ValueRange::SIGNED.map_to(self.net.value_range(), &chunk)?;
            if let Some(scores) = self.net.classify(&chunk)? {
                let best = scores.argmax(1)?.to_vec1::<u32>()?;
                named.extend(
                    best.into_iter()
                        .map(|class| self.class.get(class as usize).copied().unwrap_or(u32::MAX)),
                );
            }
        }
        Ok(named)
    }
}

/// One row an image.
pub(super) fn rows(images: &Tensor) -> Result<Rows> {
    let flat = images.flatten_from(1)?;
    Ok(Rows {
        n_columns: flat.dim(1)?,
        values: flat.flatten_all()?.to_vec1::<f32>()?,
    })
}
