//! Shares of right ones with their tests: as if each were independent, and as clusters.

use serde::{Deserialize, Serialize};

/// A count of right ones, tested as if each were independent of all others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountRow {
    /// Right ones; a tie between raters of an image counts one half.
    pub n_correct: f64,
    /// How many there are.
    pub n: usize,
    /// Their share of all that are counted, in `[0, 1]`.
    pub share: f64,
    /// Share that guessing reaches.
    pub chance: f64,
    /// Wilson's interval of the share.
    pub wilson: (f64, f64),
    /// Clopper and Pearson's interval.
    pub clopper_pearson: (f64, f64),
    /// Exact binomial test, one-sided: more than chance.
    pub p: f64,
    /// The same after Holm's correction for the number of sets.
    pub p_holm: f64,
}

/// The share of right decisions with an allowance for decisions that depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClusterRow {
    /// Images that were drawn.
    pub n_images: usize,
    /// Raters that were drawn; `None` if they are not known, or there is but one.
    pub n_raters: Option<usize>,
    /// Standard error of the share.
    pub standard_error: f64,
    /// Degrees of freedom of t.
    pub degrees: usize,
    /// Interval of the share.
    pub interval: (f64, f64),
    /// One-sided test: more than chance.
    pub p: f64,
    /// The same after Holm's correction for the number of sets.
    pub p_holm: f64,
    /// How many times larger the variance is than that of independent decisions.
    pub design_effect: f64,
}
