//! Does a generator draw its training images again?

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::check;
use super::distances::by_row;
use crate::Result;
use crate::Rows;

/// Distances to the nearest training image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    /// Of each sample: root mean squared difference a number.
    pub of_samples: Vec<f64>,
    /// Of each image that was held out.
    pub of_held_out: Vec<f64>,
    /// For each sample, its nearest training image.
    pub nearest: Vec<usize>,
    /// P(a sample is nearer to the training set than an image that was held out), ties counting one half: 0.5 for a
    /// generator that draws new images of the same kind, 1 for a copier.
    pub nearer: f64,
    /// One-sided p of `nearer` by Mann and Whitney's test: small if samples are nearer than chance.
    pub p: f64,
}

impl Copying {
    /// Medians of both sets of distances: samples, images that were held out.
    pub fn medians(&self) -> (f64, f64) {
        (median(&self.of_samples), median(&self.of_held_out))
    }
}

/// Compares the distances of samples and of held-out images to their nearest training images.
///
/// ```text
/// d(a) = min over training images t of √(mean (a − t)²),     U = #{(s, h): d(s) < d(h)} + ½·#{d(s) = d(h)}
/// nearer = U/(mn),     p = 1 − Φ((U − mn/2 − ½)/σ),     σ² = mn/12 · ((N + 1) − Σ (t³ − t)/(N(N − 1))),  N = m + n
/// ```
/// with t the sizes of groups of ties. A blurred sample is near to everything in pixels: look at features too, and at the
/// nearest pairs themselves.
///
/// # Source
/// Meehan, Chaudhuri & Dasgupta (2020), arXiv:2004.05675 (the test of data copying, without its cells); Mann & Whitney
/// (1947), doi:10.1214/aoms/1177730491.
///
/// # Shapes
/// `samples: [m, n_columns]`, `held_out: [n, n_columns]`, `training: [n_training, n_columns]`.
///
/// # Errors
/// If sizes differ, a number is not finite, or a set is empty.
pub fn copying(samples: &Rows, held_out: &Rows, training: &Rows) -> Result<Copying> {
    check(
        "copying",
        [("training images", training), ("samples", samples)],
        1,
    )?;
    check(
        "copying",
        [("training images", training), ("held-out images", held_out)],
        1,
    )?;
    let nearest = nearest(samples, training);
    let of_samples: Vec<f64> = nearest.iter().map(|&(_, distance)| distance).collect();
    let of_held_out: Vec<f64> = self::nearest(held_out, training)
        .into_iter()
        .map(|(_, distance)| distance)
        .collect();
    let (nearer, p) = mann_whitney(&of_samples, &of_held_out);
    Ok(Copying {
        of_samples,
        of_held_out,
        nearest: nearest.into_iter().map(|(idx, _)| idx).collect(),
        nearer,
        p,
    })
}

/// The nearest training image of each row, and its distance.
fn nearest(rows: &Rows, training: &Rows) -> Vec<(usize, f64)> {
    by_row(rows, training, |_, squared| {
        let (idx, least) = squared
            .iter()
            .copied()
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0, f64::NAN));
        (idx, (least / rows.n_columns as f64).sqrt())
    })
}

/// The share of pairs in which `a` is smaller, and the p of that.
fn mann_whitney(a: &[f64], b: &[f64]) -> (f64, f64) {
    let mut all: Vec<(f64, bool)> = a.iter().map(|&value| (value, true)).collect();
    all.extend(b.iter().map(|&value| (value, false)));
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (m, n) = (a.len() as f64, b.len() as f64);
    let total = m + n;
    let (mut smaller, mut ties, mut b_seen) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let of_a = group.iter().filter(|(_, is_a)| *is_a).count() as f64;
        let of_b = group.len() as f64 - of_a;
        smaller += of_a * (n - b_seen - of_b) + 0.5 * of_a * of_b;
        b_seen += of_b;
        let size = group.len() as f64;
        ties += size.powi(3) - size;
    }
    let variance = m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    let z = (smaller - m * n / 2.0 - 0.5) / variance.sqrt();
    let p = if variance > 0.0 {
        Normal::standard().sf(z)
    } else {
        1.0
    };
    (smaller / (m * n), p)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n == 0 {
        return f64::NAN;
    }
    f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
}
