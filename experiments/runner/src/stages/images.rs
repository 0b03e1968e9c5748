//! Images of one condition, which are scored and shown.

use candle_core::Tensor;
use lab_core::search::SearchFacts;
use lab_score::record::Condition;

use crate::store::Stage;

/// Images for every test image, made in one way.
#[derive(Clone)]
pub(crate) struct Images {
    /// The way in which the images were made.
    pub(crate) condition: Condition,
    /// `[n_test, channels, height, width]` in `[−1, 1]`.
    pub(crate) images: Tensor,
    /// `[n_test, n_latents]`, where they came from latents.
    pub(crate) latents: Option<Tensor>,
    /// How the search for them ended, if they were searched for.
    pub(crate) search: Option<SearchFacts>,
    /// Whether every statistic of these images is computed.
    pub(crate) thorough: bool,
    /// The stage behind it, if it has one of its own.
    pub(crate) stage: Option<Stage>,
    /// The alignment that was made for it alone, if there is one.
    pub(crate) alignment: Option<Stage>,
}

impl Images {
    /// Images of a curve or of a comparison, which get the few scores alone, and behind which no stage stands.
    pub(crate) fn of_a_series(condition: Condition, images: Tensor) -> Self {
        Self {
            condition,
            images,
            latents: None,
            search: None,
            thorough: false,
            stage: None,
            alignment: None,
        }
    }
}
