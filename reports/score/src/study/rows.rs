//! Rows of a scored study.

use serde::{Deserialize, Serialize};

use super::agreement::Agreement;
use super::mixed::Deviation;
use super::observed::Observed;
use super::observers::Observers;
use super::people::People;
use super::prevalence::Prevalence;
pub use super::tested::{ClusterRow, CountRow};

/// Everything that is computed of a study's decisions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StudyScores {
    /// One row a dataset and condition.
    pub sets: Vec<SetRow>,
    /// One row an image of a set.
    pub images: Vec<ImageRow>,
    /// One row a person.
    pub raters: Vec<RaterRow>,
    /// One row a brain of a set, where reconstructions are of single brains.
    pub subjects: Vec<SubjectRow>,
    /// What model observers make of the trials that people answered; empty if none was asked.
    pub observed: Vec<Observed>,
    /// How model observers do on these trials, beside people.
    pub observers: Observers,
    /// Whether those who answered are people; `None` where it cannot be asked, which a warning says.
    pub people: Option<People>,
    /// What a reader must know before believing the figures, in sentences.
    pub warnings: Vec<String>,
}

/// A set's decisions in a logistic regression with crossed images, distractors and raters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MixedRow {
    /// Share of right decisions that is expected of other images, distractors and raters; `None` if the model was refused.
    pub share: Option<f64>,
    /// Its interval: Wald's of the intercept, at the estimated spreads.
    pub interval: Option<(f64, f64)>,
    /// One-sided test of the intercept against guessing, by t with the fewest levels less one as degrees of freedom, or the normal law where no term varies.
    pub p: Option<f64>,
    /// The same after Holm's correction for the number of sets.
    pub p_holm: Option<f64>,
    /// How much images, distractors and raters differ, as standard deviations of log-odds.
    pub deviations: Vec<Deviation>,
    /// What a reader must know of the fit, or why there is none, in sentences.
    pub said: Vec<String>,
}

/// A dataset under one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Reconstructions to choose from.
    pub n_alternatives: u32,
    /// Decisions that are right, of all that were made.
    pub overall: CountRow,
    /// Images that most of their raters judged right.
    pub by_image: CountRow,
    /// Images that at least four of five raters judged right.
    pub n_four_of_five: usize,
    /// Decisions as clusters of images and raters; `None` with fewer than two images, or if all decisions are alike.
    pub clusters: Option<ClusterRow>,
    /// The mixed model of the decisions; `None` with fewer than two images.
    pub mixed: Option<MixedRow>,
    /// d′ and the share that it projects among 5, 10 and 50; `None` unless two are chosen from.
    pub projection: Option<Projection>,
    /// Agreement between raters; `None` if no image has two decisions.
    pub agreement: Option<Agreement>,
    /// Checks of attention that were passed, of how many: what these raters reach where the answer is plain.
    pub catch_trials: Option<(u64, u64)>,
    /// Images whose own test is a discovery at a false discovery rate of the level.
    pub n_discovered: usize,
    /// Share of brains that would show the effect, where reconstructions are of single brains.
    pub prevalence: Option<Prevalence>,
}

/// What choices between two would be among many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Distance of the right reconstruction from a foil, in standard deviations.
    pub d_prime: f64,
    /// Projected share of right choices among 5, 10 and 50.
    pub among: [f64; 3],
}

/// An image of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstruction.
    pub condition: String,
    /// Name of the original.
    pub image: String,
    /// Number of decisions that are right.
    pub n_correct: u64,
    /// Number of decisions that are counted.
    pub n: u64,
    /// Exact binomial test, one-sided.
    pub p: f64,
    /// The same, adjusted for the false discovery rate over the set's images.
    pub q: f64,
}

/// A person who takes part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaterRow {
    /// Pseudonym of the person.
    pub rater: String,
    /// Number of decisions that are right.
    pub n_correct: u64,
    /// Number of decisions that are counted.
    pub n: u64,
    /// Share that guessing reaches: the mean over the person's decisions.
    pub chance: f64,
    /// Checks of attention that were passed.
    pub n_catch_passed: u64,
    /// Checks of attention.
    pub n_catch: u64,
    /// Median reaction time in milliseconds.
    pub median_rt_ms: Option<f64>,
}

/// A brain whose reconstructions were judged by themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Name of the subject whose brain the reconstruction is of.
    pub subject: String,
    /// Number of decisions that are right.
    pub n_correct: u64,
    /// Number of decisions that are counted.
    pub n: u64,
    /// The brain's own test, one-sided: clusters of images and raters where there are two images, else exact binomial.
    pub p: f64,
}
