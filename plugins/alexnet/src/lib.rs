//! `alexnet`: the feature network of Seeliger et al. (2018), section 2.4.
//!
//! - [`params`]: what an experiment may set, and its defaults.
//! - `layout`: sizes of the layers for a size of image.
//! - `network`: the network as a function of its weights.
//! - `training`: descent on a labelled corpus; `descended`: one step down, a few images at a time.
//! - `given`: weights from a file, in place of training.
//! - `plugin`: the two traits.

mod descended;
pub mod error;
mod given;
mod layout;
mod network;
pub mod params;
mod plugin;
mod training;

pub use error::AlexNetError;
pub use params::{AlexNetParams, InputRange, Padding, TrainParams};
pub use plugin::{AlexNet, FittedAlexNet};

#[cfg(test)]
mod tests;
