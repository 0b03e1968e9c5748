//! Improved precision and recall.

use serde::{Deserialize, Serialize};

use super::check;
use super::distances::by_row;
use crate::Rows;
use crate::binomial::wilson;
use crate::{Error, Result};

/// Which neighbour bounds an image's surroundings.
pub const NEIGHBOUR: usize = 3;

/// A share of images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The share, from 0 to 1.
    pub value: f64,
    /// Number of samples that the share is of.
    pub n: usize,
    /// Wilson's interval.
    pub interval: (f64, f64),
}

impl Share {
    pub(super) fn of(n_hits: usize, n: usize, confidence: f64) -> Result<Self> {
        let interval = wilson(n_hits as f64, n, confidence).ok_or(Error::TooFew {
            what: "a share".into(),
            needed: 1,
            got: n,
        })?;
        Ok(Self {
            value: n_hits as f64 / n as f64,
            n,
            interval,
        })
    }
}

/// How many samples are plausible, and how much of the real set is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecall {
    /// Share of samples within the surroundings of a real image.
    pub precision: Share,
    /// Share of real images within the surroundings of a sample.
    pub recall: Share,
}

/// Improved precision and recall.
///
/// ```text
/// f(a, B) = 1 if ‖a − b‖ ≤ ‖b − NN₃(b)‖ for some b of B     NN₃(b): the third nearest other element of B
/// precision = mean over samples of f(sample, real),     recall = mean over real images of f(real, samples)
/// ```
/// Wilson's intervals hold the other set fixed. Surroundings shrink as a set grows: figures are comparable at the same
/// numbers only.
///
/// # Source
/// Kynkäänniemi, Karras, Laine, Lehtinen & Aila (2019), arXiv:1904.06991, equations 1 and 2, k = 3.
///
/// # Shapes
/// `samples: [m, n_features]`, `real: [n, n_features]`.
///
/// # Errors
/// If sizes differ, a number is not finite, or a set has no more than 3 rows.
pub fn precision_recall(samples: &Rows, real: &Rows, confidence: f64) -> Result<PrecisionRecall> {
    check(
        "precision and recall",
        [("samples", samples), ("real images", real)],
        NEIGHBOUR + 1,
    )?;
    Ok(PrecisionRecall {
        precision: inside(samples, real, confidence)?,
        recall: inside(real, samples, confidence)?,
    })
}

/// The share of `rows` within the surroundings of `others`.
fn inside(rows: &Rows, others: &Rows, confidence: f64) -> Result<Share> {
    let radii = by_row(others, others, |own, squared| {
        let mut rest: Vec<f64> = squared
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != own)
            .map(|(_, &distance)| distance)
            .collect();
        *rest.select_nth_unstable_by(NEIGHBOUR - 1, f64::total_cmp).1
    });
    let within = by_row(rows, others, |_, squared| {
        squared
            .iter()
            .zip(&radii)
            .any(|(distance, radius)| distance <= radius)
    });
    let n_inside = within.iter().filter(|&&inside| inside).count();
    Share::of(n_inside, within.len(), confidence)
}
