//! What both networks are built of: residual blocks, and kernels that change the side.
//!
//! ```text
//! block        y = x + K₃·a(K₂∗a(K₁·x + b₁) + b₂)        K₁, K₃ 1×1, K₂ 3×3, a leaky ReLU; no normalisation
//! up, down     4×4 kernels with stride 2, which start as a bilinear resampling times a random map of channels
//! ```
//! K₃ starts at 0 and K₁, K₂ at L^(−1/4) of He's size in a network of L blocks, so that the size of signals does not depend
//! on the depth: Zhang, Dauphin & Ma (2019), *Fixup initialization*, arXiv:1901.09321, with m = 3 layers a block.
//!
//! Huang et al. (2024) widen the middle of a block twofold and cut it into groups of channels. Our kernels know no groups; a
//! middle of plain convolution at the width of the block costs about as much. They resample with a fixed filter and follow
//! with 1×1 kernels; ours learn both as one kernel, which is the size that our kernels are fastest at.

use candle_core::{Device, Tensor, Var};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::{self, Stream};
use lab_core::weights::{self, Weights};

use crate::leaky::{gain, leaky_relu};

/// Side, stride and padding of the kernels that change the side.
const KERNEL: usize = 4;
const STRIDE: usize = 2;
const PADDING: usize = 1;
/// One axis of a bilinear resampling by two, whose sum is 2·2: each number of a doubled image takes two of the four.
const BILINEAR: [f32; KERNEL] = [0.25, 0.75, 0.75, 0.25];

/// Adds the first values of the block `name` of `channels` channels in a network of `n_blocks`.
pub(crate) fn insert_block(
    variables: &mut Variables,
    name: &str,
    channels: usize,
    n_blocks: usize,
    rng: &mut Stream,
    device: &Device,
) -> Result<()> {
    let fixup = (n_blocks.max(1) as f64).powf(-0.25);
    for (part, side) in [("first", 1), ("middle", 3)] {
        let sd = gain() * fixup / ((channels * side * side) as f64).sqrt();
        let kernel = init::normal(rng, sd, &[channels, channels, side, side], device)?;
        variables.insert(format!("{name}.{part}.kernel"), kernel);
        variables.insert(
            format!("{name}.{part}.bias"),
            init::zeros(&[channels], device)?,
        );
    }
    let last = init::zeros(&[channels, channels, 1, 1], device)?;
    variables.insert(format!("{name}.last.kernel"), last);
    Ok(())
}

/// The block `name` of maps `[batch, channels, h, w]`.
pub(crate) fn block(w: &Weights, name: &str, x: &Tensor) -> Result<Tensor> {
    let get = |part: &str| weights::get(w, &format!("{name}.{part}"));
    let first = nn::conv2d(x, get("first.kernel")?, Some(get("first.bias")?), 1, 0)?;
    let middle = nn::conv2d(
        &leaky_relu(&first)?,
        get("middle.kernel")?,
        Some(get("middle.bias")?),
        1,
        1,
    )?;
    let last = nn::conv2d(&leaky_relu(&middle)?, get("last.kernel")?, None, 1, 0)?;
    Ok((x + last)?)
}

/// First values of a kernel `[n_in, n_out, 4, 4]` that doubles sides.
pub(crate) fn up_kernel(
    rng: &mut Stream,
    n_in: usize,
    n_out: usize,
    device: &Device,
) -> Result<Var> {
    resampling(rng, [n_in, n_out], n_in, 1.0, device)
}

/// First values of a kernel `[n_out, n_in, 4, 4]` that halves sides.
pub(crate) fn down_kernel(
    rng: &mut Stream,
    n_in: usize,
    n_out: usize,
    device: &Device,
) -> Result<Var> {
    // Each number of a halved image takes all four of an axis, whose sum must be 1.
    resampling(rng, [n_out, n_in], n_in, 0.25, device)
}

fn resampling(
    rng: &mut Stream,
    maps: [usize; 2],
    n_in: usize,
    scale: f64,
    device: &Device,
) -> Result<Var> {
    let shape = [maps[0], maps[1], 1, 1];
    let channels = rng::normal(rng, scale / (n_in as f64).sqrt(), &shape, device)?;
    let axis = Tensor::new(&BILINEAR, device)?;
    let filter = axis
        .reshape((KERNEL, 1))?
        .broadcast_mul(&axis.reshape((1, KERNEL))?)?
        .reshape((1, 1, KERNEL, KERNEL))?;
    Ok(Var::from_tensor(&channels.broadcast_mul(&filter)?)?)
}

/// Maps of twice the side.
pub(crate) fn up(x: &Tensor, kernel: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    Ok(nn::conv_transpose2d(x, kernel, bias, STRIDE, PADDING)?)
}

/// Maps of half the side.
pub(crate) fn down(x: &Tensor, kernel: &Tensor) -> Result<Tensor> {
    Ok(nn::conv2d(x, kernel, None, STRIDE, PADDING)?)
}
