//! Sizes of the layers for a size of image.
//!
//! ```text
//! generator       n′ = 2n with padding 1, 2n + 2 with padding 0        four layers of 4×4, stride 2
//! discriminator   n′ = ⌈n/2⌉ by 3×3, then ⌊n/2⌋ by 4×4                 stride 2, padding 1
//! ```
//! 64 px start at 4 with padding 1 throughout, 32 px at 2, and 56 px, as in the authors' code for BRAINS, at 2 with the
//! first two layers unpadded. `start: Some(3)` gives the authors' 64 px.

use crate::error::DcganError;

/// Layers that double the side.
pub(crate) const N_LAYERS: usize = 4;

/// Channels of the paper's generator, before its output.
const GENERATOR: [usize; N_LAYERS] = [512, 256, 128, 64];
/// Channels of the paper's discriminator, after its input.
const DISCRIMINATOR: [usize; N_LAYERS] = [32, 64, 128, 256];
/// Fewer channels than this carry nothing.
const FEWEST: usize = 8;

/// Sizes of both networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Side of the images.
    pub(crate) size: usize,
    /// Side of the generator's first map.
    pub(crate) start: usize,
    /// Padding of each of its layers.
    pub(crate) paddings: [usize; N_LAYERS],
    /// Its channels, the last being those of the image.
    pub(crate) generator: [usize; N_LAYERS + 1],
    /// The discriminator's channels, the first being those of the image.
    pub(crate) discriminator: [usize; N_LAYERS + 1],
    /// Side of the discriminator's last map.
    pub(crate) end: usize,
}

impl Layout {
    /// The layout of images of `size` px at a share `width` of the paper's channels.
    pub(crate) fn new(size: usize, width: f64, start: Option<usize>) -> Result<Self, DcganError> {
        let starts: Vec<usize> = match start {
            Some(start) => vec![start],
            None => (1..=size / (1 << N_LAYERS)).rev().collect(),
        };
        let found = starts
            .into_iter()
            .find_map(|start| paddings(start, size).map(|paddings| (start, paddings)));
        let (start, paddings) = found.ok_or(DcganError::Size { size, start })?;
        let scaled = |channels: usize| ((channels as f64 * width).round() as usize).max(FEWEST);
        let mut generator = [1; N_LAYERS + 1];
        let mut discriminator = [1; N_LAYERS + 1];
        for layer in 0..N_LAYERS {
            generator[layer] = scaled(GENERATOR[layer]);
            discriminator[layer + 1] = scaled(DISCRIMINATOR[layer]);
        }
        let end = (1..N_LAYERS).fold(size.div_ceil(2), |side, _| side / 2);
        Ok(Self {
            size,
            start,
            paddings,
            generator,
            discriminator,
            end,
        })
    }
}

impl Layout {
    /// Weights of both networks, and the numbers of their maps for one image, at least.
    pub(crate) fn numbers(&self, latent: usize) -> (f64, f64) {
        let first = self.generator[0] as f64 * (self.start as f64).powi(2);
        let taps = |channels: &[usize; N_LAYERS + 1]| -> f64 {
            let pairs = channels
                .windows(2)
                .map(|pair| pair[0] as f64 * pair[1] as f64);
            pairs.sum::<f64>() * 16.0
        };
        let n_weights = latent as f64 * first + taps(&self.generator) + taps(&self.discriminator);
        let last = self.generator[N_LAYERS - 1] as f64 * (self.size as f64 / 2.0).powi(2);
        (n_weights, latent as f64 + first + last)
    }
}

/// Paddings that lead from `start` to `size`: the first layers unpadded, as few as possible.
fn paddings(start: usize, size: usize) -> Option<[usize; N_LAYERS]> {
    (0..=N_LAYERS)
        .map(|unpadded| std::array::from_fn(|layer| usize::from(layer >= unpadded)))
        .find(|paddings: &[usize; N_LAYERS]| {
            paddings
                .iter()
                .fold(start, |side, padding| 2 * side + 2 - 2 * padding)
                == size
        })
}
