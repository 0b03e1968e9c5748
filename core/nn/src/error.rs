//! What can go wrong with weights, random draws and optimisers.

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate. Layers themselves answer with candle's errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes do not fit. Remedy: change the size named by `what`.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// The array that does not fit.
        what: String,
        /// The shape that would fit.
        expected: String,
        /// The shape that was found.
        got: String,
    },
    /// Values break a rule. Remedy: in `remedy`.
    #[error("{what}: expected {expected}, got {got}; {remedy}")]
    Data {
        /// The quantity.
        what: String,
        /// The rule.
        expected: String,
        /// What was found.
        got: String,
        /// What to do.
        remedy: String,
    },
    /// Tensors could not be written as bytes. Remedy: none on the user's side; the text is the library's.
    #[error("{0}")]
    Bytes(#[from] safetensors::SafeTensorError),
    /// Bytes that should be names are no text. Remedy: use weights written by the same plugin.
    #[error("{0}")]
    Text(#[from] std::string::FromUtf8Error),
    /// Tensor arithmetic failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    /// An [`Error::Shape`] from anything that can be printed.
    pub fn shape(
        what: impl Into<String>,
        expected: impl std::fmt::Debug,
        got: impl std::fmt::Debug,
    ) -> Self {
        Self::Shape {
            what: what.into(),
            expected: format!("{expected:?}"),
            got: format!("{got:?}"),
        }
    }
}
