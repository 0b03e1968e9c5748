//! `mlp`: one hidden layer, the decoder of the overfit check.

use lab_core::config::{Declared, PluginParams, Range, check_params};
use lab_core::context::Context;
use lab_core::nn::init::Initial;
use lab_core::nn::optim::{AdamParams, Decay};
use serde::{Deserialize, Serialize};

use crate::dense::Dense;
use crate::error::DecoderError;
use crate::network::{Architecture, NonLinearity};
use crate::training::{self, Descent};

/// Parameters of [`Mlp`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MlpParams {
    /// Units of the hidden layer.
    pub hidden: usize,
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

impl Default for MlpParams {
    /// 300 hidden units as in the paper (Fig. 3); no L2, as the check asks whether the decoder can memorise; the rest is
    /// that of the linear decoder.
    fn default() -> Self {
        Self {
            hidden: 300,
            learning_rate: 0.001,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            l2: 0.0,
            batch: 3,
            epochs: 300,
            decay: Decay::Constant,
            initial: Initial::He,
            scale_input: true,
        }
    }
}

impl PluginParams for MlpParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mlp.rs")],
        &[("hidden", Range::UNITS)],
    )
    .with(training::RANGES);

    fn smoke(&mut self) {
        self.epochs = 1;
        self.hidden = self.hidden.min(32);
    }
}

/// One hidden layer between features and latents; flexible enough to memorise its training set, which is what it is for.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `x` | `[n_samples, n_features]` | f32 | as the alignment gives it |
/// | `h` | `[n_samples, hidden]` | f32 | `(−φ, φ)` |
/// | `z` | `[n_samples, n_latents]` | f32 | on the latent space's constraint |
///
/// # Errors and determinism
/// As [`Dense`]: the streams of the linear decoder under other weights.
#[derive(Debug)]
pub struct Mlp;

impl Mlp {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`DecoderError::Parameter`] for one outside its range.
    pub fn build(params: MlpParams, _ctx: &Context) -> Result<Dense, DecoderError> {
        check_params("mlp", &params)?;
        let architecture = Architecture {
            hidden: vec![params.hidden],
            non_linearity: NonLinearity::GoldenTanh,
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
    Decoder "mlp" => Mlp, MlpParams;
    summary: "One hidden layer between features and latents, to see whether the training set can be memorised",
    equation: "z = unit(φ·tanh(φ·tanh(s·x·W₀ + b₀)·W₁ + b₁)),   φ = 1.618",
    source: "Seeliger et al. (2018), Fig. 3, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "PyTorch (three Adam steps, two members)",
}
