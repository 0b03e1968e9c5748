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
/// Where images were cut from pictures, all rows of a picture are left out together to choose α. Where they were not, rows are
/// left out one at a time: of single trials the other repeats of a row's image stay, which makes α smaller than it is for new
/// single trials. The averages over repeats that a decoder is asked about want it smaller still.
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
    equation: "x̂ = clip((r − r̄)·W + x̄, −1, 1),   W = argmin Σ ‖x − x̂‖² + α‖W‖²,   α by leaving one row out, or all of a picture",
    source: "Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634; Allen (1974); An, Liu & Venkatesh (2007), doi:10.1016/j.patcog.2006.12.015",
    parity: "scikit-learn (RidgeCV; Ridge under LeaveOneGroupOut)",
}
