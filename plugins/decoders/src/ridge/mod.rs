//! Ridge regression, the decoder without a network.
//!
//! - [`RidgeToPixels`] `ridge_to_pixels`: straight to pixels, the baseline without a generator.
//! - [`RidgeToLatents`] `ridge_to_latents`: to the latents found by inverting the training images.

mod decoder;
mod fitted;
mod latents;
mod map;
mod pixels;
mod rows;
mod solve;
#[cfg(test)]
mod tests;

pub use decoder::Ridge;
pub use latents::{RidgeToLatents, RidgeToLatentsParams};
pub use pixels::{RidgeToPixels, RidgeToPixelsParams};

pub(crate) use fitted::curves;
pub(crate) use map::{LinearMap, matrix};
pub(crate) use rows::target_rows;
pub(crate) use solve::{Design, Solution};
