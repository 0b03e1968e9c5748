//! What can go wrong in an observer.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserverError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error(transparent)]
    Parameter(#[from] Outside),
    /// The corpus cannot be learned from. Remedy: in the message.
    #[error(
        "corpus of {observer}: expected {expected}, got {got}; change the corpus or the observer's size"
    )]
    Corpus {
        /// The observer, as named in experiments.
        observer: &'static str,
        /// What the corpus must be.
        expected: String,
        /// What was found.
        got: String,
    },
    /// No layer has this name. Remedy: use a listed one.
    #[error("layer '{name}' of {observer}: expected one of {known}")]
    Layer {
        /// The observer, as named in experiments.
        observer: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

impl From<ObserverError> for lab_core::Error {
    fn from(error: ObserverError) -> Self {
        Self::plugin("lab-observers", error)
    }
}
