//! The judge: a network that no loss has used, and the same one for every generator.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::dims::ValueRange;
use lab_core::objective::cached_activations;
use lab_core::traits::FittedFeatureNet;
use lab_core::{Error, Result};
use lab_score::Rows;
use lab_score::quality::Coverage;
use lab_score::quality::coverage;
use serde::Serialize;

use super::super::scoring::rows;
use crate::stages::networks::Ready;

/// Images shown to the classifier at a time.
const CHUNK: usize = 128;
/// Probability from which on the classifier is sure.
const SURE: f64 = 0.9;

/// What is known about the judge.
#[derive(Debug, Clone, Serialize)]
pub struct JudgeFacts {
    /// The features, such as "convnet.conv3".
    pub features: String,
    /// How many numbers they are.
    pub n_features: usize,
    /// The network, its parameters and its corpus, as one line.
    pub network: String,
    /// The seed of its experiment.
    pub seed: u64,
    /// The classes it names; empty if it does not classify.
    pub classes: Vec<String>,
}

/// The network that judges, and the images that it judges by.
pub(super) struct Judge {
    pub(super) ready: Ready<dyn FittedFeatureNet>,
    pub(super) layer: String,
}

impl Judge {
    /// The first network that classifies, or else the first; by its last layer.
    pub(super) fn among(observers: Vec<Ready<dyn FittedFeatureNet>>) -> Result<Self> {
        let place = observers
            .iter()
            .position(|ready| !ready.net.classes().is_empty())
            .unwrap_or(0);
        let nothing = || Error::Data {
            what: "the judge".into(),
            expected: "a network that no loss uses, among the observers of the first experiment"
                .into(),
            got: "no observer".into(),
            remedy: "add one: observers: [convnet(train: (corpus: …))]".into(),
        };
        let ready = observers.into_iter().nth(place).ok_or_else(nothing)?;
        let layer = ready.net.layers().pop().ok_or_else(nothing)?;
        Ok(Self { ready, layer })
    }

    /// Its name and layer.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.ready.name, self.layer)
    }

    /// Activations of its layer, whole: `[n_images, …]` as rows.
    pub(super) fn activations(&self, images: &Tensor) -> Result<Rows> {
        rows(&self.layer_of(images)?)
    }

    /// The features that distances are taken in: of the ReLU of its layer the mean over positions of each channel, and its
    /// standard deviation, as textures differ in how much varies and not only in how much there is.
    pub(super) fn features(&self, images: &Tensor) -> Result<Rows> {
        let active = self.layer_of(images)?.relu()?;
        if active.rank() <= 2 {
            return rows(&active);
        }
        let channels = active.flatten_from(2)?;
        let mean = channels.mean_keepdim(2)?;
        let variance = channels.broadcast_sub(&mean)?.sqr()?.mean(2)?;
        rows(&Tensor::cat(&[&mean.squeeze(2)?, &variance.sqrt()?], 1)?)
    }

    fn layer_of(&self, images: &Tensor) -> Result<Tensor> {
        let layers = [self.layer.clone()];
        let mut found: BTreeMap<String, Tensor> =
            cached_activations(self.ready.net.as_ref(), images, &layers)?;
        found.remove(&self.layer).ok_or_else(|| Error::Data {
            what: format!("activations of {}", self.ready.name),
            expected: format!("layer '{}'", self.layer),
            got: "none".into(),
            remedy: "the network names a layer that it does not have".into(),
        })
    }

    /// Probabilities of its classes, `[n_images, n_classes]` row by row; `None` if it does not classify.
    pub(super) fn probabilities(&self, images: &Tensor) -> Result<Option<Vec<f64>>> {
        let net = &self.ready.net;
        let n_images = images.dim(0)?;
        let mut all = Vec::new();
        for start in (0..n_images).step_by(CHUNK) {
            let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
            let chunk = ValueRange::SIGNED.map_to(net.value_range(), &chunk)?;
            let Some(scores) = net.classify(&chunk)? else {
                return Ok(None);
            };
            all.extend(scores.to_vec2::<f32>()?.iter().flat_map(|row| softmax(row)));
        }
        Ok(Some(all))
    }

    /// Which classes are drawn; `None` if it does not classify.
    pub(super) fn coverage(
        &self,
        images: &Tensor,
        confidence: f64,
    ) -> crate::Result<Option<Coverage>> {
        let Some(probabilities) = self.probabilities(images)? else {
            return Ok(None);
        };
        let names = self.ready.net.classes();
        Ok(Some(coverage(names, &probabilities, SURE, confidence)?))
    }

    /// The class named for each image; `None` if it does not classify.
    pub(super) fn named(&self, images: &Tensor) -> Result<Option<Vec<usize>>> {
        let n_classes = self.ready.net.classes().len().max(1);
        let best = |row: &[f64]| {
            let place = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            place.map_or(0, |(class, _)| class)
        };
        let named = self.probabilities(images)?;
        Ok(named.map(|all| all.chunks_exact(n_classes).map(best).collect()))
    }
}

/// `exp(s − max) / Σ exp(s − max)`.
fn softmax(scores: &[f32]) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f64> = scores
        .iter()
        .map(|score| f64::from(score - highest).exp())
        .collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}
