//! Shares of right decisions whose log-odds vary normally.

/// Step of the sum, in standard deviations; the error of such a sum falls faster than any power of the step.
const STEP: f64 = 1.0 / 16.0;
/// Steps on either side of the mean: up to eight and a half standard deviations.
const N_STEPS: i32 = 136;
/// Halvings of an interval of log-odds.
const N_HALVINGS: usize = 80;

/// The share right over all levels of the random terms.
///
/// ```text
/// P = ∫ φ(z)/(1 + e^−(logit + sd·z)) dz
/// ```
/// `sd` is that of all terms together, the root of the sum of their variances. The share of the mean level,
/// `1/(1 + e^−logit)`, lies farther from a half.
pub fn share_right(logit: f64, sd: f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for step in -N_STEPS..=N_STEPS {
        let z = f64::from(step) * STEP;
        let weight = (-0.5 * z * z).exp();
        sum += weight / (1.0 + (-(logit + sd * z)).exp());
        weights += weight;
    }
    sum / weights
}

/// The log-odds of the mean level at which the share right is `share`; `None` unless it is between 0 and 1.
pub fn logit_of_share(share: f64, sd: f64) -> Option<f64> {
    if !(0.0 < share && share < 1.0 && sd.is_finite()) {
        return None;
    }
    // A normal tail of the log-odds shrinks towards a half by less than √(1 + sd²).
    let bound = 40.0 * (1.0 + sd.abs());
    let (mut low, mut high) = (-bound, bound);
    for _ in 0..N_HALVINGS {
        let middle = f64::midpoint(low, high);
        if share_right(middle, sd) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::{logit_of_share, share_right};

    /// scipy 1.10.1: `quad(lambda z: norm.pdf(z) / (1 + exp(-(b + s * z))), -12, 12, epsabs=1e-13)`.
    #[test]
    fn shares_are_those_of_scipy() {
        for (logit, sd, share) in SCIPY {
            assert!(
                (share_right(logit, sd) - share).abs() < 1e-9,
                "{logit} {sd}"
            );
            assert!((logit_of_share(share, sd).unwrap() - logit).abs() < 1e-7);
        }
        assert_eq!(logit_of_share(1.0, 1.0), None);
    }

    const SCIPY: [(f64, f64, f64); 4] = [
        (0.75, 0.0, 0.679_178_699_175),
        (0.75, 0.9, 0.654_933_081_730),
        (-1.5, 2.0, 0.284_994_115_186),
        (3.0, 4.0, 0.753_429_974_049),
    ];
}
