//! Observers that the loss does not use, so that they may judge it.
//!
//! | plugin | is |
//! |---|---|
//! | [`ConvNet`] `convnet` | a small classifier of another architecture, trained on images of its own |
//! | [`Gabor`] `gabor` | a fixed bank of quadrature pairs; learns nothing |

mod convnet;
pub mod error;
mod gabor;

pub use convnet::{ConvNet, ConvNetParams, FittedConvNet, TrainParams};
pub use error::ObserverError;
pub use gabor::{FittedGabor, Gabor, GaborParams};

#[cfg(test)]
mod tests;
