//! Attention of pixels to each other, and the soft maximum that it needs.
//!
//! ```text
//! y = softmax(q·kᵀ/√d)·v        q, k, v: [n_pixels, d], one image and head at a time
//! ```
//! Vaswani et al. (2017), arXiv:1706.03762, equation 1. Composed of operations that all have a gradient: candle's own
//! `softmax_last_dim` has none, and cuts what comes before it off.

use candle_core::{D, Tensor};
use lab_core::Result;

/// The maps `[batch, channels, height, width]` that attention makes of queries, keys and values of that shape.
pub(crate) fn attend(heads: usize, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
    let (batch, channels, height, width) = q.dims4()?;
    let d = channels / heads;
    // Each head's maps as rows: [batch·heads, d, n_pixels].
    let rows = |x: &Tensor| x.reshape((batch * heads, d, height * width));
    let (q, k, v) = (rows(q)?, rows(k)?, rows(v)?);
    let scores = q.transpose(1, 2)?.contiguous()?.matmul(&k)?;
    let weights = softmax(&scores.affine(1.0 / (d as f64).sqrt(), 0.0)?)?;
    let y = v.matmul(&weights.transpose(1, 2)?.contiguous()?)?;
    Ok(y.reshape((batch, channels, height, width))?)
}

/// `exp(x)/Σ exp(x)` over the last axis.
fn softmax(x: &Tensor) -> Result<Tensor> {
    // The same number off every exponent changes nothing, the gradient included.
    let largest = x.max_keepdim(D::Minus1)?.detach();
    let powers = x.broadcast_sub(&largest)?.exp()?;
    Ok(powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?)
}
