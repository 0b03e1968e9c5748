//! What can go wrong in a described network.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescribedError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error("parameter '{name}' of {plugin}: expected {expected}, got {got}")]
    Parameter {
        /// Name of the plugin.
        plugin: &'static str,
        /// Name of the parameter.
        name: &'static str,
        /// The values that it may have.
        expected: String,
        /// The value given.
        got: String,
    },
    /// A layer cannot stand where it stands. Remedy: in the message.
    #[error("layer {place} of {plugin}, {layer}: expected {expected}, got {got}")]
    Layer {
        /// Name of the plugin.
        plugin: &'static str,
        /// Its place in the list, from 1; those of a residual block behind a point.
        place: String,
        /// The layer as it is written.
        layer: String,
        /// What the layer needs.
        expected: String,
        /// The shape that reaches the layer.
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
