//! The noncentral F distribution: how the ratio of two mean squares varies where the upper one holds a signal.

use statrs::function::gamma::ln_gamma;

/// Relative change at which a continued fraction has converged.
const CONVERGED: f64 = 1e-15;
/// Terms of a continued fraction at most.
const MAX_TERMS: usize = 100_000;
/// Share of the weights below which the rest of a sum is left out.
const NEGLIGIBLE: f64 = 1e-18;
/// From here on the series for the error of Stirling's formula is exact to the last digits.
const LARGE: f64 = 15.0;

/// `P(F ≤ ratio)` for a noncentral F distribution with `[between, within]` degrees of freedom and noncentrality `lambda`.
///
/// ```text
/// P(F ≤ f) = Σ_j Poisson(j; λ/2) · I_x(d₁/2 + j, d₂/2),     x = d₁·f/(d₁·f + d₂)
/// ```
/// The sum begins at the largest Poisson weight and goes outward, and each incomplete beta function follows from its
/// neighbour, so that λ may be as large as 10⁵ and more: the time grows with √λ.
///
/// # Source
/// Benton & Krishnamoorthy (2003), doi:10.1016/S0167-9473(02)00283-9; the density of the beta distribution by Loader's
/// saddle point: Loader (2000), Fast and accurate computation of binomial probabilities.
///
/// # Shapes
/// Degrees of freedom above 0, `lambda ≥ 0`; the value lies in `[0, 1]`.
pub(super) fn cdf(ratio: f64, [between, within]: [f64; 2], lambda: f64) -> f64 {
    if ratio <= 0.0 {
        return 0.0;
    }
    if ratio.is_infinite() {
        return 1.0;
    }
    let scaled = between * ratio;
    let point = Point {
        x: scaled / (scaled + within),
        y: within / (scaled + within),
        b: within / 2.0,
    };
    let (first, half) = (between / 2.0, lambda / 2.0);
    let mode = half.floor();
    let middle = point.incomplete(first + mode);
    let (above, weights_above) = point.upward(first, mode, half, middle);
    let (below, weights_below) = point.downward(first, mode, half, middle);
    let sum = middle.0 + above + below;
    (sum / (1.0 + weights_above + weights_below)).clamp(0.0, 1.0)
}

/// Where incomplete beta functions with one common parameter are taken: `y = 1 − x`, without loss of digits.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
    b: f64,
}

impl Point {
    /// `I_x(a, b)`, and the step `I_x(a, b) − I_x(a + 1, b) = xᵃ·yᵇ/(a·B(a, b))`.
    fn incomplete(self, a: f64) -> (f64, f64) {
        let Self { x, y, b } = self;
        let density = a * b / (a + b) * binomial_density(a, b, x, y);
        let share = if x < (a + 1.0) / (a + b + 2.0) {
            density / a * continued_fraction(a, b, x)
        } else {
            1.0 - density / b * continued_fraction(b, a, y)
        };
        (share, density / a)
    }

    /// The sum over the terms above the mode, and that of their weights, relative to the mode's.
    fn upward(self, first: f64, mode: f64, half: f64, mut at: (f64, f64)) -> (f64, f64) {
        let (mut sum, mut total, mut weight, mut place) = (0.0, 0.0, 1.0, mode);
        while weight >= NEGLIGIBLE * (1.0 + total) {
            at = ((at.0 - at.1).max(0.0), at.1 * self.growth(first + place));
            place += 1.0;
            weight *= half / place;
            sum += weight * at.0;
            total += weight;
        }
        (sum, total)
    }

    /// The same below the mode.
    fn downward(self, first: f64, mode: f64, half: f64, mut at: (f64, f64)) -> (f64, f64) {
        let (mut sum, mut total, mut weight, mut place) = (0.0, 0.0, 1.0, mode);
        while place >= 1.0 && weight >= NEGLIGIBLE * (1.0 + total) {
            let step = at.1 / self.growth(first + place - 1.0);
            at = ((at.0 + step).min(1.0), step);
            weight *= place / half;
            place -= 1.0;
            sum += weight * at.0;
            total += weight;
        }
        (sum, total)
    }

    /// The step at `a + 1` over that at `a`.
    fn growth(self, a: f64) -> f64 {
        self.x * (a + self.b) / (a + 1.0)
    }
}

/// `Γ(a + b + 1)/(Γ(a + 1)·Γ(b + 1))·xᵃ·yᵇ` by Loader's saddle point, which loses no digits where a and b are large.
fn binomial_density(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let exponent = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * y);
    (n / (std::f64::consts::TAU * a * b)).sqrt() * exponent.exp()
}

/// `ln Γ(z + 1)` less Stirling's formula for it.
fn stirling_error(z: f64) -> f64 {
    if z < LARGE {
        let formula = (z + 0.5) * z.ln() - z + 0.5 * std::f64::consts::TAU.ln();
        return ln_gamma(z + 1.0) - formula;
    }
    let square = z * z;
    let mut sum = 0.0;
    for coefficient in [
        1.0 / 1188.0,
        -1.0 / 1680.0,
        1.0 / 1260.0,
        -1.0 / 360.0,
        1.0 / 12.0,
    ] {
        sum = sum / square + coefficient;
    }
    sum / z
}

/// `x·ln(x/mean) + mean − x`, by a series where both are near each other.
fn deviance(x: f64, mean: f64) -> f64 {
    let distance = x - mean;
    if distance.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - distance;
    }
    let ratio = distance / (x + mean);
    let mut sum = distance * ratio;
    let mut term = 2.0 * x * ratio;
    for order in 1..1000 {
        term *= ratio * ratio;
        let next = sum + term / f64::from(2 * order + 1);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

/// The continued fraction of the incomplete beta function by Lentz's method: Press, Teukolsky, Vetterling & Flannery (2007),
/// Numerical recipes, section 6.4.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = |value: f64| {
        if value.abs() < f64::MIN_POSITIVE {
            f64::MIN_POSITIVE
        } else {
            value
        }
    };
    let mut c = 1.0;
    let mut d = tiny(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut value = d;
    for term in 1..MAX_TERMS {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = tiny(1.0 + even * d).recip();
        c = tiny(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = tiny(1.0 + odd * d).recip();
        c = tiny(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < CONVERGED {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::cdf;

    #[derive(Deserialize)]
    struct Reference {
        /// `[between, within, lambda, ratio, scipy's cdf, that of 60 digits or null]`.
        noncentral_f: Vec<[Option<f64>; 6]>,
        /// `[share, between, within, lambda, scipy's quantile]`.
        quantiles: Vec<[f64; 5]>,
        /// `[between, lambda, x, scipy's cdf]`.
        noncentral_chi_square: Vec<[f64; 4]>,
    }

    fn reference() -> Reference {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/reference/noise_ceiling/noncentral.json"
        );
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn probabilities_are_those_of_scipy_and_of_sixty_digits() {
        let cases = reference().noncentral_f;
        assert!(cases.len() > 100, "{}", cases.len());
        for case in cases {
            let number = |place: usize| case[place].unwrap();
            let found = cdf(number(3), [number(0), number(1)], number(2));
            assert!((found - number(4)).abs() < 1e-9, "{case:?}: {found}");
            if let Some(digits) = case[5] {
                assert!((found - digits).abs() < 1e-12, "{case:?}: {found}");
            }
        }
    }

    #[test]
    fn scipys_quantiles_have_their_probability() {
        for [share, between, within, lambda, quantile] in reference().quantiles {
            let found = cdf(quantile, [between, within], lambda);
            assert!((found - share).abs() < 1e-9, "{lambda} {quantile}: {found}");
        }
    }

    /// With a billion degrees of freedom within, the lower mean square is as good as known.
    #[test]
    fn a_known_variance_makes_it_a_noncentral_chi_square() {
        for [between, lambda, x, expected] in reference().noncentral_chi_square {
            let found = cdf(x / between, [between, 1e9], lambda);
            assert!(
                (found - expected).abs() < 1e-6,
                "{between} {lambda} {x}: {found}"
            );
        }
    }

    #[test]
    fn ends_of_the_range_have_their_probability() {
        assert!(cdf(0.0, [3.0, 4.0], 5.0) <= 0.0);
        assert!(cdf(f64::INFINITY, [3.0, 4.0], 5.0) >= 1.0);
    }
}
