//! Parameters of the AlexNet.

use lab_core::config::{Declared, PluginParams, PluginRef, Range, check_params};
use lab_core::nn::init::Initial;
use lab_core::nn::optim::Decay;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::error::AlexNetError;

/// Parameters of `alexnet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlexNetParams {
    /// Height and width of its images, in pixels.
    pub size: usize,
    /// Share of the paper's 96, 256, 384, 384, 256 channels.
    pub width: f64,
    /// Units of each fully connected layer.
    pub hidden: usize,
    /// What convolutions see beyond the edge.
    pub padding: Padding,
    /// The range of pixels that it takes.
    pub range: InputRange,
    /// A file of weights, in place of training: one that a run wrote, or a network of the same layers as PyTorch, NumPy or
    /// Chainer saved it; `None` to train.
    pub weights: Option<String>,
    /// Names of the classes of given weights, in their order; empty for those in the file, or numbers.
    pub classes: Vec<String>,
    /// Parameters of the training.
    pub train: TrainParams,
}

/// What convolutions see beyond the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Padding {
    /// Nothing: the paper's network, for 64 px.
    Valid,
    /// Zeros, so that all but the first keep their size: for small images.
    Same,
}

/// A range of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputRange {
    /// `[−1, 1]`: the paper's characters.
    Signed,
    /// `[−0.5, 0.5]`: the paper's natural images.
    Half,
}

/// How the AlexNet learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainParams {
    /// The labelled images to learn from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Number of updates of the weights.
    pub updates: usize,
    /// Images of a step.
    pub batch: usize,
    /// Learning rate.
    pub learning_rate: f64,
    /// Share of the earlier step that is kept.
    pub momentum: f64,
    /// How the rate changes.
    pub decay: Decay,
    /// Standard deviation of noise added to the images, in their own unit.
    pub input_noise: f64,
    /// Share of the fully connected units that are left out of a step.
    pub dropout: f64,
    /// How weights start.
    pub initial: Initial,
}

impl Default for AlexNetParams {
    /// The paper's network for characters.
    fn default() -> Self {
        Self {
            size: 64,
            width: 1.0,
            hidden: 4096,
            padding: Padding::Valid,
            range: InputRange::Signed,
            weights: None,
            classes: Vec::new(),
            train: TrainParams::default(),
        }
    }
}

impl Default for TrainParams {
    /// Rate and momentum with which it learns within minutes; the paper's .001 and .4 need hours.
    fn default() -> Self {
        Self {
            corpus: PluginRef::of("training_stimuli()"),
            updates: 150,
            batch: 128,
            learning_rate: 0.01,
            momentum: 0.9,
            decay: Decay::Halfway { to: 0.02 },
            input_noise: 0.2,
            dropout: 0.5,
            initial: Initial::He,
        }
    }
}

impl PluginParams for AlexNetParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("size", Range::SIDE),
            ("width", Range::WIDTH),
            ("hidden", Range::UNITS),
            ("train.updates", Range::ONE_OR_MORE),
            ("train.batch", Range::ONE_OR_MORE),
            ("train.learning_rate", Range::ABOVE_ZERO),
            ("train.momentum", Range::BELOW_ONE),
            ("train.input_noise", Range::ZERO_OR_ABOVE),
            ("train.dropout", Range::BELOW_ONE),
        ],
    );

    /// Given weights have their own width: a smaller network is trained in their place.
    fn smoke(&mut self) {
        self.weights = None;
        self.classes = Vec::new();
        self.width = self.width.min(0.0625);
        self.hidden = self.hidden.min(32);
        self.train.updates = self.train.updates.min(8);
        self.train.batch = self.train.batch.min(16);
    }
}

impl AlexNetParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), AlexNetError> {
        Ok(check_params("alexnet", self)?)
    }
}
