//! What a model observer makes of one trial.

use serde::{Deserialize, Serialize};

/// One trial as a model observer sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Name of the observer: "pixel", "ssim", "features.conv3", "luminance".
    pub observer: String,
    /// Dataset that the image belongs to, as in [`Decision`](super::Decision).
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Whose brain the reconstructions are of; empty for the mean of aligned subjects.
    pub subject: String,
    /// Name of the original.
    pub image: String,
    /// Name of the image whose reconstruction is the foil.
    pub distractor: String,
    /// How much more like the original the right reconstruction is than the foil, in the observer's own units;
    /// above zero the observer is right, at zero it cannot tell.
    pub margin: f64,
}
