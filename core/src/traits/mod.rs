//! The six traits that a plugin may implement.
//!
//! All are `dyn`-compatible; the context comes first; fitting returns a different, fitted type.

mod aligner;
mod dataset;
mod decoder;
mod feature_net;
mod generator;
mod loss_term;

pub use aligner::{Aligner, FittedAligner, Quality};
pub use dataset::Dataset;
pub use decoder::{Decoder, FittedDecoder, Output, TrainingSet};
pub use feature_net::{FeatureNet, Features, FittedFeatureNet};
pub use generator::{Constraint, FittedGenerator, Generator, LatentSpace, Prior, constrain};
pub use loss_term::{LossTerm, View};
