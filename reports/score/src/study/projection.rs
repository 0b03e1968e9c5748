//! From a choice between two to a choice among many, under the model of equal variances.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Half the width of the range that is integrated over, in standard deviations beyond the two means.
const RANGE: f64 = 9.0;
/// Intervals of Simpson's rule; even.
const N_INTERVALS: usize = 2000;

/// Distance between the right reconstruction and a foil, in standard deviations of what a person perceives.
///
/// ```text
/// d′ = √2 Φ⁻¹(share)
/// ```
/// Negative below one half; infinite where all or no decisions are right. `None` outside `[0, 1]`.
///
/// # Source
/// Green & Swets (1966), Signal Detection Theory and Psychophysics; Macmillan & Creelman (2005), chapter 7.
pub fn d_prime(share_of_two: f64) -> Option<f64> {
    (0.0..=1.0)
        .contains(&share_of_two)
        .then(|| std::f64::consts::SQRT_2 * Normal::standard().inverse_cdf(share_of_two))
}

/// The share of right ones that [`d_prime`] is asked for: half a decision is taken from all right ones, and added to none.
///
/// ```text
/// right/n, but (n − ½)/n where all n are right, and ½/n where none is
/// ```
/// All right would be an infinite distance, which no count can tell.
///
/// # Source
/// Macmillan & Kaplan (1985), doi:10.1037/0033-2909.98.1.185.
pub fn inner_share(n_correct: f64, n: usize) -> f64 {
    let n = n as f64;
    n_correct.clamp(0.5, (n - 0.5).max(0.5)) / n
}

/// Share of right choices among `n_alternatives`, for the same distance.
///
/// ```text
/// acc(n) = ∫ φ(x − d′) Φ(x)^(n−1) dx        (Simpson's rule)
/// ```
/// A projection, not a measurement: it holds if what a person perceives is normal with equal variances, and if the foils
/// of a larger pool are like those that were shown.
///
/// # Source
/// Green & Swets (1966); Hacker & Ratcliff (1979), doi:10.3758/BF03208311.
pub fn among(n_alternatives: u32, d_prime: f64) -> f64 {
    if d_prime.is_infinite() {
        return if d_prime > 0.0 { 1.0 } else { 0.0 };
    }
    let normal = Normal::standard();
    let (low, high) = (d_prime.min(0.0) - RANGE, d_prime.max(0.0) + RANGE);
    let step = (high - low) / N_INTERVALS as f64;
    let n_foils = i32::try_from(n_alternatives.max(1) - 1).unwrap_or(i32::MAX);
    let height = |idx: usize| {
        let x = low + idx as f64 * step;
        normal.pdf(x - d_prime) * normal.cdf(x).powi(n_foils)
    };
    let inner: f64 = (1..N_INTERVALS)
        .map(|idx| height(idx) * if idx % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    (height(0) + inner + height(N_INTERVALS)) * step / 3.0
}

/// What a share says beyond chance, for pools of any size: 0 at chance, 1 for all right.
///
/// ```text
/// κ = (share − 1/n)/(1 − 1/n)
/// ```
pub fn beyond_chance(share: f64, n_alternatives: u32) -> f64 {
    let chance = 1.0 / f64::from(n_alternatives);
    (share - chance) / (1.0 - chance)
}
