//! How much of the differences between images a design can see, once the mean of each run is taken out.
//!
//! ```text
//! ρ = Σ_j κ_j·g_j² / Σ_j g_j²,     κ: eigenvalues of K = Zᵀ·M·Z without the constant,     g_j normal
//! ```
//! Where each image is shown once a run, every κ is the number of repeats and ρ is that number. Where images are nested in
//! runs, what differs between the images of different runs is taken out with the runs, and which images share a run is chance:
//! ρ over the number of repeats then has a beta distribution. Other designs are given the beta distribution on
//! `[min κ, max κ]` with the mean and the variance of ρ, which is exact wherever κ takes two values.

use faer::Mat;

use crate::matrices::symmetric;

/// Points at which the distribution is taken: exact for polynomials of degree 15.
const N_POINTS: usize = 8;
/// Eigenvalues below this share of the largest are none.
const NONE: f64 = 1e-9;

/// A discrete distribution of ρ: values and their probabilities.
pub(super) type Shares = Vec<(f64, f64)>;

/// The distribution of ρ by the eigenvalues that belong to differences between images.
///
/// # Source
/// Moments of a ratio of quadratic forms of normal numbers: mean κ̄, variance `2·var(κ)/(n + 2)`; Golub & Welsch (1969),
/// doi:10.1090/S0025-5718-69-99647-1, for the points of Gauss's rule.
pub(super) fn shares(eigenvalues: &[f64]) -> Option<Shares> {
    let n = eigenvalues.len() as f64;
    let (least, most) = eigenvalues
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &value| {
            (least.min(value.max(0.0)), most.max(value))
        });
    if eigenvalues.is_empty() || most <= 0.0 {
        return None;
    }
    let mean = eigenvalues.iter().sum::<f64>() / n;
    let range = most - least;
    if range <= NONE * most {
        return Some(vec![(mean, 1.0)]);
    }
    let variance = eigenvalues
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n
        * 2.0
        / (n + 2.0);
    let share = (mean - least) / range;
    let both = share * (1.0 - share) * range * range / variance - 1.0;
    let points = gauss_jacobi(share * both, (1.0 - share) * both)?;
    let scaled = |(point, weight)| (least + range * point, weight);
    Some(points.into_iter().map(scaled).collect())
}

/// Points and weights of Gauss's rule for the beta distribution with parameters `a` and `b`.
fn gauss_jacobi(a: f64, b: f64) -> Option<Shares> {
    // Jacobi polynomials on [−1, 1] with weight (1 − t)^α·(1 + t)^β.
    let (alpha, beta) = (b - 1.0, a - 1.0);
    let sum = alpha + beta;
    let diagonal = |n: f64| {
        if n > 0.0 {
            (beta * beta - alpha * alpha) / ((2.0 * n + sum) * (2.0 * n + sum + 2.0))
        } else {
            (beta - alpha) / (sum + 2.0)
        }
    };
    let beside = |n: f64| {
        let square = (2.0 * n + sum).powi(2);
        if n > 1.0 {
            4.0 * n * (n + alpha) * (n + beta) * (n + sum)
                / (square * (2.0 * n + sum + 1.0) * (2.0 * n + sum - 1.0))
        } else {
            4.0 * (1.0 + alpha) * (1.0 + beta) / (square * (3.0 + sum))
        }
    };
    let matrix = Mat::from_fn(N_POINTS, N_POINTS, |row, column| {
        match row.abs_diff(column) {
            0 => diagonal(row as f64),
            1 => beside(row.max(column) as f64).sqrt(),
            _ => 0.0,
        }
    });
    let (points, vectors) = symmetric("points of a beta distribution", &matrix).ok()?;
    let point = |(place, t): (usize, f64)| (f64::midpoint(1.0, t), vectors[(0, place)].powi(2));
    Some(points.into_iter().enumerate().map(point).collect())
}

#[cfg(test)]
mod tests {
    use statrs::function::beta::ln_beta;

    use super::{gauss_jacobi, shares};

    /// `E[x^k]` of a beta distribution is `B(a + k, b)/B(a, b)`.
    #[test]
    fn points_have_the_moments_of_the_beta_distribution() {
        for (a, b) in [(0.5, 3.0), (55.0, 4.5), (1.0, 1.0), (24.5, 0.5)] {
            let points = gauss_jacobi(a, b).unwrap();
            for k in 0..16 {
                let found: f64 = points.iter().map(|(x, weight)| weight * x.powi(k)).sum();
                let expected = (ln_beta(a + f64::from(k), b) - ln_beta(a, b)).exp();
                assert!(
                    (found - expected).abs() < 1e-11,
                    "{a} {b} {k}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn nested_images_have_a_beta_distribution_and_crossed_ones_a_number() {
        assert_eq!(shares(&[13.0; 9]).unwrap(), [(13.0, 1.0)]);
        assert!(shares(&[]).is_none() && shares(&[0.0; 3]).is_none());
        // 12 images in 3 runs: nine directions within runs, two between them.
        let mut eigenvalues = vec![0.0; 2];
        eigenvalues.extend([6.0; 9]);
        let found = shares(&eigenvalues).unwrap();
        for ((x, weight), (point, same)) in found.iter().zip(gauss_jacobi(4.5, 1.0).unwrap()) {
            assert!((x - 6.0 * point).abs() < 1e-12 && (weight - same).abs() < 1e-12);
        }
    }
}
