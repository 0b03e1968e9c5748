//! What can go wrong between arrays and their scores.

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of scoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two arrays do not fit. Cause: a caller mixed conditions. Remedy: score conditions of one test set.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// The array.
        what: String,
        /// The size that would fit.
        expected: String,
        /// The size found.
        got: String,
    },
    /// Too little data for a statistic. Remedy: in the message.
    #[error("{what}: needs at least {needed}, has {got}")]
    TooFew {
        /// The statistic.
        what: String,
        /// How much it needs.
        needed: usize,
        /// How much there is.
        got: usize,
    },
}
