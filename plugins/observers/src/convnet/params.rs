//! Parameters of the convnet.

use lab_core::config::{PluginParams, PluginRef};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::error::ObserverError;

/// Parameters of `convnet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConvNetParams {
    /// Channels of the three convolutions.
    pub channels: [usize; 3],
    /// Parameters of the training.
    pub train: TrainParams,
}

/// How the convnet learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainParams {
    /// The labelled images to learn from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Number of updates of the weights.
    pub updates: usize,
    /// Images of a step.
    pub batch: usize,
    /// Adam's learning rate at the start; falls linearly to 0.
    pub learning_rate: f64,
    /// Largest standard deviation of the noise; each image draws its own below it.
    pub noise: f64,
    /// Largest shift along each axis, in pixels.
    pub shift: usize,
}

impl Default for ConvNetParams {
    /// A network of 16, 32 and 64 channels.
    fn default() -> Self {
        Self {
            channels: [16, 32, 64],
            train: TrainParams::default(),
        }
    }
}

impl Default for TrainParams {
    /// Enough to tell letters apart without a mistake in a hundred.
    fn default() -> Self {
        Self {
            corpus: PluginRef::of("training_stimuli()"),
            updates: 400,
            batch: 64,
            learning_rate: 0.002,
            noise: 0.3,
            shift: 2,
        }
    }
}

impl PluginParams for ConvNetParams {
    fn smoke(&mut self) {
        self.channels = self.channels.map(|channels| channels.min(8));
        self.train.updates = self.train.updates.min(10);
        self.train.batch = self.train.batch.min(16);
    }
}

impl ConvNetParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), ObserverError> {
        let train = &self.train;
        let fewest = self.channels.into_iter().min().unwrap_or(0);
        let checks = [
            ("channels", fewest > 0, "at least 1 each", fewest as f64),
            (
                "train.updates",
                train.updates > 0,
                "at least 1",
                train.updates as f64,
            ),
            (
                "train.batch",
                train.batch > 1,
                "at least 2, as batch norm needs",
                train.batch as f64,
            ),
            (
                "train.learning_rate",
                train.learning_rate.is_finite() && train.learning_rate > 0.0,
                "a number above 0",
                train.learning_rate,
            ),
            (
                "train.noise",
                train.noise.is_finite() && train.noise >= 0.0,
                "0 or above",
                train.noise,
            ),
        ];
        match checks.into_iter().find(|(_, fine, _, _)| !fine) {
            None => Ok(()),
            Some((name, _, expected, got)) => Err(ObserverError::Parameter {
                observer: "convnet",
                name,
                expected,
                got: got.to_string(),
            }),
        }
    }
}
