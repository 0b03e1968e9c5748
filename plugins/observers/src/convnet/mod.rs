//! `convnet`: a small classifier, unlike the network of the loss.
//!
//! Three times 3×3 convolution, batch norm, ReLU and max-pool; then a mean over a 3×3 grid and one linear map.
//! It learns from letters or scenes that no other network learns from, under blur, noise and shifts.

mod augment;
pub(crate) mod network;
mod params;
mod plugin;
mod training;

pub use params::{ConvNetParams, TrainParams};
pub use plugin::{ConvNet, FittedConvNet};
