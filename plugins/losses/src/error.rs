//! What can go wrong in a loss term.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error(transparent)]
    Parameter(#[from] Outside),
}

impl From<LossError> for lab_core::Error {
    fn from(error: LossError) -> Self {
        Self::plugin("lab-losses", error)
    }
}
