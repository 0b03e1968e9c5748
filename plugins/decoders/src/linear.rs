//! `linear`: the paper's decoder, trained through the frozen generator.

use lab_core::config::{Declared, PluginParams, check_params};
use lab_core::context::Context;
use lab_core::nn::init::Initial;
use lab_core::nn::optim::{AdamParams, Decay};
use serde::{Deserialize, Serialize};

use crate::dense::Dense;
use crate::error::DecoderError;
use crate::network::{Architecture, NonLinearity};
use crate::training::{self, Descent};

/// Parameters of [`Linear`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinearParams {
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Adam's decay of the mean gradient.
    pub beta1: f64,
    /// Adam's decay of the mean squared gradient.
    pub beta2: f64,
    /// Added to Adam's denominator.
    pub eps: f64,
    /// What share of each weight is added to its gradient; biases are left alone.
    pub l2: f64,
    /// Rows of each member in a step.
    pub batch: usize,
    /// Passes through the training rows.
    pub epochs: usize,
    /// How the learning rate changes.
    pub decay: Decay,
    /// How weights start.
    pub initial: Initial,
    /// Whether features are first divided by one number, so that the mean square of a training coordinate is 1.
    pub scale_input: bool,
}

impl Default for LinearParams {
    /// Learning rate, L2 and batch are the paper's (section 2.5); epochs and initial weights those of the authors' code,
    /// as the paper does not state them.
    fn default() -> Self {
        Self {
            learning_rate: 0.001,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            l2: 0.01,
            batch: 3,
            epochs: 300,
            decay: Decay::Constant,
            initial: Initial::He,
            scale_input: true,
        }
    }
}

impl PluginParams for LinearParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("linear.rs")],
        &[],
    )
    .with(training::RANGES);

    fn smoke(&mut self) {
        self.epochs = 1;
    }
}

/// A linear map from features to latents, brought onto the generator's constraint.
///
/// `s` is one number, so that features keep their proportions; with `scale_input: false` it is 1.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `x` | `[n_samples, n_features]` | f32 | as the alignment gives it |
/// | `W` | `[n_features, n_latents]` | f32 | unitless |
/// | `z` | `[n_samples, n_latents]` | f32 | on the latent space's constraint |
///
/// # Errors and determinism
/// As [`Dense`].
#[derive(Debug)]
pub struct Linear;

impl Linear {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`DecoderError::Parameter`] for one outside its range.
    pub fn build(params: LinearParams, _ctx: &Context) -> Result<Dense, DecoderError> {
        check_params("linear", &params)?;
        let architecture = Architecture {
            hidden: Vec::new(),
            non_linearity: NonLinearity::Identity,
        };
        let training = Descent {
            adam: AdamParams {
                learning_rate: params.learning_rate,
                beta1: params.beta1,
                beta2: params.beta2,
                eps: params.eps,
                clip_norm: None,
            },
            l2: params.l2,
            batch: params.batch,
            epochs: params.epochs,
            decay: params.decay,
            initial: params.initial,
            scale_input: params.scale_input,
        };
        Ok(Dense::new(architecture, training))
    }
}

lab_core::register! {
    Decoder "linear" => Linear, LinearParams;
    summary: "A linear map from features to latents, trained through the frozen generator",
    equation: "z = unit(s·x·W + b),   W, b = argmin Σ L(z, target),   ∇_W += l2·W",
    source: "Seeliger et al. (2018), section 2.5, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "PyTorch (three Adam steps, two members)",
}
