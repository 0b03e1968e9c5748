//! What can go wrong in the AlexNet.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlexNetError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error(transparent)]
    Parameter(#[from] Outside),
    /// Nothing of the image is left for a layer. Remedy: larger images, or padding: Same.
    #[error(
        "parameter 'size' of alexnet: expected images large enough for {layer}, got {size}; use padding: Same or larger images"
    )]
    Size {
        /// The size asked for.
        size: usize,
        /// The first layer that has nothing to see.
        layer: &'static str,
    },
    /// The corpus cannot be learned from. Remedy: in the message.
    #[error(
        "corpus of alexnet: expected {expected}, got {got}; change the corpus or the network's size"
    )]
    Corpus {
        /// What the corpus must be.
        expected: String,
        /// What was found.
        got: String,
    },
    /// No layer has this name. Remedy: use a listed one.
    #[error("layer '{name}' of alexnet: expected one of {known}")]
    Layer {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

impl From<AlexNetError> for lab_core::Error {
    fn from(error: AlexNetError) -> Self {
        Self::plugin("lab-alexnet", error)
    }
}
