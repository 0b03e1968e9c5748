//! Parameters of R3GAN.

use lab_core::config::{Declared, PluginParams, PluginRef, Range};
use lab_core::mask::Mask;
use lab_core::nn::optim::Decay;
use lab_core::traits::{Dataset, Prior};
use serde::{Deserialize, Serialize};

use crate::rates::Rates;

/// Parameters of `r3gan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct R3ganParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// How latents are drawn before they are divided by their norm.
    pub prior: Prior,
    /// Height and width of its images, in pixels: 4, 5, 6 or 7 times a power of two.
    pub size: usize,
    /// Channels of the generator: 1 is 256 at its smallest side, half as many at each doubling.
    pub width: f64,
    /// The same of the discriminator; `None` for the generator's.
    pub discriminator_width: Option<f64>,
    /// Residual blocks of each stage.
    pub blocks: usize,
    /// What is multiplied onto every image, made or real.
    pub mask: Mask,
    /// Parameters of the training.
    pub train: TrainParams,
}

/// How R3GAN learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainParams {
    /// The images to learn from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Steps of both networks.
    pub updates: usize,
    /// Pairs of a real and a generated image in a step.
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
    /// What keeps the discriminator smooth.
    pub penalty: Penalty,
    /// Weight of matching the discriminator's mean features of both batches in the generator's loss; 0 for none. Huang et al.
    /// (2024) have none; in trainings of minutes it lowers the generator's ceiling.
    pub feature_matching: f64,
    /// Largest decay of the moving average of the generator's weights: at step k it is min(average, 1 − 1/(1 + k/10)).
    pub average: f64,
}

/// The zero-centred gradient penalties, on real and on generated images alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Penalty {
    /// γ at the first step; 0 for none.
    pub weight: f64,
    /// γ at the last step; between them it falls along half a cosine.
    pub last_weight: f64,
    /// σ, the length of a difference in the pixels' unit.
    pub step: f64,
    /// Which difference is taken.
    pub difference: Difference,
    /// Steps from one with penalties to the next; γ is multiplied by it there, as Karras et al. (2020),
    /// arXiv:1912.04958, do.
    pub every: usize,
}

/// A finite difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Difference {
    /// (D(x + σε) − D(x))/σ
    OneSided,
    /// (D(x + σε) − D(x − σε))/(2σ)
    Central,
}

impl Default for R3ganParams {
    /// At the scale of minutes on a CPU; Huang et al. (2024) have 64 latents, 768 channels and two blocks a stage.
    fn default() -> Self {
        Self {
            latent: 50,
            prior: Prior::Normal,
            size: 64,
            width: 1.0,
            discriminator_width: None,
            blocks: 1,
            mask: Mask::Open,
            train: TrainParams::default(),
        }
    }
}

impl Default for TrainParams {
    /// Huang et al. (2024) for faces at 64 px, with a moving average of the length of ours.
    fn default() -> Self {
        Self {
            corpus: PluginRef::of("training_stimuli()"),
            updates: 37_500,
            batch: 64,
            learning_rate: 2e-4,
            discriminator_learning_rate: None,
            beta1: 0.0,
            beta2: 0.99,
            decay: Decay::Halfway { to: 0.25 },
            clip_norm: 10.0,
            penalty: Penalty::default(),
            feature_matching: 0.0,
            average: 0.999,
        }
    }
}

impl Default for Penalty {
    /// The weights of Huang et al. (2024) for faces at 64 px; a step of a fortieth of the pixels' range.
    fn default() -> Self {
        Self {
            weight: 2.0,
            last_weight: 0.2,
            step: 0.05,
            difference: Difference::OneSided,
            every: 1,
        }
    }
}

impl Penalty {
    /// γ at `update` of `updates`, the factor of skipped steps included; nothing where the step has no penalty.
    pub(crate) fn weight_at(&self, update: usize, updates: usize) -> Option<f64> {
        let done = update as f64 / updates as f64;
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        let weight = self.last_weight + (self.weight - self.last_weight) * cosine;
        let due = update.is_multiple_of(self.every) && weight > 0.0;
        due.then_some(weight * self.every as f64)
    }
}

impl TrainParams {
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

impl PluginParams for R3ganParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("latent", Range::UNITS),
            ("size", Range::SIDE),
            ("width", Range::WIDTH),
            ("discriminator_width", Range::WIDTH),
            ("blocks", Range::count(1.0, "at least 1").up_to(1024.0, "at most 1024")),
            ("train.updates", Range::ONE_OR_MORE),
            ("train.batch", Range::ONE_OR_MORE),
            ("train.learning_rate", Range::ABOVE_ZERO),
            ("train.discriminator_learning_rate", Range::ABOVE_ZERO),
            ("train.beta1", Range::BELOW_ONE),
            ("train.beta2", Range::BELOW_ONE),
            ("train.clip_norm", Range::ABOVE_ZERO),
            ("train.feature_matching", Range::ZERO_OR_ABOVE),
            ("train.average", Range::BELOW_ONE),
            ("train.penalty.weight", Range::ZERO_OR_ABOVE),
            ("train.penalty.last_weight", Range::ZERO_OR_ABOVE),
            ("train.penalty.step", Range::ABOVE_ZERO),
            ("train.penalty.every", Range::ONE_OR_MORE),
        ],
    );

    fn smoke(&mut self) {
        self.width = self.width.min(0.125);
        self.discriminator_width = self.discriminator_width.map(|width| width.min(0.125));
        self.train.updates = self.train.updates.min(40);
        self.train.batch = self.train.batch.min(16);
    }
}
