//! What an error in z costs: similarity of images against the angle between their latents.

use serde::{Deserialize, Serialize};

use crate::Rows;
use crate::bootstrap::Bootstrap;
use crate::intervals::of_mean;
use crate::{Error, Result};

/// Similarity at one angle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SensitivityPoint {
    /// Angle between the latents, in degrees.
    pub angle: f64,
    /// Mean similarity of the images.
    pub similarity: f64,
    /// Interval of the mean, by a bootstrap over pairs, or where these are few or all agree by Wilson's formula; `None` at
    /// an angle of 0, where both images of a pair are the same one.
    pub interval: Option<(f64, f64)>,
}

/// Similarity of `G(z)` and `G(z′)` against the angle between z and z′.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The points, ordered by their angle.
    pub points: Vec<SensitivityPoint>,
}

impl Sensitivity {
    /// The curve of similarities by angle: `[n_angles]` of `[n_pairs]`, angles increasing, similarities in `range`.
    ///
    /// # Determinism
    /// The bootstrap's stream of `seed`, the same for every angle.
    pub fn of(
        by_angle: &[(f64, Vec<f64>)],
        range: (f64, f64),
        n_bootstrap: usize,
        confidence: f64,
        seed: u64,
    ) -> Self {
        let n_pairs = by_angle.first().map_or(0, |(_, pairs)| pairs.len());
        let bootstrap = Bootstrap::draw(n_pairs, n_bootstrap, seed);
        let point = |(angle, pairs): &(f64, Vec<f64>)| SensitivityPoint {
            angle: *angle,
            similarity: pairs.iter().sum::<f64>() / pairs.len().max(1) as f64,
            interval: of_mean(pairs, Some(&bootstrap), Some(range), confidence)
                .filter(|_| *angle > 0.0)
                .map(|(bounds, _)| bounds),
        };
        Self {
            points: by_angle.iter().map(point).collect(),
        }
    }

    /// The similarity at an angle, by straight lines between the points; `None` outside of them.
    pub fn at(&self, angle: f64) -> Option<f64> {
        let pair = self
            .points
            .windows(2)
            .find(|pair| (pair[0].angle..=pair[1].angle).contains(&angle))?;
        let share = (angle - pair[0].angle) / (pair[1].angle - pair[0].angle);
        Some(pair[0].similarity + share * (pair[1].similarity - pair[0].similarity))
    }
}

/// The angle between each row of `a` and the row of `b` beside it, in degrees.
///
/// ```text
/// angle = 2·atan2(‖â − b̂‖, ‖â + b̂‖),     â = a/‖a‖
/// ```
/// This form, unlike the arc cosine, keeps its digits near 0° and 180°.
///
/// # Errors
/// If the sets differ in shape.
pub fn angles(a: &Rows, b: &Rows) -> Result<Vec<f64>> {
    pairs("latents", a, b, |a, b| {
        let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (norm_a, norm_b) = (norm(a), norm(b));
        let sum = |sign: f64| {
            let parts = a.iter().zip(b);
            let parts = parts.map(|(a, b)| (a / norm_a + sign * b / norm_b).powi(2));
            parts.sum::<f64>().sqrt()
        };
        2.0 * sum(-1.0).atan2(sum(1.0)).to_degrees()
    })
}

/// The Pearson correlation of each row of `a` with the row of `b` beside it; 0 where a row has no variance.
///
/// # Errors
/// If the sets differ in shape.
pub fn row_correlations(a: &Rows, b: &Rows) -> Result<Vec<f64>> {
    pairs("images", a, b, |a, b| {
        let n = a.len() as f64;
        let mean = |row: &[f64]| row.iter().sum::<f64>() / n;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
        for (a, b) in a.iter().zip(b) {
            product += (a - mean_a) * (b - mean_b);
            square_a += (a - mean_a).powi(2);
            square_b += (b - mean_b).powi(2);
        }
        if square_a > 0.0 && square_b > 0.0 {
            product / (square_a * square_b).sqrt()
        } else {
            0.0
        }
    })
}

fn pairs(what: &str, a: &Rows, b: &Rows, of: impl Fn(&[f64], &[f64]) -> f64) -> Result<Vec<f64>> {
    if a.n_columns != b.n_columns || a.values.len() != b.values.len() || a.n_columns == 0 {
        let size = |rows: &Rows| format!("{} rows of {}", rows.n_rows(), rows.n_columns);
        return Err(Error::Shape {
            what: what.into(),
            expected: size(a),
            got: size(b),
        });
    }
    let wide = |row: &[f32]| -> Vec<f64> { row.iter().map(|&x| f64::from(x)).collect() };
    let rows = a.values.chunks_exact(a.n_columns);
    Ok(rows
        .zip(b.values.chunks_exact(b.n_columns))
        .map(|(a, b)| of(&wide(a), &wide(b)))
        .collect())
}
