//! Maps with more pixels, interpolated.
//!
//! ```text
//! Y = R·X·Cᵀ      each row of R and C two weights that sum to 1: pixel i lies at (i + ½)/f − ½, inside the map
//! ```
//! As PyTorch's bilinear `Upsample`; corners keep their place in [`lab_core::nn::resize_bilinear`].

use candle_core::Tensor;
use lab_core::{Result, nn};

/// Bilinear, `factor` times the pixels along each axis.
pub(crate) fn bilinear(x: &Tensor, factor: usize, aligned: bool) -> Result<Tensor> {
    let (batch, channels, height, width) = x.dims4()?;
    if aligned {
        return Ok(nn::resize_bilinear(x, height * factor, width * factor)?);
    }
    let down = matrix(height, factor, x)?;
    let across = matrix(width, factor, x)?.t()?.contiguous()?;
    let planes = x.reshape((batch * channels, height, width))?;
    let planes = down.broadcast_matmul(&planes.broadcast_matmul(&across)?)?;
    Ok(planes.reshape((batch, channels, height * factor, width * factor))?)
}

/// Weights of `n` pixels for each of `n·factor`.
fn matrix(n: usize, factor: usize, like: &Tensor) -> Result<Tensor> {
    let mut weights = vec![0f32; n * factor * n];
    for (i, row) in weights.chunks_exact_mut(n).enumerate() {
        let at = ((i as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (n - 1) as f64);
        let (low, share) = (at.floor() as usize, at.fract());
        row[low] += (1.0 - share) as f32;
        row[(low + 1).min(n - 1)] += share as f32;
    }
    Ok(Tensor::from_vec(weights, (n * factor, n), like.device())?)
}
