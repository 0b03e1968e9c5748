//! Parameters of the game among latents.

use lab_core::config::{Declared, PluginParams, PluginRef, Range};
use lab_core::nn::optim::Decay;
use lab_core::traits::{Dataset, Generator};
use serde::{Deserialize, Serialize};

use crate::params::{Difference, Penalty};
use crate::rates::Rates;

/// Parameters of `latent_r3gan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LatentR3ganParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// The autoencoder among whose latents the game is played: a generator with an encoder, whose latents are maps. It stays
    /// as it is; every image that is generated passes both of its halves.
    pub through: PluginRef<dyn Generator>,
    /// The generator whose images say what is drawn at random: latents of samples are codes of them. Its images may be smaller
    /// than those of the autoencoder. It learns from the same corpus, before the game, unless its weights are given.
    pub prior: PluginRef<dyn Generator>,
    /// Channels of both networks.
    pub channels: usize,
    /// Residual blocks of both networks at each of their two sides.
    pub blocks: usize,
    /// Parameters of the training.
    pub train: LatentTrainParams,
}

/// How both networks learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LatentTrainParams {
    /// The images to learn from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Training images that the game is played with, at most, drawn at random where the corpus has more. Each is encoded before
    /// the first update, and so is the image of its code. What is drawn at random learns from the whole corpus.
    pub n_images: usize,
    /// Steps of both networks.
    pub updates: usize,
    /// Training images in a step, of each its latents and those that are made of its code.
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
    /// What keeps the discriminator smooth; its step is in the latents' unit.
    pub penalty: Penalty,
    /// Weight of drawing training images again, in pixels of `[−1, 1]`: the mean squared distance, whose gradient passes the frozen
    /// decoder. A lower one leaves more to the discriminator: samples come nearer to photographs, and training images are drawn
    /// again less exactly.
    pub redrawn_pixels: f64,
    /// Images of a batch whose pixels are compared.
    pub n_redrawn: usize,
    /// Largest decay of the moving average of the generator's weights: at step k it is min(average, 1 − 1/(1 + k/10)).
    pub average: f64,
}

impl Default for LatentR3ganParams {
    /// At the scale of an hour on a CPU, for latents of 8×8 to 32×32 maps.
    fn default() -> Self {
        Self {
            latent: 256,
            through: PluginRef::of("layers_generator()"),
            prior: PluginRef::of("r3gan(size: 32)"),
            channels: 48,
            blocks: 2,
            train: LatentTrainParams::default(),
        }
    }
}

impl Default for LatentTrainParams {
    fn default() -> Self {
        Self {
            corpus: PluginRef::of("training_stimuli()"),
            n_images: 4000,
            updates: 4000,
            batch: 32,
            learning_rate: 2e-3,
            discriminator_learning_rate: Some(1e-3),
            beta1: 0.5,
            beta2: 0.99,
            decay: Decay::Halfway { to: 0.05 },
            clip_norm: 10.0,
            penalty: Penalty {
                weight: 1.0,
                last_weight: 0.01,
                step: 0.1,
                difference: Difference::OneSided,
                every: 4,
            },
            redrawn_pixels: 4.0,
            n_redrawn: 1,
            average: 0.999,
        }
    }
}

impl LatentTrainParams {
    /// How the weights of both networks change.
    pub(crate) fn rates(&self) -> Rates {
        let of_discriminator = self.discriminator_learning_rate;
        Rates {
            learning_rates: [
                self.learning_rate,
                of_discriminator.unwrap_or(self.learning_rate),
            ],
            beta1: self.beta1,
            beta2: self.beta2,
            clip_norm: self.clip_norm,
        }
    }
}

impl PluginParams for LatentR3ganParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs"), include_str!("../params.rs")],
        &[
            ("latent", Range::UNITS),
            ("channels", Range::UNITS),
            ("blocks", Range::count(1.0, "at least 1").up_to(1024.0, "at most 1024")),
            ("train.n_images", Range::ONE_OR_MORE),
            ("train.updates", Range::ONE_OR_MORE),
            ("train.batch", Range::ONE_OR_MORE),
            ("train.learning_rate", Range::ABOVE_ZERO),
            ("train.discriminator_learning_rate", Range::ABOVE_ZERO),
            ("train.beta1", Range::BELOW_ONE),
            ("train.beta2", Range::BELOW_ONE),
            ("train.clip_norm", Range::ABOVE_ZERO),
            ("train.redrawn_pixels", Range::ZERO_OR_ABOVE),
            ("train.n_redrawn", Range::COUNT),
            ("train.average", Range::BELOW_ONE),
            ("train.penalty.weight", Range::ZERO_OR_ABOVE),
            ("train.penalty.last_weight", Range::ZERO_OR_ABOVE),
            ("train.penalty.step", Range::ABOVE_ZERO),
            ("train.penalty.every", Range::ONE_OR_MORE),
        ],
    );

    fn smoke(&mut self) {
        self.latent = self.latent.min(64);
        self.channels = self.channels.min(8);
        self.blocks = 1;
        self.train.n_images = self.train.n_images.min(32);
        self.train.updates = self.train.updates.min(10);
        self.train.batch = self.train.batch.min(8);
        self.train.n_redrawn = self.train.n_redrawn.min(1);
    }
}
