//! Parameters of the convnet.

use lab_core::config::{Declared, PluginParams, PluginRef, Range, check_params};
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
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("channels", Range::UNITS.named("at least 1 each")),
            ("train.updates", Range::ONE_OR_MORE),
            ("train.batch", Range::BATCH_NORM),
            ("train.learning_rate", Range::ABOVE_ZERO),
            ("train.noise", Range::ZERO_OR_ABOVE),
            ("train.shift", Range::SIDE.from(0.0, "0 or above")),
        ],
    );

    fn smoke(&mut self) {
        self.channels = self.channels.map(|channels| channels.min(8));
        self.train.updates = self.train.updates.min(10);
        self.train.batch = self.train.batch.min(16);
    }
}

impl ConvNetParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), ObserverError> {
        Ok(check_params("convnet", self)?)
    }
}
