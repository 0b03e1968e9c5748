//! `latent_r3gan`: the same game played among the latents of a frozen autoencoder.
//!
//! ```text
//! image = decoder(G(z))        z the code of an image, G(z) maps of the autoencoder's latents
//! ```
//! An autoencoder of natural images draws edges and textures that a network of minutes never learns; what it lacks are few
//! numbers that images can be drawn from. The networks here work on small maps alone; only the frozen autoencoder sees pixels,
//! of the corpus and of its codes once, and in every update those of few images that are drawn again.
//!
//! - [`params`]: what an experiment may set; `code`: the numbers of an image, from which it is drawn again.
//! - `generator`, `discriminator`: both networks as functions of their weights, of `parts`; `training`: the game played.
//! - `prior`: what latents are drawn at random.
//! - `plugin`: the two traits.

mod code;
mod discriminator;
mod generator;
pub(crate) mod params;
mod parts;
mod plugin;
mod prior;
#[cfg(test)]
mod tests;
mod training;

pub use params::{LatentR3ganParams, LatentTrainParams};
pub use plugin::{FittedLatentR3gan, LatentR3gan};
