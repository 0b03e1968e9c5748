//! Sizes of the layers for a size of image.
//!
//! | layer | kernel | channels | behind it |
//! |---|---|---|---|
//! | conv1 | 5×5 | 96 | ReLU, response normalisation, max-pool 3 stride 2 |
//! | conv2 | 5×5 | 256 | ReLU, response normalisation, max-pool 3 stride 2 |
//! | conv3, conv4 | 3×3 | 384 | ReLU |
//! | conv5 | 3×3 | 256 | ReLU, max-pool 3 stride 2 |
//! | fc6, fc7 | | 4096 | ReLU, dropout |
//! | fc8 | | classes | |
//!
//! Pools round up, as Chainer's do: 64 px become 60, 30, 26, 13, 11, 9, 7 and 3.

use crate::error::AlexNetError;
use crate::params::{AlexNetParams, Padding};

/// The paper's channels.
const CHANNELS: [usize; 5] = [96, 256, 384, 384, 256];
const KERNELS: [usize; 5] = [5, 5, 3, 3, 3];
/// Under this name the weights hold the names of the classes.
pub(crate) const CLASSES: &str = "classes";
/// Layers with activations to ask for, from input to output.
pub(crate) const NAMES: [&str; 7] = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"];
/// Side and stride of a pool.
pub(crate) const POOL: usize = 3;
pub(crate) const POOL_STRIDE: usize = 2;

/// What stands behind a convolution's ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    Nothing,
    NormAndPool,
    Pool,
}

/// Sizes of one convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Convolution {
    pub(crate) c_in: usize,
    pub(crate) c_out: usize,
    pub(crate) kernel: usize,
    pub(crate) padding: usize,
    pub(crate) behind: Behind,
}

/// Sizes of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) convolutions: Vec<Convolution>,
    /// Numbers that reach the first fully connected layer.
    pub(crate) n_flat: usize,
    pub(crate) hidden: usize,
}

impl Layout {
    pub(crate) fn new(params: &AlexNetParams) -> Result<Self, AlexNetError> {
        let mut side = params.size;
        let mut c_in = 1;
        let mut convolutions = Vec::new();
        for layer in 0..CHANNELS.len() {
            let kernel = KERNELS[layer];
            let padding = if params.padding == Padding::Same && layer > 0 {
                kernel / 2
            } else {
                0
            };
            let behind = match layer {
                0 | 1 => Behind::NormAndPool,
                4 => Behind::Pool,
                _ => Behind::Nothing,
            };
            let too_small = AlexNetError::Size {
                size: params.size,
                layer: NAMES[layer],
            };
            side = (side + 2 * padding + 1)
                .checked_sub(kernel)
                .filter(|&side| side > 0)
                .ok_or(too_small)?;
            if behind != Behind::Nothing {
                side = side.saturating_sub(POOL).div_ceil(POOL_STRIDE) + 1;
            }
            let c_out = ((CHANNELS[layer] as f64 * params.width).round() as usize).max(1);
            convolutions.push(Convolution {
                c_in,
                c_out,
                kernel,
                padding,
                behind,
            });
            c_in = c_out;
        }
        Ok(Self {
            convolutions,
            n_flat: c_in * side * side,
            hidden: params.hidden,
        })
    }
}
