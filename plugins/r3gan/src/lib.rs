//! `r3gan`: a generative adversarial network after Huang et al. (2024), *The GAN is dead; long live the GAN! A modern GAN
//! baseline*, arXiv:2501.05441, at the scale of minutes on a CPU.
//!
//! - [`params`]: what an experiment may set, and its defaults; `check`: what is refused.
//! - `layout`: sizes of the stages for a size of image.
//! - `blocks`, `leaky`: what both networks are built of; `generator`, `discriminator`: the two as functions of their weights.
//! - `game`: the relativistic losses and the gradient penalties.
//! - `training`: the game played, by `rates` and `steps` that both games have in common.
//! - `plugin`: the two traits.
//! - [`latent`]: the same game among the latents of a frozen autoencoder.

mod blocks;
mod check;
mod discriminator;
pub mod error;
mod game;
mod generator;
pub mod latent;
mod layout;
mod leaky;
pub mod params;
mod plugin;
mod rates;
mod steps;
mod training;

pub use error::R3ganError;
pub use latent::{FittedLatentR3gan, LatentR3gan, LatentR3ganParams, LatentTrainParams};
pub use params::{Difference, Penalty, R3ganParams, TrainParams};
pub use plugin::{FittedR3gan, R3gan};

#[cfg(test)]
mod tests;
