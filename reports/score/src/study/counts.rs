//! Counts of right decisions, of right images, and their exact tests.

use super::rows::CountRow;
use crate::binomial::{binomial_tail, clopper_pearson, wilson};

/// Confidence of all intervals of a study.
pub const CONFIDENCE: f64 = 0.95;

/// A count with its intervals and its exact test; `None` unless `n_correct ≤ n`, `n > 0` and `0 < chance < 1`.
///
/// A half is rounded down for the test. `p_holm` is that of a single test.
pub fn counted(n_correct: f64, n: usize, chance: f64) -> Option<CountRow> {
    let p = binomial_tail(n_correct.floor() as u64, n, chance)?;
    Some(CountRow {
        n_correct,
        n,
        share: n_correct / n as f64,
        chance,
        wilson: wilson(n_correct, n, CONFIDENCE)?,
        clopper_pearson: clopper_pearson(n_correct, n, CONFIDENCE)?,
        p,
        p_holm: p,
    })
}

/// Images that most of their raters judged right, a tie counting one half.
///
/// With more than two alternatives "most" still means more than half of the raters.
pub fn by_majority(by_image: &[(u64, u64)]) -> f64 {
    let halves: u64 = by_image
        .iter()
        .map(|&(n_correct, n)| match (2 * n_correct).cmp(&n) {
            std::cmp::Ordering::Greater => 2,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Less => 0,
        })
        .sum();
    halves as f64 / 2.0
}

/// Share of the majority's images that guessing reaches.
///
/// ```text
/// mean over images of P(X > n/2) + ½ P(X = n/2),   X ~ Binomial(n, chance)
/// ```
/// One half for two alternatives. It takes an image's decisions as independent and each image's own share as chance.
pub fn majority_chance(by_image: &[(u64, u64)], chance: f64) -> Option<f64> {
    let mut sum = 0.0;
    for &(_, n) in by_image {
        let at_least = |k: u64| binomial_tail(k, n as usize, chance);
        let (more, half) = (n / 2 + 1, n.div_ceil(2));
        let beyond = if more > n { 0.0 } else { at_least(more)? };
        sum += f64::midpoint(beyond, at_least(half)?);
    }
    (!by_image.is_empty()).then(|| sum / by_image.len() as f64)
}
