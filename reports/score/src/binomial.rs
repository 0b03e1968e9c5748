//! Counts of right decisions: exact test and intervals that take the decisions as independent.
//!
//! Decisions about one image share that image, and a reconstruction is foil to others, so decisions are not independent:
//! these figures are what the paper reports, and a bootstrap over images and a permutation of the mapping stand beside
//! them.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::checked_beta_reg;

/// Halvings of `[0, 1]` until neighbouring numbers are met.
const N_HALVINGS: usize = 60;

/// One-sided exact binomial test.
///
/// ```text
/// p = P(X ≥ k) = I_chance(k, n − k + 1),   X ~ Binomial(n, chance)
/// ```
/// with I the regularised incomplete beta function. Of a count with a half (from a tie) give the whole number below it,
/// which makes p larger and the test conservative. `None` unless `k ≤ n`, `n > 0` and `0 < chance < 1`.
///
/// # Source
/// Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.
pub fn binomial_tail(n_correct: u64, n_decisions: usize, chance: f64) -> Option<f64> {
    let (k, n) = (n_correct as f64, n_decisions as f64);
    if !(in_range(k, n_decisions) && 0.0 < chance && chance < 1.0) {
        return None;
    }
    if n_correct == 0 {
        Some(1.0)
    } else {
        checked_beta_reg(k, n - k + 1.0, chance).ok()
    }
}

/// Wilson's score interval of a share; `None` unless `0 ≤ k ≤ n` and `n > 0`.
///
/// ```text
/// (k + z²/2)/(n + z²) ± z √(k(n − k)/n + z²/4)/(n + z²),   z = Φ⁻¹((1 + confidence)/2)
/// ```
///
/// # Source
/// Wilson (1927), doi:10.1080/01621459.1927.10502953.
pub fn wilson(n_correct: f64, n_decisions: usize, confidence: f64) -> Option<(f64, f64)> {
    if !(in_range(n_correct, n_decisions) && 0.0 < confidence && confidence < 1.0) {
        return None;
    }
    let (k, n) = (n_correct, n_decisions as f64);
    let z = normal_quantile(f64::midpoint(1.0, confidence));
    let centre = (k + z * z / 2.0) / (n + z * z);
    let half_width = z * (k * (n - k) / n + z * z / 4.0).sqrt() / (n + z * z);
    // With nothing or everything right, one end is the limit itself, which rounding would miss.
    let low = if k > 0.0 { centre - half_width } else { 0.0 };
    let high = if k < n { centre + half_width } else { 1.0 };
    Some((low.max(0.0), high.min(1.0)))
}

/// Clopper and Pearson's exact interval of a share; `None` unless `0 ≤ k ≤ n` and `n > 0`.
///
/// ```text
/// low:  I_low(k, n − k + 1) = α/2, 0 if k = 0      high: I_high(k + 1, n − k) = 1 − α/2, 1 if k = n
/// ```
/// A count with a half is used as it is.
///
/// # Source
/// Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.
pub fn clopper_pearson(n_correct: f64, n_decisions: usize, confidence: f64) -> Option<(f64, f64)> {
    if !(in_range(n_correct, n_decisions) && 0.0 < confidence && confidence < 1.0) {
        return None;
    }
    let (k, n) = (n_correct, n_decisions as f64);
    let tail = (1.0 - confidence) / 2.0;
    let low = if k > 0.0 {
        beta_quantile(k, n - k + 1.0, tail)?
    } else {
        0.0
    };
    let high = if k < n {
        beta_quantile(k + 1.0, n - k, 1.0 - tail)?
    } else {
        1.0
    };
    Some((low, high))
}

/// The number below which a standard normal number falls with probability `share`.
pub(super) fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

fn in_range(n_correct: f64, n_decisions: usize) -> bool {
    n_decisions > 0 && (0.0..=n_decisions as f64).contains(&n_correct)
}

/// The x with `I_x(a, b) = share`, by bisection.
fn beta_quantile(a: f64, b: f64, share: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..N_HALVINGS {
        let middle = f64::midpoint(low, high);
        if checked_beta_reg(a, b, middle).ok()? < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}
