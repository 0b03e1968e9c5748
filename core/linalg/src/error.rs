//! What a decomposition can fail with.

use faer::ColRef;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its iterations did not converge, as with numbers that are not finite. Remedy: look at what the matrix was made of.
    #[error("{what} did not converge: expected a matrix of finite numbers")]
    Decomposition {
        /// Name of the decomposition that failed, such as "the eigenvalue decomposition".
        what: &'static str,
    },
}

/// A result of this package.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The values that a decomposition found; `None` if one is no finite number, which it does not report by itself.
pub(crate) fn finite(values: ColRef<'_, f64>) -> Option<Vec<f64>> {
    let values: Vec<f64> = values.iter().copied().collect();
    values
        .iter()
        .all(|value| value.is_finite())
        .then_some(values)
}
