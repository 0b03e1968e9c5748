//! Rows of paired differences, and of the tests that findings speak of.

use serde::{Deserialize, Serialize};

use super::exact;
use super::rows::{Condition, Direction, IntervalMethod, Statistic};

/// The decoder against one baseline in one score, image by image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DifferenceRow {
    /// The way in which the baseline's images were made.
    pub baseline: Condition,
    /// For the best single subject and the best trivial cue: of how many it was chosen, by this score on these images.
    pub best_of: Option<usize>,
    /// The score that is compared.
    pub statistic: Statistic,
    /// What images are compared by, as in the scores.
    pub observer: String,
    /// True if the loss used this observer's network.
    pub in_loss: bool,
    /// Who is compared with whom.
    pub direction: Direction,
    /// The decoder's mean score.
    #[serde(with = "exact")]
    pub decoder: f64,
    /// Mean over images of the decoder's score minus the baseline's.
    #[serde(with = "exact")]
    pub value: f64,
    /// Number of images.
    pub n_images: usize,
    /// Interval of the mean difference over images: (low, high).
    #[serde(with = "exact")]
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// Two-sided p of random signs of the differences, with the place among ties drawn by lot ([`crate::ties`]).
    #[serde(with = "exact")]
    pub p_sign_flip: Option<f64>,
    /// The same with every tie counted against the difference; `None` in a record of before both were kept.
    #[serde(default, with = "exact")]
    pub p_sign_flip_ties_whole: Option<f64>,
    /// Number of signs that were tried.
    pub n_sign_flips: usize,
    /// Images whose two scores differ; `None` in a record of before it was counted.
    #[serde(default)]
    pub n_differing: Option<usize>,
}

impl DifferenceRow {
    /// Whether a report's findings speak of this difference, if its observer is one of theirs.
    pub fn is_headline(&self) -> bool {
        let baseline = matches!(
            self.baseline,
            Condition::RidgeToPixels
                | Condition::NoAlignment
                | Condition::Subject(_)
                | Condition::NearestTraining
                | Condition::Prior
                | Condition::RandomTraining
                | Condition::Cue(_)
        );
        // Where the two-alternative task is too easy to tell two decoders apart, harder ones and classes may.
        let by_ridge = matches!(
            self.baseline,
            Condition::RidgeToPixels | Condition::NoAlignment
        );
        match self.statistic {
            Statistic::ObserverOverall => baseline,
            Statistic::PairwiseIdentification | Statistic::SameClassIdentification => {
                by_ridge && self.observer == "pixel"
            }
            Statistic::ClassAccuracy => by_ridge,
            _ => false,
        }
    }
}

/// One score minus another, image by image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Mean difference over images.
    #[serde(with = "exact")]
    pub value: f64,
    /// Number of images.
    pub n_images: usize,
    /// Interval of that mean over images: (low, high).
    #[serde(with = "exact")]
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// Two-sided p of random signs of the differences, placed among its equals by lot ([`crate::ties`]).
    #[serde(with = "exact")]
    pub p_sign_flip: Option<f64>,
    /// The same with every tie counted against the difference.
    #[serde(with = "exact")]
    pub p_sign_flip_ties_whole: Option<f64>,
    /// `p_sign_flip` after Holm's correction, if the test is one of a family.
    #[serde(with = "exact")]
    pub p_holm: Option<f64>,
}

/// Two regions of interest against each other: pairs told apart by pixels, by ridge regression to pixels on either alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionDifferenceRow {
    /// Name of the region that tells more pairs apart, or as many.
    pub region: String,
    /// Name of the other region.
    pub other: String,
    /// The region's share minus the other's; Holm's correction is over all pairs of regions.
    pub against: Against,
    /// Number of signs that were tried.
    pub n_sign_flips: usize,
}

/// The result against a part of its decoder, a bottleneck or the first members: pairs told apart by pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartDifferenceRow {
    /// How the part's images were made.
    pub part: Condition,
    /// The result's share minus the part's; no correction is made for the number of parts.
    pub against: Against,
    /// Number of signs that were tried.
    pub n_sign_flips: usize,
}

/// What a test asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alternative {
    /// Is the figure larger than chance?
    Greater,
    /// Does the figure differ from zero, to either side?
    TwoSided,
}

/// One test of the headline family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestRow {
    /// Name of the figure, as in `summary.json`.
    pub figure: String,
    /// What the test asks.
    pub alternative: Alternative,
    /// p by permutation or by random signs.
    #[serde(with = "exact")]
    pub p: f64,
    /// The same after Holm's correction over the whole family.
    #[serde(with = "exact")]
    pub p_holm: f64,
}
