//! Limits of 95 % for the signal-to-noise ratio behind an F ratio.
//!
//! ```text
//! P(F ≤ f | Λ) = Σ_k p_k·P_ncF(f; ρ_k·Λ),     Λ = Σ_i (s_i − s̄)²/σ²
//! ```
//! with s the noiseless responses to the images at hand, σ² the variance of one trial and ρ of [`super::allocation`]. Each Λ
//! accepts the ratios that are likely under it, and the interval of a ratio holds every Λ that accepts it:
//!
//! ```text
//! Λ < Λ*:  F ≤ q(0.95 | Λ)                    Λ*: q(0.025 | Λ*) = 1, the upper limit of an estimate of zero
//! Λ ≥ Λ*:  q(0.025 | Λ) ≤ F ≤ q(0.975 | Λ)    q: quantile of F under Λ
//! ```
//! So every Λ, 0 too, is covered with a probability of 95 %; the lower limit is above 0 exactly where the one-sided F test finds
//! a signal at 5 %; and a ratio below 1, whose estimate is zero, has the upper limit of a ratio of 1, so that no interval is
//! empty or shrinks because noise happened to be small.
//!
//! # Source
//! The inversion of noncentral F: Steiger (2004), doi:10.1037/1082-989X.9.2.164. One-sided near the boundary and two-sided
//! away from it, with one coverage for all: Feldman & Cousins (1998), doi:10.1103/PhysRevD.57.3873; an upper limit that small
//! noise does not lower: Mandelkern & Schultz (2000), doi:10.1063/1.1302306.

use rayon::prelude::*;

use super::allocation::Shares;
use super::noncentral;

/// Probability above the ratios that a small Λ accepts.
const ONE_TAIL: f64 = 0.05;
/// Largest noncentrality of the table; ratios beyond it grow in proportion to Λ.
const MAX_LAMBDA: f64 = 1e5;
/// Points of the table.
const N_POINTS: usize = 160;
/// Noncentrality at which the spacing of the points turns from even to geometric.
const EVEN: f64 = 10.0;
/// Steps of a search at most.
const MAX_STEPS: usize = 200;

/// Limits of Λ by F ratio for one design.
///
/// Quantiles are computed at 160 points of Λ and interpolated between them: what a limit misses its probability by is below
/// 0.0002 (a test holds it).
#[derive(Debug, Clone)]
pub(super) struct Limits {
    law: Law,
    /// Λ by quantile of F, for the probabilities 0.025, 0.95 and 0.975.
    high: Curve,
    low_one_sided: Curve,
    low: Curve,
    /// Λ*.
    boundary: f64,
}

/// The distribution of F under Λ.
#[derive(Debug, Clone)]
pub(super) struct Law {
    pub(super) freedom: [f64; 2],
    pub(super) shares: Shares,
}

impl Law {
    fn cdf(&self, ratio: f64, lambda: f64) -> f64 {
        let parts = self.shares.iter();
        parts
            .map(|(share, weight)| weight * noncentral::cdf(ratio, self.freedom, share * lambda))
            .sum()
    }

    /// The mean of ρ.
    fn mean_share(&self) -> f64 {
        self.shares
            .iter()
            .map(|(share, weight)| share * weight)
            .sum()
    }

    /// The F below which a ratio lies with probability `level`.
    fn quantile(&self, level: f64, lambda: f64) -> f64 {
        let value = |ratio: f64| self.cdf(ratio, lambda) - level;
        let mut high = 1.0 + self.mean_share() * lambda / self.freedom[0];
        let mut low = 0.0;
        for _ in 0..MAX_STEPS {
            if value(high) >= 0.0 {
                break;
            }
            low = high;
            high *= 1.5;
        }
        root(low, high, value)
    }
}

impl Limits {
    pub(super) fn of(law: Law) -> Self {
        let step = (1.0 + MAX_LAMBDA / EVEN).ln() / (N_POINTS - 1) as f64;
        let scale = EVEN / law.mean_share();
        let lambdas: Vec<f64> = (0..N_POINTS)
            .map(|place| scale * (step * place as f64).exp_m1())
            .collect();
        let levels = [ONE_TAIL / 2.0, 1.0 - ONE_TAIL, 1.0 - ONE_TAIL / 2.0];
        let quantiles: Vec<[f64; 3]> = lambdas
            .par_iter()
            .map(|&lambda| levels.map(|level| law.quantile(level, lambda)))
            .collect();
        let curve = |of: usize| {
            let ratios = quantiles.iter().map(|all| all[of]).collect();
            Curve::through(ratios, lambdas.clone())
        };
        let high = curve(0);
        Self {
            boundary: high.at(1.0),
            high,
            low_one_sided: curve(1),
            low: curve(2),
            law,
        }
    }

    /// Lower and upper limit of Λ for an F ratio; both infinite where nothing varies within images.
    pub(super) fn at(&self, ratio: f64) -> [f64; 2] {
        if ratio.is_infinite() {
            return [f64::INFINITY; 2];
        }
        let one_sided = self.low_one_sided.at(ratio);
        let low = if one_sided < self.boundary {
            one_sided
        } else {
            self.low.at(ratio).max(self.boundary)
        };
        [low, self.high.at(ratio.max(1.0))]
    }

    /// The same for whoever knows the noise: as good as endless degrees of freedom within images.
    #[cfg(test)]
    pub(super) fn with_known_noise(&self) -> Self {
        let mut law = self.law.clone();
        law.freedom[1] = 1e6;
        Self::of(law)
    }

    /// Degrees of freedom between and within images.
    pub(super) fn freedom(&self) -> [f64; 2] {
        self.law.freedom
    }
}

/// An increasing function through points: 0 before the first, in proportion to its argument behind the last.
#[derive(Debug, Clone)]
struct Curve {
    x: Vec<f64>,
    y: Vec<f64>,
    slopes: Vec<f64>,
}

impl Curve {
    /// A cubic between neighbours that never turns.
    ///
    /// # Source
    /// Fritsch & Butland (1984), doi:10.1137/0905021, as in scipy's `PchipInterpolator`.
    fn through(x: Vec<f64>, y: Vec<f64>) -> Self {
        let n = x.len();
        let between = |place: usize| {
            let width = x[place + 1] - x[place];
            (width, (y[place + 1] - y[place]) / width)
        };
        let slope = |place: usize| {
            if place == 0 || place + 1 == n {
                return between(place.min(n - 2)).1;
            }
            let ((before, left), (after, right)) = (between(place - 1), between(place));
            let (one, two) = (2.0 * after + before, after + 2.0 * before);
            (one + two) / (one / left + two / right)
        };
        let slopes = (0..n).map(slope).collect();
        Self { x, y, slopes }
    }

    fn at(&self, x: f64) -> f64 {
        let after = self.x.partition_point(|&known| known <= x);
        if after == 0 {
            return 0.0;
        }
        let place = after - 1;
        if after == self.x.len() {
            return self.y[place] * x / self.x[place];
        }
        let width = self.x[after] - self.x[place];
        let t = (x - self.x[place]) / width;
        let (rest, square) = (1.0 - t, t * t);
        self.y[place] * (1.0 + 2.0 * t) * rest * rest
            + self.slopes[place] * width * t * rest * rest
            + self.y[after] * square * (3.0 - 2.0 * t)
            - self.slopes[after] * width * square * rest
    }
}

/// Where an increasing function that is below 0 at `low` and not below at `high` crosses it: the Illinois method.
fn root(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    let (mut at_low, mut at_high) = (value(low), value(high));
    let mut last_side = 0;
    for _ in 0..MAX_STEPS {
        let middle = (low * at_high - high * at_low) / (at_high - at_low);
        let found = value(middle);
        if found.abs() < 1e-13 || high - low <= 1e-12 * high {
            return middle;
        }
        let side = if found > 0.0 { 1 } else { -1 };
        if found > 0.0 {
            (high, at_high) = (middle, found);
        } else {
            (low, at_low) = (middle, found);
        }
        // The end that stays twice loses weight, so that both ends move.
        if side == last_side {
            if side > 0 {
                at_low /= 2.0;
            } else {
                at_high /= 2.0;
            }
        }
        last_side = side;
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::{Law, Limits};
    use crate::noise::allocation::shares;

    /// Designs of 120 images in 10 runs by 13, of 50 by 35, and of 70 by 2.
    fn laws() -> [Law; 3] {
        let mut nested = vec![0.0; 9];
        nested.extend([13.0; 110]);
        [
            ([110.0, 1440.0], shares(&nested)),
            ([49.0, 1666.0], shares(&[35.0; 49])),
            ([69.0, 69.0], shares(&[2.0; 69])),
        ]
        .map(|(freedom, shares)| Law {
            freedom,
            shares: shares.unwrap(),
        })
    }

    /// Interpolated limits have the probabilities that define them.
    #[test]
    fn limits_have_their_probability() {
        for law in laws() {
            let limits = Limits::of(law.clone());
            let mut worst = 0.0_f64;
            for place in 0..400 {
                let ratio = 0.6 * (f64::from(place) * 0.017).exp();
                for (curve, level) in [
                    (&limits.high, 0.025),
                    (&limits.low_one_sided, 0.95),
                    (&limits.low, 0.975),
                ] {
                    let lambda = curve.at(ratio);
                    if lambda > 0.0 {
                        worst = worst.max((law.cdf(ratio, lambda) - level).abs());
                    }
                }
            }
            assert!(worst < 2e-4, "{:?}: {worst}", law.freedom);
        }
    }

    #[test]
    fn limits_grow_with_the_ratio_and_begin_at_zero() {
        let limits = Limits::of(laws()[0].clone());
        let bits = |limits: [f64; 2]| limits.map(f64::to_bits);
        assert_eq!(bits(limits.at(0.2)), bits(limits.at(1.0)));
        assert_eq!(bits(limits.at(1.0)), bits([0.0, limits.boundary]));
        let mut before = [0.0; 2];
        for place in 0..2000 {
            let found = limits.at(0.01 * f64::from(place));
            assert!(found[0] <= found[1]);
            assert!(found[0] >= before[0] && found[1] >= before[1]);
            before = found;
        }
        // The ratio that an F test finds at 5 % has a lower limit of 0.
        let critical = laws()[0].quantile(0.95, 0.0);
        assert!(limits.at(0.999 * critical)[0] <= 0.0 && limits.at(1.001 * critical)[0] > 0.0);
        assert_eq!(bits(limits.at(f64::INFINITY)), bits([f64::INFINITY; 2]));
    }
}
