//! Scoring: features of originals and candidates, handed to the pure functions of `lab-score`.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_core::dims::ValueRange;
use lab_core::objective::cached_activations;
use lab_core::recording::Labels;
use lab_core::traits::FittedFeatureNet;
use lab_score::{Candidates, Named, Observer, Rows, Scored, TestSet};

use super::session::Session;
use crate::stages::images::Images;
use crate::stages::load::Data;
use crate::stages::networks::Networks;

/// Images shown to a classifier at a time.
const CHUNK: usize = 128;

pub(crate) fn score(
    session: &Session<'_>,
    data: &Data,
    networks: &Networks,
    conditions: &[Images],
) -> crate::Result<Scored> {
    let judges = Judges::of(session, networks);
    let labels = data.recording.stimuli.labels.as_ref();
    let classifier = labels
        .filter(|_| {
            session
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
    Ok(super::labelled::score(
        &test,
        &candidates,
        &session.plan.experiment.scores,
        session.plan.experiment.seed,
    )?)
}

/// The networks that look at images.
struct Judges<'a> {
    nets: Vec<JudgeNet<'a>>,
}

/// A network that looks at images.
struct JudgeNet<'a> {
    name: String,
    /// Whether the loss uses it.
    in_loss: bool,
    net: &'a dyn FittedFeatureNet,
    /// The layers it looks with.
    layers: Vec<String>,
}

/// A network that names classes of the data.
struct Classifier<'a> {
    name: String,
    net: &'a dyn FittedFeatureNet,
    /// For each class of the network, the class of the data, if the data has it.
    class: Vec<Named>,
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

    /// The first network outside the loss that knows every class of the data.
    fn classifier(&self, labels: &Labels) -> Option<Classifier<'a>> {
        self.nets
            .iter()
            .filter(|judge| !judge.in_loss)
            .find_map(|judge| {
                let place = |class: &String| labels.names.iter().position(|known| known == class);
                let classes = judge.net.classes().iter();
                let class: Vec<Named> = classes
                    .map(|class| place(class).map(|class| class as u32))
                    .collect();
                let complete =
                    (0..labels.names.len() as u32).all(|known| class.contains(&Some(known)));
                (complete && !labels.names.is_empty()).then(|| Classifier {
                    name: judge.name.clone(),
                    net: judge.net,
                    class,
                })
            })
    }
}

impl Classifier<'_> {
    /// The class of the data named for each image.
    fn named(&self, images: &Tensor) -> Result<Vec<Named>> {
        let n_images = images.dim(0)?;
        let mut named = Vec::with_capacity(n_images);
        for start in (0..n_images).step_by(CHUNK) {
            let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
            let chunk = ValueRange::SIGNED.map_to(self.net.value_range(), &chunk)?;
            if let Some(scores) = self.net.classify(&chunk)? {
                let best = scores.argmax(1)?.to_vec1::<u32>()?;
                let of_data = |class: u32| self.class.get(class as usize).copied().flatten();
                named.extend(best.into_iter().map(of_data));
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
