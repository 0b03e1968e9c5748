//! What both networks are built of: residual blocks, and kernels that change the side.
//!
//! ```text
//! block        y = x + K₃·a(K₂∗a(K₁·x + b₁) + b₂)        K₁, K₃ 1×1, K₂ 3×3, a leaky ReLU; no normalisation
//! between      4×4 kernels with stride 2 between sides, which start as a bilinear resampling times a random map of channels
//! ```
//! The stage of the largest maps is an activation alone: its few channels make poor matrices of many numbers, and a block
//! there would cost as much time as all others together.
//!
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

use crate::layout::Layout;
use crate::leaky::{gain, leaky_relu};

/// Side, stride and padding of the kernels that change the side.
const KERNEL: usize = 4;
const STRIDE: usize = 2;
const PADDING: usize = 1;
/// One axis of a bilinear resampling by two.
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

/// All of a stage on maps `[batch, channels, h, w]`: its `n_blocks` blocks, or the activation if it has none.
pub(crate) fn stage(w: &Weights, stage: usize, n_blocks: usize, x: &Tensor) -> Result<Tensor> {
    if n_blocks == 0 {
        return Ok(leaky_relu(x)?);
    }
    let mut h = x.clone();
    for idx in 0..n_blocks {
        h = block(w, &block_name(stage, idx), &h)?;
    }
    Ok(h)
}

/// Adds the first values of a stage of a network whose layout is `layout`.
pub(crate) fn insert_stage(
    variables: &mut Variables,
    layout: &Layout,
    stage: usize,
    rng: &mut Stream,
    device: &Device,
) -> Result<()> {
    for idx in 0..layout.n_blocks(stage) {
        insert_block(
            variables,
            &block_name(stage, idx),
            layout.channels[stage],
            layout.n_all_blocks(),
            rng,
            device,
        )?;
    }
    Ok(())
}

fn block_name(stage: usize, idx: usize) -> String {
    format!("stage-{stage}.block-{idx}")
}

/// Which way a kernel changes the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Towards {
    /// Twice the side: kernels `[n_in, n_out, 4, 4]`.
    Larger,
    /// Half the side: kernels `[n_out, n_in, 4, 4]`.
    Smaller,
}

/// A map from `n_in` channels to `n_out` of another side.
///
/// From a single channel, the discriminator's image, every kernel starts at random: multiples of one smooth filter would see
/// nothing of what is finer, and the generator would never lose the grid that its own kernels leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampling {
    pub(crate) towards: Towards,
    pub(crate) n_in: usize,
    pub(crate) n_out: usize,
    /// Whether it follows an activation, whose loss of variance its first values make up for.
    pub(crate) after_activation: bool,
}

impl Resampling {
    /// Adds its first values under `name`.
    pub(crate) fn insert(
        &self,
        variables: &mut Variables,
        name: &str,
        rng: &mut Stream,
        device: &Device,
    ) -> Result<()> {
        let gain = if self.after_activation { gain() } else { 1.0 };
        let sd = gain / (self.n_in as f64).sqrt();
        // A doubled image's number takes two of four taps an axis, a halved one's all: their sums must be 1.
        let ([first, second], sd) = match self.towards {
            Towards::Larger => ([self.n_in, self.n_out], sd),
            Towards::Smaller => ([self.n_out, self.n_in], sd / STRIDE.pow(2) as f64),
        };
        let kernel = if self.n_in == 1 {
            rng::normal(rng, sd, &[first, second, KERNEL, KERNEL], device)?
        } else {
            let channels = rng::normal(rng, sd, &[first, second, 1, 1], device)?;
            let axis = Tensor::new(&BILINEAR, device)?;
            let filter = axis
                .reshape((KERNEL, 1))?
                .broadcast_mul(&axis.reshape((1, KERNEL))?)?;
            channels.broadcast_mul(&filter.reshape((1, 1, KERNEL, KERNEL))?)?
        };
        let kernel = Var::from_tensor(&kernel)?;
        variables.insert(format!("{name}.kernel"), kernel);
        variables.insert(format!("{name}.bias"), init::zeros(&[self.n_out], device)?);
        Ok(())
    }
}

/// Maps of twice or half the side.
pub(crate) fn resample(w: &Weights, name: &str, towards: Towards, x: &Tensor) -> Result<Tensor> {
    let kernel = weights::get(w, &format!("{name}.kernel"))?;
    let bias = Some(weights::get(w, &format!("{name}.bias"))?);
    Ok(match towards {
        Towards::Larger => nn::conv_transpose2d(x, kernel, bias, STRIDE, PADDING)?,
        Towards::Smaller => nn::conv2d(x, kernel, bias, STRIDE, PADDING)?,
    })
}
