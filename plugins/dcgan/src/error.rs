//! What can go wrong in the DCGAN.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DcganError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error(transparent)]
    Parameter(#[from] Outside),
    /// No stack of four doubling layers ends at this size. Remedy: use 32, 56, 64 or another even size from 16.
    #[error("parameter 'size' of dcgan: expected a size that four layers of stride 2 can reach, got {size}{}; 32, 56 and 64 work", start.map_or(String::new(), |start| format!(" from start {start}")))]
    Size {
        /// The size asked for.
        size: usize,
        /// The first side asked for, if one was.
        start: Option<usize>,
    },
    /// The corpus cannot be learned from. Remedy: in the message.
    #[error(
        "corpus of dcgan: expected {expected}, got {got}; change the corpus or the size of the generator"
    )]
    Corpus {
        /// What the corpus must be.
        expected: String,
        /// What was found.
        got: String,
    },
}

impl From<DcganError> for lab_core::Error {
    fn from(error: DcganError) -> Self {
        Self::plugin("lab-dcgan", error)
    }
}
