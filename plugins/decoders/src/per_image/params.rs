//! Parameters of `per_image`.

use lab_core::config::{Declared, PluginParams, Range, check_params};
use lab_core::invert::InversionParams;
use serde::{Deserialize, Serialize};

use crate::error::DecoderError;

/// Name of the decoder in messages.
const DECODER: &str = "per_image";

/// Parameters of [`PerImage`](super::PerImage).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerImageParams {
    /// Layers of the feature network that are matched; those that the losses use if none is named.
    pub layers: Vec<String>,
    /// Units of each layer, and pixels, that take part at most: a random subset where there are more.
    pub units: usize,
    /// Weight of the features, shared evenly by the layers.
    pub features: f64,
    /// Weight of the pixels.
    pub pixels: f64,
    /// Weight of the latents that ridge regression predicts.
    pub prior: f64,
    /// Starting points of each search.
    pub n_starts: usize,
    /// Steps from each starting point.
    pub n_steps: usize,
    /// Learning rate of the first step; falls linearly to a tenth.
    pub learning_rate: f64,
    /// How hard to search for the latent of each training image.
    pub inversion: InversionParams,
}

impl Default for PerImageParams {
    /// Equal weights: each part is in units of its own error on images left out.
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            units: 1000,
            features: 1.0,
            pixels: 1.0,
            prior: 1.0,
            n_starts: 4,
            n_steps: 100,
            learning_rate: 0.05,
            inversion: InversionParams::default(),
        }
    }
}

impl PluginParams for PerImageParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("units", Range::ONE_OR_MORE),
            ("features", Range::ZERO_OR_ABOVE.named("0 or a number above 0")),
            ("pixels", Range::ZERO_OR_ABOVE.named("0 or a number above 0")),
            ("prior", Range::ZERO_OR_ABOVE.named("0 or a number above 0")),
            ("n_starts", Range::ONE_OR_MORE),
            ("n_steps", Range::COUNT),
            ("learning_rate", Range::ABOVE_ZERO),
        ],
    );

    fn smoke(&mut self) {
        self.units = self.units.min(100);
        self.n_starts = self.n_starts.min(2);
        self.n_steps = self.n_steps.min(5);
        self.inversion.n_starts = 1;
        self.inversion.n_steps = self.inversion.n_steps.min(5);
    }
}

impl PerImageParams {
    /// Refuses values that cannot search.
    pub(super) fn check(&self) -> Result<(), DecoderError> {
        check_params(DECODER, self)?;
        if self.features + self.pixels + self.prior <= 0.0 {
            return Err(DecoderError::Parameter {
                decoder: DECODER,
                name: "features",
                expected: "a number above 0 here, in pixels or in prior",
                got: "0 everywhere".into(),
            });
        }
        Ok(())
    }
}
