//! `ridge_to_pixels`: what a linear map reaches without a generator.

use lab_core::Result;
use lab_core::config::{Declared, PluginParams};
use lab_core::context::Context;
use serde::{Deserialize, Serialize};

use super::decoder::Ridge;

/// Parameters of [`RidgeToPixels`]: none, its penalty is chosen from the data.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RidgeToPixelsParams {}

impl PluginParams for RidgeToPixelsParams {
    const DECLARED: Declared = Declared::new(&[include_str!("pixels.rs")], &[]);
}

/// Ridge regression from features to pixels.
///
/// α is chosen by leaving out all rows of an image together, or all of a picture where images were cut from pictures. By rows
/// one at a time, the other repeats of an image would tell of it, which makes α too small, and the noise of one trial would ask
/// for a larger α than an average needs. An image counts by the average of its rows' errors, as a decoder is asked about averages
/// over repeats; where test images were seen more often than training images, α is still a little larger than best.
///
/// # Determinism
/// Draws nothing: all members are the same.
#[derive(Debug)]
pub struct RidgeToPixels;

impl RidgeToPixels {
    /// Has nothing to check.
    ///
    /// # Errors
    /// None.
    pub fn build(_params: RidgeToPixelsParams, _ctx: &Context) -> Result<Ridge> {
        Ok(Ridge::Pixels)
    }
}

lab_core::register! {
    Decoder "ridge_to_pixels" => RidgeToPixels, RidgeToPixelsParams;
    summary: "Ridge regression straight to pixels: the baseline without a generator",
    equation: "x̂ = clip((r − r̄)·W + x̄, −1, 1),   W = argmin Σ ‖x − x̂‖² + α‖W‖²,   α by leaving one image out, or one picture",
    source: "Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634; Allen (1974); An, Liu & Venkatesh (2007), doi:10.1016/j.patcog.2006.12.015",
    parity: "scikit-learn (RidgeCV; Ridge under LeaveOneGroupOut)",
}
