//! Parameters of `ridge_to_latents`.

use lab_core::config::{Declared, PluginParams, Range};
use lab_core::invert::InversionParams;
use serde::{Deserialize, Serialize};

/// Parameters of `ridge_to_latents`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RidgeToLatentsParams {
    /// How the latents of training images are found.
    pub latents_by: LatentsBy,
    /// Principal components of the training latents that are predicted, each under a penalty of its own; `None` for all
    /// numbers of a latent. With fewer images than numbers it keeps predictions from collapsing. Of latents whose numbers are
    /// scaled alike, such as codes of variance 1, the first components need not be what images depend on most.
    pub components: Option<usize>,
    /// Whether each number of a latent has a penalty of its own, so that numbers that responses do not tell are shrunk to
    /// their mean and do not decide about the others. Components always have.
    pub own_penalties: bool,
    /// How hard to search for the latent of each training image.
    pub inversion: InversionParams,
}

/// How the latents of training images are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LatentsBy {
    /// By the generator's encoder; by a search if it has none.
    #[default]
    EncoderOrSearch,
    /// By the generator's encoder; an error if it has none.
    Encoder,
    /// By a search.
    Search,
}

impl PluginParams for RidgeToLatentsParams {
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[("components", Range::ONE_OR_MORE)],
    );

    fn smoke(&mut self) {
        self.components = self.components.map(|n| n.min(4));
        self.inversion.n_starts = 1;
        self.inversion.n_steps = self.inversion.n_steps.min(5);
    }
}
