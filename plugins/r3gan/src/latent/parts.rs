//! What both networks among latents are built of: 3×3 kernels, and residual blocks at one of two sides.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::blocks;

/// Adds a 3×3 kernel whose result has `size` times the size of what it gets.
pub(super) fn insert_kernel(
    variables: &mut Variables,
    name: &str,
    [n_in, n_out]: [usize; 2],
    size: f64,
    rng: &mut Stream,
    device: &Device,
) -> Result<()> {
    let sd = size / (9.0 * n_in as f64).sqrt();
    let kernel = init::normal(rng, sd, &[n_out, n_in, 3, 3], device)?;
    variables.insert(format!("{name}.kernel"), kernel);
    variables.insert(format!("{name}.bias"), init::zeros(&[n_out], device)?);
    Ok(())
}

/// Maps behind the 3×3 kernel `name`.
pub(super) fn convolved(w: &Weights, name: &str, x: &Tensor) -> Result<Tensor> {
    let kernel = weights::get(w, &format!("{name}.kernel"))?;
    let bias = weights::get(w, &format!("{name}.bias"))?;
    Ok(nn::conv2d(x, kernel, Some(bias), 1, 1)?)
}

/// Adds the `n_blocks` residual blocks of one side of a network that has as many at the other.
pub(super) fn insert_blocks(
    variables: &mut Variables,
    side: &str,
    channels: usize,
    n_blocks: usize,
    rng: &mut Stream,
    device: &Device,
) -> Result<()> {
    for idx in 0..n_blocks {
        let name = block(side, idx);
        blocks::insert_block(variables, &name, channels, 2 * n_blocks, rng, device)?;
    }
    Ok(())
}

/// Maps behind the blocks of one side.
pub(super) fn behind_blocks(
    w: &Weights,
    side: &str,
    n_blocks: usize,
    x: &Tensor,
) -> Result<Tensor> {
    let mut h = x.clone();
    for idx in 0..n_blocks {
        h = blocks::block(w, &block(side, idx), &h)?;
    }
    Ok(h)
}

fn block(side: &str, idx: usize) -> String {
    format!("{side}.block-{idx}")
}
