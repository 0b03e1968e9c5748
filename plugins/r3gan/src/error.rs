//! What can go wrong in R3GAN.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum R3ganError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error(transparent)]
    Parameter(#[from] Outside),
    /// No number of doublings from a small map ends at this size. Remedy: use 32, 56, 64 or another such size.
    #[error(
        "parameter 'size' of r3gan: expected 4, 5, 6 or 7 times a power of two from 4, got {size}; 32, 48, 56 and 64 work"
    )]
    Size {
        /// The size asked for.
        size: usize,
    },
    /// A generator that another one is built of does not suit. Remedy: in the message.
    #[error(
        "parameter '{name}' of latent_r3gan: expected {expected}, got {got}; name another generator"
    )]
    Part {
        /// The parameter that names it.
        name: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A generator said that it has an encoder and gave no latents. Remedy: in the message.
    #[error(
        "parameter 'through' of latent_r3gan: expected latents of images, got none; the generator breaks its contract"
    )]
    NoEncoder,
    /// The corpus cannot be learned from. Remedy: in the message.
    #[error(
        "corpus of r3gan: expected {expected}, got {got}; change the corpus or the size of the generator"
    )]
    Corpus {
        /// What the corpus must be.
        expected: String,
        /// What was found.
        got: String,
    },
    /// The images of the corpus have no components. Remedy: look for numbers that are not finite among them.
    #[error("components of the corpus of latent_r3gan: {why}; check its images")]
    Decomposition {
        /// Which decomposition, and what it expects.
        why: lab_linalg::Error,
    },
}

impl From<lab_linalg::Error> for R3ganError {
    fn from(why: lab_linalg::Error) -> Self {
        Self::Decomposition { why }
    }
}

impl From<R3ganError> for lab_core::Error {
    fn from(error: R3ganError) -> Self {
        Self::plugin("lab-r3gan", error)
    }
}
