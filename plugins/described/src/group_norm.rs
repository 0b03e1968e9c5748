//! Normalisation of each image over groups of its maps.
//!
//! ```text
//! y = scale·(x − mean)/√(variance + eps) + shift        mean and variance over one image's group of maps
//! ```
//! Wu & He (2018), arXiv:1803.08494. Unlike a batch norm it has nothing of the training to fold into its scale.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::nn::{self, Activation};

/// Maps `[batch, channels, height, width]`, or rows `[batch, channels]`, with every group at mean 0 and variance 1 before
/// scale and shift `[channels]`.
pub(crate) fn group_norm(
    x: &Tensor,
    groups: usize,
    eps: f64,
    scale: &Tensor,
    shift: &Tensor,
) -> Result<Tensor> {
    let n = x.elem_count() / (x.dim(0)? * groups);
    let grouped = x.reshape((x.dim(0)?, groups, n))?;
    let centred = grouped.broadcast_sub(&grouped.mean_keepdim(2)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(2)? + eps)?.sqrt()?;
    let normalised = centred.broadcast_div(&deviation)?.reshape(x.shape())?;
    Ok(nn::channel_affine_act(
        &normalised,
        scale,
        shift,
        Activation::Identity,
    )?)
}
