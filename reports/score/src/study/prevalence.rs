//! What share of people would show an effect, from tests within each of a few.

use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

/// Halvings of an interval until neighbouring numbers are met.
const N_HALVINGS: usize = 60;
/// Steps of the search for the shortest interval.
const N_STEPS: usize = 2000;

/// The posterior of a prevalence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prevalence {
    /// People tested.
    pub n_subjects: usize,
    /// People whose own test is significant.
    pub n_significant: usize,
    /// Level of each person's own test: the share of people without the effect whose test is significant.
    pub alpha: f64,
    /// The most probable prevalence.
    pub most_probable: f64,
    /// The shortest interval that holds the prevalence with probability `confidence`.
    pub interval: (f64, f64),
    /// Probability of the interval and of the lower bound.
    pub confidence: f64,
    /// The prevalence is at least this with probability `confidence`.
    pub at_least: f64,
}

/// Bayesian prevalence with a uniform prior.
///
/// ```text
/// θ = α + (1 − α) γ          share of significant tests, if a share γ of people has the effect and all of them are found
/// p(γ | k of n) ∝ θ^k (1 − θ)^(n−k),   γ ∈ [0, 1]:   θ is Beta(k + 1, n − k + 1) cut at α
/// most probable γ = max(0, (k/n − α)/(1 − α))
/// ```
/// As tests of single people miss some who have the effect, γ is the share of people in whom a test like this one would be
/// significant beyond chance: a lower bound of the share who have the effect at all.
///
/// `None` without people, for `k > n`, or if `alpha` or `confidence` is not inside (0, 1).
///
/// # Source
/// Ince, Paton, Kay & Schyns (2021), doi:10.7554/eLife.62461.
pub fn prevalence(
    n_significant: usize,
    n_subjects: usize,
    alpha: f64,
    confidence: f64,
) -> Option<Prevalence> {
    let is_share = |x: f64| 0.0 < x && x < 1.0;
    if n_subjects == 0 || n_significant > n_subjects || !is_share(alpha) || !is_share(confidence) {
        return None;
    }
    let posterior = Posterior::new(n_significant, n_subjects, alpha)?;
    let share = n_significant as f64 / n_subjects as f64;
    let low = posterior.shortest(confidence)?;
    Some(Prevalence {
        n_subjects,
        n_significant,
        alpha,
        most_probable: ((share - alpha) / (1.0 - alpha)).max(0.0),
        interval: (low, posterior.quantile(posterior.below(low)? + confidence)?),
        confidence,
        at_least: posterior.quantile(1.0 - confidence)?,
    })
}

/// A beta distribution of θ, cut at α and seen as one of γ.
struct Posterior {
    a: f64,
    b: f64,
    alpha: f64,
    /// Mass of the uncut distribution below α.
    cut: f64,
}

impl Posterior {
    fn new(n_significant: usize, n_subjects: usize, alpha: f64) -> Option<Self> {
        let (a, b) = (
            n_significant as f64 + 1.0,
            (n_subjects - n_significant) as f64 + 1.0,
        );
        let cut = checked_beta_reg(a, b, alpha).ok()?;
        Some(Self { a, b, alpha, cut })
    }

    /// Probability that γ is below.
    fn below(&self, gamma: f64) -> Option<f64> {
        let theta = self.alpha + (1.0 - self.alpha) * gamma;
        let uncut = checked_beta_reg(self.a, self.b, theta).ok()?;
        Some((uncut - self.cut) / (1.0 - self.cut))
    }

    /// The γ below which the probability lies.
    fn quantile(&self, probability: f64) -> Option<f64> {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..N_HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.below(middle)? < probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(f64::midpoint(low, high))
    }

    /// Lower end of the shortest interval with this probability: searched on a grid of tail probabilities, then refined.
    fn shortest(&self, confidence: f64) -> Option<f64> {
        let width = |tail: f64| Some(self.quantile(tail + confidence)? - self.quantile(tail)?);
        let step = (1.0 - confidence) / N_STEPS as f64;
        let (mut best, mut least) = (0.0, width(0.0)?);
        for idx in 1..=N_STEPS {
            let tail = step * idx as f64;
            let wide = width(tail)?;
            if wide < least {
                (best, least) = (tail, wide);
            }
        }
        self.quantile(best)
    }
}
