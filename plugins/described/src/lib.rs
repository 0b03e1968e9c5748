//! Networks described as layers, with weights that others trained.
//!
//! | plugin | is |
//! |---|---|
//! | [`LayersGenerator`] `layers_generator` | a generator |
//! | [`LayersFeatures`] `layers_features` | a feature network |
//!
//! - [`layer`]: what an experiment writes.
//! - `plan`: the same with every size known, by `sizes`; `steps`: what it computes; `network`: the plan with weights.
//! - `attention`, `resample`: layers of several operations.
//! - `weights`: parameters from a file, by the rules of [`lab_formats::parameters`].
//! - `head`: the plan of the layers and the file of its weights, as both traits need them.
//! - `image`: ranges, colours and grey.
//! - `generator`, `features`: the two traits; `encoder`: a generator's way back from images.

mod attention;
mod encoder;
pub mod error;
mod features;
mod generator;
mod head;
mod image;
pub mod layer;
mod network;
mod plan;
mod resample;
mod shape;
mod sizes;
mod steps;
#[cfg(test)]
mod tests;
mod weights;

pub use encoder::Encoder;
pub use error::DescribedError;
pub use features::{FittedLayersFeatures, LayersFeatures, LayersFeaturesParams};
pub use generator::{FittedLayersGenerator, LayersGenerator, LayersGeneratorParams, Onto};
pub use image::Order;
pub use layer::Layer;
