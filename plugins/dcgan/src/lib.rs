//! `dcgan`: the generative adversarial network of Seeliger et al. (2018), section 2.3.
//!
//! - [`params`]: what an experiment may set, and its defaults.
//! - `layout`: sizes of the layers for a size of image.
//! - `generator`, `discriminator`: the two networks as functions of their weights.
//! - `training`: the adversarial game; `average`: the statistics that belong to the average of its weights.
//! - `given`: weights from a file, in place of training.
//! - `plugin`: the two traits.

mod average;
mod discriminator;
pub mod error;
mod generator;
mod given;
mod layout;
pub mod params;
mod plugin;
mod training;

pub use error::DcganError;
pub use params::{
    DcganParams, FeatureMatching, FirstLayer, MatchedLayer, MatchingForm, TrainParams,
};
pub use plugin::{Dcgan, FittedDcgan};

#[cfg(test)]
mod tests;
