//! What can go wrong in a described network.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescribedError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error("parameter '{name}' of {plugin}: expected {expected}, got {got}")]
    Parameter {
        /// The plugin.
        plugin: &'static str,
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: String,
        /// The value given.
        got: String,
    },
    /// A layer cannot stand where it stands. Remedy: in the message.
    #[error("layer {place} of {plugin}, {layer}: expected {expected}, got {got}")]
    Layer {
        /// The plugin.
        plugin: &'static str,
        /// Its place in the list, from 1; those of a residual block behind a point.
        place: String,
        /// The layer as it is written.
        layer: String,
        /// What it needs.
        expected: String,
        /// What reaches it.
        got: String,
    },
    /// No layer has this name. Remedy: use a listed one.
    #[error("layer '{name}' of layers_features: expected one of {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

impl From<DescribedError> for lab_core::Error {
    fn from(error: DescribedError) -> Self {
        Self::plugin("lab-described", error)
    }
}
