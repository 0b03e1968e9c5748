//! What can go wrong in a decoder.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecoderError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error("parameter '{name}' of {decoder}: expected {expected}, got {got}")]
    Parameter {
        /// The decoder, as named in experiments.
        decoder: &'static str,
        /// Name of the parameter.
        name: &'static str,
        /// The values that it may have.
        expected: &'static str,
        /// The value given.
        got: String,
    },
    /// The training features cannot be learned from. Remedy: look at the alignment chain that made them.
    #[error(
        "training features: expected {expected}, got {got}; check the alignment chain that made them"
    )]
    Features {
        /// What the decoder needs.
        expected: &'static str,
        /// What was found.
        got: String,
    },
    /// A decomposition of features or latents did not converge. Remedy: look at the alignment chain, or at the generator's latents.
    #[error("training features or latents: {why}; check the alignment chain that made them")]
    Decomposition {
        /// Which decomposition, and what it expects.
        why: lab_linalg::Error,
    },
    /// The generator has no encoder. Remedy: in the message.
    #[error(
        "latents_by: Encoder of ridge_to_latents: expected a generator with an encoder, got one without; give it one, or take \
         latents_by: Search"
    )]
    NoEncoder,
    /// A latent has fewer numbers than components are asked for. Remedy: ask for fewer.
    #[error(
        "components of ridge_to_latents: expected at most the {expected} numbers of a latent, got {got}; ask for fewer"
    )]
    Components {
        /// Numbers of a latent.
        expected: usize,
        /// Components asked for.
        got: usize,
    },
    /// There are too few rows to fit. Remedy: more images, or other ones in the training set.
    #[error("training rows: expected {expected}, got {got}")]
    Rows {
        /// What the decoder needs.
        expected: &'static str,
        /// What was found.
        got: String,
    },
    /// Saved weights are not those of a decoder with these parameters. Remedy: restore with the parameters of the fit.
    #[error(
        "saved weights, '{name}': expected {expected}, got {got}; restore with the parameters of the fit"
    )]
    Weights {
        /// Name of the tensor.
        name: String,
        /// The shape that fits.
        expected: String,
        /// The shape that was found.
        got: String,
    },
}

impl From<Outside> for DecoderError {
    fn from(outside: Outside) -> Self {
        Self::Parameter {
            decoder: outside.plugin,
            name: outside.name,
            expected: outside.expected,
            got: outside.got,
        }
    }
}

impl From<lab_linalg::Error> for DecoderError {
    fn from(why: lab_linalg::Error) -> Self {
        Self::Decomposition { why }
    }
}

impl From<DecoderError> for lab_core::Error {
    fn from(error: DecoderError) -> Self {
        Self::plugin("lab-decoders", error)
    }
}
