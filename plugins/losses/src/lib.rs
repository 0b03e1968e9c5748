//! Loss terms of Seeliger et al. (2018), section 2.4.
//!
//! | plugin | compares |
//! |---|---|
//! | [`Pixel`] `pixel` | pixels of slightly smaller images |
//! | [`FeaturePresence`] `feature_presence` | which features of a network are active |
//! | [`FeatureMagnitude`] `feature_magnitude` | how strong the active ones are |
//!
//! All give one value an image, a mean over elements, so that their weights λ do not depend on the size of a layer.

mod error;
mod layers;
mod magnitude;
mod pixel;
mod presence;

pub use error::LossError;
pub use magnitude::{FeatureMagnitude, FeatureMagnitudeParams, MagnitudeReduction, Mask};
pub use pixel::{Distance, Pixel, PixelParams};
pub use presence::{Binarisation, FeaturePresence, FeaturePresenceParams};

#[cfg(test)]
mod tests;
