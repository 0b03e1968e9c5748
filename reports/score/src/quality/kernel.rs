//! Kernel distance (KID), and how far it would move with other images.

use faer::{Mat, MatRef};
use serde::{Deserialize, Serialize};

use super::check;
use crate::Result;
use crate::Rows;
use crate::binomial::normal_quantile;
use crate::matrices::{columns, product};

/// Rows of a kernel matrix that are held at a time.
const ROWS: usize = 256;
/// Fewest images of each set: leaving one out must leave two.
const AT_LEAST: usize = 3;

/// A squared distance between two sets of images, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KernelDistance {
    /// Unbiased: below 0 about half of the time when both sets are drawn alike.
    pub value: f64,
    /// Standard error by the jackknife.
    pub standard_error: f64,
    /// `value ± z·standard_error`.
    pub interval: (f64, f64),
}

/// The squared maximum mean discrepancy under a cubic kernel: the kernel inception distance, on whatever features.
///
/// ```text
/// k(x, y) = (x·y/d + 1)³
/// MMD²    = Σ_{i≠j} k(xᵢ, xⱼ)/(m(m − 1)) + Σ_{i≠j} k(yᵢ, yⱼ)/(n(n − 1)) − 2·Σᵢⱼ k(xᵢ, yⱼ)/(mn)
/// se²     = (m − 1)/m · Σᵢ (θ₋ᵢ − θ̄)²  over samples left out,  +  the same over real images left out
/// ```
/// The estimate has no bias at any N, unlike the Fréchet distance. It takes images as drawn independently: where both
/// sets hold equally many images of each class, classes differ less between the sets than drawn ones would, and it comes
/// out below 0 by about the spread between classes over N.
/// The interval is normal, around a jackknife over the images of both sets: it speaks of other samples and other real
/// images. Where the two sets are drawn alike the estimate is degenerate and the interval rough.
///
/// # Source
/// Bińkowski, Sutherland, Arbel & Gretton (2018), *Demystifying MMD GANs*, arXiv:1801.01401, section 4; the jackknife of a
/// statistic of two samples: Arvesen (1969), doi:10.1214/aoms/1177697287.
///
/// # Shapes
/// `samples: [m, n_features]`, `real: [n, n_features]`.
///
/// # Errors
/// If sizes differ, a number is not finite, or a set has fewer than 3 rows.
pub fn kernel_distance(samples: &Rows, real: &Rows, confidence: f64) -> Result<KernelDistance> {
    check(
        "kernel distance",
        [("samples", samples), ("real images", real)],
        AT_LEAST,
    )?;
    let (x, y) = (columns(samples), columns(real));
    let (within_x, within_y) = (within(&x), within(&y));
    let (x_to_y, y_to_x) = (sums(x.as_ref(), y.as_ref()), sums(y.as_ref(), x.as_ref()));
    let (m, n) = (within_x.len() as f64, within_y.len() as f64);
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let (all_x, all_y, all_between) = (sum(&within_x), sum(&within_y), sum(&x_to_y));
    let estimate = |x: f64, m: f64, y: f64, n: f64, between: f64| {
        x / (m * (m - 1.0)) + y / (n * (n - 1.0)) - 2.0 * between / (m * n)
    };
    // A row that is left out takes its pairs with it, twice: as first and as second.
    let without_x = within_x
        .iter()
        .zip(&x_to_y)
        .map(|(own, other)| estimate(all_x - 2.0 * own, m - 1.0, all_y, n, all_between - other));
    let without_y = within_y
        .iter()
        .zip(&y_to_x)
        .map(|(own, other)| estimate(all_x, m, all_y - 2.0 * own, n - 1.0, all_between - other));
    let standard_error = (jackknife(without_x.collect()) + jackknife(without_y.collect())).sqrt();
    let value = estimate(all_x, m, all_y, n, all_between);
    let half = normal_quantile(f64::midpoint(1.0, confidence)) * standard_error;
    Ok(KernelDistance {
        value,
        standard_error,
        interval: (value - half, value + half),
    })
}

/// `(m − 1)/m · Σ (θ₋ᵢ − θ̄)²`.
fn jackknife(left_out: Vec<f64>) -> f64 {
    let m = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / m;
    let squares = left_out.iter().map(|value| (value - mean).powi(2));
    (m - 1.0) / m * squares.sum::<f64>()
}

/// For each column of `a`, Σ of its kernel with every other column of `a`.
fn within(a: &Mat<f64>) -> Vec<f64> {
    let own = |row: usize| {
        let square: f64 = a.col(row).iter().map(|value| value * value).sum();
        kernel(square, a.nrows())
    };
    sums(a.as_ref(), a.as_ref())
        .into_iter()
        .enumerate()
        .map(|(row, sum)| sum - own(row))
        .collect()
}

/// For each column of `a`, Σ of its kernel with every column of `b`.
fn sums(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Vec<f64> {
    let mut all = Vec::with_capacity(a.ncols());
    for start in (0..a.ncols()).step_by(ROWS) {
        let own = a.subcols(start, ROWS.min(a.ncols() - start));
        let products = product(b.transpose(), own);
        let sum = |row: usize| {
            let values = products.col(row).iter();
            values.map(|&product| kernel(product, a.nrows())).sum()
        };
        all.extend((0..own.ncols()).map(|row| -> f64 { sum(row) }));
    }
    all
}

fn kernel(product: f64, n_features: usize) -> f64 {
    (product / n_features as f64 + 1.0).powi(3)
}
