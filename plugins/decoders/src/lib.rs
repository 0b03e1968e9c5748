//! `lab-decoders`: from aligned responses to latents or pixels.
//!
//! - [`linear`]: the paper's decoder, trained through the frozen generator.
//! - [`mlp`]: one hidden layer, for the overfit check.
//! - [`ridge`]: regression to pixels or to latents, without a network of its own.
//! - [`per_image`]: a search for the latents of each response by itself.
//! - [`stored_latents`]: latents that were decoded elsewhere.
//! - [`dense`] and [`training`]: what the first two are, and what they are trained with.

pub mod dense;
pub mod error;
pub mod linear;
pub mod mlp;
mod network;
pub mod per_image;
pub mod ridge;
pub mod stored_latents;
pub mod training;

#[cfg(test)]
mod tests;

pub use error::DecoderError;
