//! Exact power of the binomial test, for independent decisions.

use crate::binomial::binomial_tail;

/// The fewest right decisions with a one-sided exact p of at most `alpha`; `None` if even all right are not enough.
///
/// ```text
/// k* = min {k: P(X ≥ k) ≤ alpha},   X ~ Binomial(n, chance)
/// ```
pub fn critical_count(n_decisions: usize, alpha: f64, chance: f64) -> Option<u64> {
    let is_enough = |count: u64| Some(binomial_tail(count, n_decisions, chance)? <= alpha);
    let (mut low, mut high) = (0, n_decisions as u64);
    if !is_enough(high)? {
        return None;
    }
    while low < high {
        let middle = u64::midpoint(low, high);
        if is_enough(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// The probability of the critical count or more if `share` of decisions are right; `None` for values out of range.
///
/// 0 where even all right decisions are not enough.
pub fn exact_power(n_decisions: usize, alpha: f64, chance: f64, share: f64) -> Option<f64> {
    binomial_tail(0, n_decisions, chance)?;
    match critical_count(n_decisions, alpha, chance) {
        Some(count) => binomial_tail(count, n_decisions, share),
        None => Some(0.0),
    }
}
