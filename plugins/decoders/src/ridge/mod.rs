//! Ridge regression, the decoder without a network.
//!
//! - [`RidgeToPixels`] `ridge_to_pixels`: straight to pixels, the baseline without a generator.
//! - [`RidgeToLatents`] `ridge_to_latents`: to the latents of the training images, by an encoder or a search.

mod components;
mod decoder;
mod fitted;
mod latents;
mod left_out;
mod map;
mod matrix;
mod params;
mod pixels;
mod rows;
mod solve;
#[cfg(test)]
mod tests;

pub use decoder::Ridge;
pub use latents::RidgeToLatents;
pub use params::{LatentsBy, RidgeToLatentsParams};
pub use pixels::{RidgeToPixels, RidgeToPixelsParams};

pub(crate) use fitted::curves;
#[cfg(test)]
pub(crate) use left_out::LeftOut;
pub(crate) use map::LinearMap;
pub(crate) use matrix::matrix;
pub(crate) use rows::target_rows;
pub(crate) use solve::{Design, Penalty, Solution};
