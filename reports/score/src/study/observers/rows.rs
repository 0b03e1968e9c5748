//! Rows of what model observers make of a study's trials.

use serde::{Deserialize, Serialize};

use super::super::tested::{ClusterRow, CountRow};

/// Correlation of pixels.
pub const PIXEL: &str = "pixel";
/// Structural similarity (SSIM) of two pictures, from −1 to 1.
pub const SSIM: &str = "ssim";
/// Mean luminance alone.
pub const LUMINANCE: &str = "luminance";
/// Standard deviation of luminance alone.
pub const CONTRAST: &str = "contrast";
/// Energy of orientations alone, wherever they are.
pub const ORIENTATION: &str = "orientation";
/// All others, weighted as people's choices about other images say.
pub const COMBINATION: &str = "combination";

/// What an observer looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObserverKind {
    /// The observer compares the pixels of two pictures.
    Pixels,
    /// A layer of a network, or whatever else has a name of its own.
    Features,
    /// A trivial cue.
    Cue,
    /// A weighted sum of all others.
    Combination,
}

impl ObserverKind {
    /// The kind of an observer, by its name.
    pub fn of(observer: &str) -> Self {
        match observer {
            PIXEL | SSIM => Self::Pixels,
            LUMINANCE | CONTRAST | ORIENTATION => Self::Cue,
            COMBINATION => Self::Combination,
            _ => Self::Features,
        }
    }
}

/// What model observers make of the trials that people answered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Observers {
    /// One row an observer and set, sets in the order of their names.
    pub rows: Vec<ObserverRow>,
    /// One row a set with observers: how far people agree with each other.
    pub ceilings: Vec<CeilingRow>,
    /// Weights of the combination of each set.
    pub weights: Vec<WeightRow>,
}

/// An observer on the trials of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObserverRow {
    /// Name of the observer.
    pub observer: String,
    /// What the observer looks at.
    pub kind: ObserverKind,
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Trials that the observer is right about, of all different ones that it saw; a margin of zero counts one half.
    pub accuracy: CountRow,
    /// Trials whose margin is zero.
    pub n_ties: usize,
    /// Trials as clusters of images, a tie taken as wrong; `None` with fewer than two images, or if all trials are alike.
    pub clusters: Option<ClusterRow>,
    /// The test by permutation; `None` unless the margins of all pairs of the set's images are known.
    pub permutation: Option<Permuted>,
    /// Share of people's decisions about these trials that are right.
    pub people: f64,
    /// Whether the images that people find easy have large margins; `None` with fewer than three images, or if all are alike.
    pub ranked: Option<Ranked>,
    /// Whether people and observer are right about the same trials.
    pub consistency: Consistency,
}

/// A test by permutation of the reconstructions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Permuted {
    /// Share of permutations that are right at least as often, the true mapping counted as one of them.
    pub p: f64,
    /// The same after Holm's correction for all observers and sets.
    pub p_holm: f64,
    /// Permutations that were drawn.
    pub n_permutations: usize,
}

/// How far an observer's margins follow the share of people who are right, over images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Spearman's correlation.
    pub rho: f64,
    /// Its interval by bootstrap over images; `None` if too few draws have a correlation.
    pub interval: Option<(f64, f64)>,
    /// Images that were compared.
    pub n_images: usize,
}

/// How often two are right or wrong together, and what their accuracies alone would make of that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Consistency {
    /// Comparisons: decisions of people, or pairs of them.
    pub n: u64,
    /// Share of comparisons in which both are right or both wrong.
    pub observed: f64,
    /// The share expected of two that are right so often, independently of each other.
    pub expected: f64,
    /// Agreement beyond that: 1 for always, 0 for what accuracy alone makes; `None` if nothing is left to agree about.
    pub kappa: Option<f64>,
}

/// What pairs of people are compared over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The same original with the same foil.
    Trials,
    /// The same original, whatever the foils.
    Images,
}

/// How far people agree with each other: what an observer can be expected to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CeilingRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Expected correlation of the share of people who are right with what it would be with endless people; `None` if the
    /// shares differ no more than chance makes them.
    pub ranked: Option<f64>,
    /// Each person against the others; `None` if no two people decided about one image.
    pub consistency: Option<Consistency>,
    /// What pairs of people were compared over.
    pub over: Over,
}

/// How much an observer counts in the combination of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Name of the observer.
    pub observer: String,
    /// Log-odds that a person chooses right, for each standard deviation of the observer's margin: mean over the fits.
    pub weight: f64,
}
