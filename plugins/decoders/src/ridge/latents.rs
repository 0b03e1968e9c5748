//! `ridge_to_latents`: ridge regression to the latents of the training images.
//!
//! A generator with an encoder has them at once; of any other they are searched.

use lab_core::Result;
use lab_core::config::check_params;
use lab_core::context::Context;

use super::decoder::Ridge;
use super::params::RidgeToLatentsParams;
use crate::error::DecoderError;

/// Ridge regression from features to latents of the training images: those that the generator's encoder gives, or that were
/// found by inverting it. The inversion is that of [`lab_core::invert`]. Penalties are chosen as that of `ridge_to_pixels`.
///
/// # Determinism
/// Member m inverts from the stream `member-{m}/inversion`; an encoder draws nothing, and all members are the same.
#[derive(Debug)]
pub struct RidgeToLatents;

impl RidgeToLatents {
    /// Checks the parameters.
    ///
    /// # Errors
    /// Fails if a number is outside its range.
    pub fn build(params: RidgeToLatentsParams, _ctx: &Context) -> Result<Ridge> {
        check_params("ridge_to_latents", &params).map_err(DecoderError::from)?;
        Ok(Ridge::Latents(params))
    }
}

lab_core::register! {
    Decoder "ridge_to_latents" => RidgeToLatents, RidgeToLatentsParams;
    summary: "Ridge regression to the latents of the training images, by the generator's encoder or by inverting it",
    equation: "z = encoder(x), or argmin L(z, x);   ẑ = constrain((r − r̄)·W + z̄),   W = argmin Σ ‖z − ẑ‖² + α‖W‖²;   each number under an α of its own if asked for; with components: W = V·P, P those of z, each column of V under its own;   α by leaving one image out, or one picture",
    source: "Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634; images over latent dimensions: arXiv:2509.15832",
    parity: "scikit-learn (RidgeCV, PCA; Ridge under LeaveOneGroupOut)",
}
