//! Fréchet distance (FID), at two numbers of samples and without end.

use faer::Mat;
use serde::{Deserialize, Serialize};

use super::check;
use crate::Result;
use crate::Rows;
use crate::matrices::{centre_rows, columns, gram, product, symmetric};

/// Numbers of samples behind the extrapolation.
const N_SIZES: usize = 8;

/// A Fréchet distance and what its number of samples does to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frechet {
    /// The distance with all samples.
    pub value: f64,
    /// Number of samples.
    pub n_samples: usize,
    /// With the first half of the samples: how far it stands above `value` shows the bias.
    pub with_half: f64,
    /// Extrapolated to endless samples; `None` where they are fewer than four times the features, so that the bias is not
    /// yet linear in 1/N.
    pub without_end: Option<f64>,
}

/// The Fréchet distance between two sets, taken as normal: the Fréchet inception distance, on whatever features.
///
/// ```text
/// d² = ‖μ − μ′‖² + tr(Σ + Σ′ − 2·(Σ^½·Σ′·Σ^½)^½)
/// d²(N) ≈ d²(∞) + c/N
/// ```
/// Σ divides by N − 1. The estimate is biased upwards, the more the fewer samples and real images there are: figures are
/// comparable only at the same numbers and the same real images. `without_end` is the intercept of a least-squares line in
/// 1/N through 8 numbers of samples from a half of N to N; it takes away the bias of the samples, not that of the real
/// images.
///
/// # Source
/// Heusel, Ramsauer, Unterthiner, Nessler & Hochreiter (2017), arXiv:1706.08500, equation 6; the extrapolation: Chong &
/// Forsyth (2020), arXiv:1911.07023.
///
/// # Shapes
/// `samples: [m, n_features]`, `real: [n, n_features]`.
///
/// # Errors
/// If sizes differ, a number is not finite, or a set has fewer than 4 rows.
pub fn frechet_distance(samples: &Rows, real: &Rows) -> Result<Frechet> {
    check(
        "Fréchet distance",
        [("samples", samples), ("real images", real)],
        4,
    )?;
    let real = Moments::of(real);
    let root = square_root(&real.covariance)?;
    let n = samples.n_rows();
    let distance = |n: usize| between(&Moments::of(&samples.first(n)), &real, &root);
    let value = distance(n)?;
    let with_half = distance(n / 2)?;
    let without_end = if n < 4 * samples.n_columns {
        None
    } else {
        let size = |place: usize| n / 2 + place * (n - n / 2) / (N_SIZES - 1);
        let points: Vec<(f64, f64)> = (0..N_SIZES)
            .map(|place| Ok((1.0 / size(place) as f64, distance(size(place))?)))
            .collect::<Result<_>>()?;
        Some(intercept(&points))
    };
    Ok(Frechet {
        value,
        n_samples: n,
        with_half,
        without_end,
    })
}

/// Mean and covariance of a set.
struct Moments {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl Moments {
    fn of(rows: &Rows) -> Self {
        let mut centred = columns(rows);
        let n = centred.ncols();
        let mean = centre_rows(&mut centred);
        let scatter = gram(centred.as_ref());
        let covariance = Mat::from_fn(scatter.nrows(), scatter.ncols(), |a, b| {
            scatter[(a, b)] / (n as f64 - 1.0)
        });
        Self { mean, covariance }
    }
}

/// The symmetric root of a covariance.
fn square_root(covariance: &Mat<f64>) -> Result<Mat<f64>> {
    let (values, vectors) = symmetric("covariance of features", covariance)?;
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |row, column| {
        vectors[(row, column)] * values[column].max(0.0).sqrt()
    });
    Ok(product(scaled.as_ref(), vectors.transpose()))
}

/// `root` is that of the covariance of `real`.
fn between(samples: &Moments, real: &Moments, root: &Mat<f64>) -> Result<f64> {
    let means: f64 = samples
        .mean
        .iter()
        .zip(&real.mean)
        .map(|(a, b)| (a - b).powi(2))
        .sum();
    let trace = |a: &Mat<f64>| (0..a.nrows()).map(|idx| a[(idx, idx)]).sum::<f64>();
    let half = product(root.as_ref(), samples.covariance.as_ref());
    let whole = product(half.as_ref(), root.as_ref());
    let whole = Mat::from_fn(whole.nrows(), whole.ncols(), |a, b| {
        f64::midpoint(whole[(a, b)], whole[(b, a)])
    });
    let (values, _) = symmetric("product of covariances", &whole)?;
    let shared: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    Ok(means + trace(&samples.covariance) + trace(&real.covariance) - 2.0 * shared)
}

/// The value at 0 of the least-squares line.
fn intercept(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>()
        / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
    y - slope * x
}
