//! The circular aperture of vim-1.
//!
//! ```text
//! m(r) = sin²(π/2 · clamp((250 − r)/25, 0, 1)),    r in 500ths of the image's width from its centre
//! ```
//! The mask of 500 × 500 pixels that the authors of Seeliger et al. (2018) multiplied onto images and onto what their
//! generator made is this raised cosine to 5·10⁻¹⁵ at the centre of every pixel. An image in `[−1, 1]` is multiplied as it is, so that the surround becomes grey.

use std::f64::consts::FRAC_PI_2;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Pixels of the mask that the radii are measured in.
const SIDE: f64 = 500.0;
/// Radius within which nothing is taken away.
const INNER: f64 = 225.0;
/// Radius from which nothing is left.
const OUTER: f64 = 250.0;
/// Points a pixel is averaged over, along each side.
const POINTS: usize = 4;

/// What is multiplied onto every image of a generator and of its corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Mask {
    /// Nothing: the whole image is seen.
    #[default]
    Open,
    /// The circular aperture of vim-1: nothing is learned about the grey surround.
    Circular,
}

impl Mask {
    /// As a tensor `[1, 1, size, size]`, if it takes anything away.
    ///
    /// # Errors
    /// Fails if the device does.
    pub fn tensor(self, size: usize, device: &Device) -> Result<Option<Tensor>> {
        match self {
            Self::Open => Ok(None),
            Self::Circular => Ok(Some(Tensor::from_vec(
                circular(size),
                (1, 1, size, size),
                device,
            )?)),
        }
    }
}

/// The mask of an image of `size × size` pixels, row by row, in `[0, 1]`.
///
/// # Example
/// ```
/// use lab_nn::mask::circular;
///
/// let mask = circular(64);
/// // The centre is seen as it is, and nothing is left of a corner.
/// assert!((mask[32 * 64 + 32] - 1.0).abs() < 1e-6);
/// assert_eq!(mask[0], 0.0);
/// // It falls from the centre to the right edge.
/// assert!((33..64).all(|x| mask[32 * 64 + x] <= mask[32 * 64 + x - 1]));
/// ```
pub fn circular(size: usize) -> Vec<f32> {
    let scale = SIDE / size as f64;
    let at = |pixel: usize, point: usize| {
        (pixel as f64 + (point as f64 + 0.5) / POINTS as f64) * scale - SIDE / 2.0
    };
    let pixel = |idx: usize| {
        let mut sum = 0.0;
        for down in 0..POINTS {
            for across in 0..POINTS {
                let (y, x) = (at(idx / size, down), at(idx % size, across));
                let inwards = ((OUTER - y.hypot(x)) / (OUTER - INNER)).clamp(0.0, 1.0);
                sum += (FRAC_PI_2 * inwards).sin().powi(2);
            }
        }
        (sum / (POINTS * POINTS) as f64) as f32
    };
    (0..size * size).map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::circular;

    #[test]
    fn the_mask_is_symmetric_full_inside_and_empty_in_the_corners() {
        let size = 64;
        let mask = circular(size);
        let at = |y: usize, x: usize| mask[y * size + x];
        for y in 0..size {
            for x in 0..size {
                assert!((at(y, x) - at(x, y)).abs() < 1e-6);
                assert!((at(y, x) - at(size - 1 - y, x)).abs() < 1e-6);
            }
        }
        assert!((at(32, 32) - 1.0).abs() < f32::EPSILON && at(0, 0) == 0.0);
        // The authors' mask of 64 × 64 pixels sums to 2904.86.
        let sum: f32 = mask.iter().sum();
        assert!((sum - 2904.86).abs() < 0.1, "{sum}");
    }
}
