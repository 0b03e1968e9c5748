//! What can go wrong in a loss term.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error("parameter '{name}' of {term}: expected {expected}, got {got}")]
    Parameter {
        /// The term, as named in experiments.
        term: &'static str,
        /// Name of the parameter.
        name: &'static str,
        /// The values that it may have.
        expected: &'static str,
        /// The value given.
        got: String,
    },
}

impl From<LossError> for lab_core::Error {
    fn from(error: LossError) -> Self {
        Self::plugin("lab-losses", error)
    }
}
