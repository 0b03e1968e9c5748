//! Settings that are chosen by cross-validation within the training images.

use serde::{Deserialize, Serialize};

/// Settings that a run chooses by itself, on its training images alone, before it fits its result.
///
/// ```text
/// chosen = argmax over combinations c of  mean over parts k of  score(c, k)
/// score(c, k): mean over the images of part k; alignment and decoders with settings c, fitted on all other parts
/// ```
/// The training images are cut at random into parts whose sizes differ by one at most; all repeats of an image, of all subjects,
/// stay together. Of equal means the first as written is taken: write the most regularised first. The run then goes on as if
/// the chosen values had been written. The test images take no part.
///
/// Networks are not trained again for each part: where the generator's corpus holds training images, it has seen those that are
/// asked about, for every combination alike. Images of one class, and near copies, may stand in several parts, which flatters
/// combinations that remember; `split: file(…)` leaves copies out.
///
/// # Randomness
/// Parts come from the stream `tune/folds`, members from `tune/…`: the same for every combination.
///
/// # Source
/// Stone (1974), Cross-validatory choice and assessment of statistical predictions, doi:10.1111/j.2517-6161.1974.tb00994.x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tune {
    /// Settings and the values to be tried, each as `path.to.key=value,value`: of `align`, `losses` and `decoder`, and
    /// `ensemble.combine`. Every combination is tried, and the values that the experiment has there are replaced by the choice.
    pub values: Vec<String>,
    /// Parts into which the training images are cut; each needs two images.
    #[serde(default = "Tune::usual_folds")]
    pub folds: usize,
    /// Decoders that are fitted for each combination and part, whose predictions become one as in the ensemble.
    #[serde(default = "Tune::usual_members")]
    pub members: usize,
    /// What is to be largest.
    #[serde(default)]
    pub score: TuneScore,
}

/// How combinations of settings are judged, by reconstructions of training images that no fit has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TuneScore {
    /// Mean correlation of the pixels of an image and of its reconstruction.
    #[default]
    PixelCorrelation,
    /// Share of pairs of images that are told apart by that correlation: an original is shown, and its own reconstruction must be
    /// more like it than another's. Half of the pairs by guessing.
    PixelIdentification,
}

impl TuneScore {
    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::PixelCorrelation => "mean pixel correlation",
            Self::PixelIdentification => "pairs told apart by pixels",
        }
    }
}

impl Tune {
    fn usual_folds() -> usize {
        5
    }

    fn usual_members() -> usize {
        1
    }

    /// What a toy run makes of it.
    pub(super) fn shrink(&mut self) {
        self.folds = self.folds.min(2);
        self.members = self.members.min(2);
    }
}
