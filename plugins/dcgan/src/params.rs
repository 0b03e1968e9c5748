//! Parameters of the DCGAN.

use lab_core::config::{Declared, PluginParams, PluginRef, Range, check_params};
use lab_core::mask::Mask;
use lab_core::nn::init::Initial;
use lab_core::nn::optim::Decay;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::error::DcganError;

/// Parameters of `dcgan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DcganParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// Height and width of its images, in pixels.
    pub size: usize,
    /// Share of the paper's channels: 1 is 512, 256, 128, 64 in the generator and 32, 64, 128, 256 in the discriminator.
    pub width: f64,
    /// Side of the generator's first map; `None` for the largest that reaches `size` with the fewest unpadded layers.
    pub start: Option<usize>,
    /// What follows the generator's linear layer.
    pub first_layer: FirstLayer,
    /// What is multiplied onto every image, made or real; `train.mask_from` says from when on onto those made.
    pub mask: Mask,
    /// Standard deviation of the noise added to the discriminator's input, in the pixels' unit.
    pub input_noise: f64,
    /// A file of weights, in place of training: one that a run wrote, or a generator of the same layers as PyTorch, NumPy
    /// or Chainer saved it; `None` to train.
    pub weights: Option<String>,
    /// Parameters of the training.
    pub train: TrainParams,
}

/// What follows the generator's linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstLayer {
    /// Batch norm, then ReLU: the paper's text.
    NormThenRelu,
    /// ReLU, then batch norm: the authors' code.
    ReluThenNorm,
}

/// How the DCGAN learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainParams {
    /// The images to learn from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Steps of both networks.
    pub updates: usize,
    /// Real images of a step, and as many generated ones.
    pub batch: usize,
    /// Adam's learning rate of the generator.
    pub learning_rate: f64,
    /// Adam's learning rate of the discriminator; `None` for the generator's.
    pub discriminator_learning_rate: Option<f64>,
    /// Adam's decay of the mean gradient.
    pub beta1: f64,
    /// Adam's decay of the mean squared gradient.
    pub beta2: f64,
    /// How both rates change.
    pub decay: Decay,
    /// Largest norm of a network's gradient in a step.
    pub clip_norm: f64,
    /// What the generator's loss adds to fooling the discriminator.
    pub feature_matching: FeatureMatching,
    /// First values of the kernels.
    pub initial: Initial,
    /// Largest decay of the moving average of the generator's weights: at step k it is min(average, 1 − 1/(1 + k/10)).
    pub average: f64,
    /// The share of the updates after which the mask is multiplied onto generated images too: 0 for all of them, 1 for none
    /// before the training has ended. Real images carry it from the start, and a trained generator's images always.
    pub mask_from: f64,
}

/// The feature matching term of the generator's loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureMatching {
    /// The layer of the discriminator whose activations are matched.
    pub layer: MatchedLayer,
    /// How they are compared.
    pub form: MatchingForm,
    /// Its weight; 0 for none.
    pub weight: f64,
}

/// A layer of the discriminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchedLayer {
    /// The first: the paper's text.
    First,
    /// The last hidden one: the authors' code.
    Last,
}

/// How two batches of activations are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchingForm {
    /// Image against image, in the order in which they were drawn: the authors' form.
    Elementwise,
    /// The mean of one batch against the mean of the other: Salimans et al. (2016).
    BatchMean,
}

impl Default for DcganParams {
    /// The paper's network.
    fn default() -> Self {
        Self {
            latent: 50,
            size: 64,
            width: 1.0,
            start: None,
            first_layer: FirstLayer::NormThenRelu,
            mask: Mask::Open,
            input_noise: 0.15,
            weights: None,
            train: TrainParams::default(),
        }
    }
}

impl Default for TrainParams {
    /// The authors' settings for BRAINS, with a moving average.
    fn default() -> Self {
        Self {
            corpus: PluginRef::of("training_stimuli()"),
            updates: 37_500,
            batch: 64,
            learning_rate: 1e-4,
            discriminator_learning_rate: None,
            beta1: 0.5,
            beta2: 0.999,
            decay: Decay::Constant,
            clip_norm: 10.0,
            feature_matching: FeatureMatching::default(),
            initial: Initial::Normal { sd: 0.02 },
            average: 0.999,
            mask_from: 0.0,
        }
    }
}

impl Default for FeatureMatching {
    /// The paper's text.
    fn default() -> Self {
        Self {
            layer: MatchedLayer::First,
            form: MatchingForm::Elementwise,
            weight: 1.0,
        }
    }
}

impl PluginParams for DcganParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("latent", Range::UNITS),
            ("size", Range::SIDE),
            ("width", Range::WIDTH),
            ("start", Range::SIDE),
            ("input_noise", Range::ZERO_OR_ABOVE),
            ("train.updates", Range::ONE_OR_MORE),
            ("train.batch", Range::BATCH_NORM),
            ("train.learning_rate", Range::ABOVE_ZERO),
            ("train.discriminator_learning_rate", Range::ABOVE_ZERO),
            ("train.beta1", Range::BELOW_ONE),
            ("train.beta2", Range::BELOW_ONE),
            ("train.clip_norm", Range::ABOVE_ZERO),
            ("train.feature_matching.weight", Range::ZERO_OR_ABOVE),
            ("train.average", Range::BELOW_ONE),
            ("train.mask_from", Range::from_to(0.0, 1.0, "a share from 0 to 1")),
        ],
    );

    /// Given weights have their own width: a smaller network is trained in their place.
    fn smoke(&mut self) {
        self.weights = None;
        self.width = self.width.min(0.125);
        self.train.updates = self.train.updates.min(40);
        self.train.batch = self.train.batch.min(16);
    }
}

impl DcganParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), DcganError> {
        Ok(check_params("dcgan", self)?)
    }
}
