//! `ridge_to_latents`: ridge regression to the latents of the training images.

use lab_core::Result;
use lab_core::config::{Declared, PluginParams};
use lab_core::context::Context;
use lab_core::invert::InversionParams;
use serde::{Deserialize, Serialize};

use super::decoder::Ridge;

/// Parameters of [`RidgeToLatents`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RidgeToLatentsParams {
    /// How hard to search for the latent of each training image.
    pub inversion: InversionParams,
}

impl PluginParams for RidgeToLatentsParams {
    const DECLARED: Declared = Declared::new(&[include_str!("latents.rs")], &[]);

    fn smoke(&mut self) {
        self.inversion.n_starts = 1;
        self.inversion.n_steps = self.inversion.n_steps.min(5);
    }
}

/// Ridge regression from features to latents that were found by inverting the generator.
/// The inversion is that of [`lab_core::invert`].
///
/// # Determinism
/// Member m inverts from the stream `member-{m}/inversion`.
#[derive(Debug)]
pub struct RidgeToLatents;

impl RidgeToLatents {
    /// Has nothing to check.
    ///
    /// # Errors
    /// None.
    pub fn build(params: RidgeToLatentsParams, _ctx: &Context) -> Result<Ridge> {
        Ok(Ridge::Latents(params.inversion))
    }
}

lab_core::register! {
    Decoder "ridge_to_latents" => RidgeToLatents, RidgeToLatentsParams;
    summary: "Ridge regression to the latents found by inverting the training images",
    equation: "z = argmin L(z, x),   ẑ = constrain((r − r̄)·W + z̄),   W = argmin Σ ‖z − ẑ‖² + α‖W‖²",
    source: "Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634",
    parity: "scikit-learn (RidgeCV)",
}
