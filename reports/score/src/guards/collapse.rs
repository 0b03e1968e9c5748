//! Are reconstructions of different images copies of each other?

use super::{Defect, GuardRow, Seen};
use crate::Rows;
use crate::correlation::correlations;

/// Reconstructions are few if their nearest others are so much nearer than those of the originals.
const NEARER: f64 = 0.3;

/// Compares how near each reconstruction is to its nearest other with the same of the originals.
///
/// ```text
/// cⱼ = (1 − max over k ≠ j of r(yⱼ, yₖ)) / (mean over k ≠ j of 1 − r(yⱼ, yₖ))
/// ```
/// Few outputs, with whatever noise, have a small c; shrinkage towards the mean, which brings all reconstructions nearer to each
/// other alike, leaves it. The median of c is compared.
pub(super) fn collapsed(seen: &Seen<'_>) -> GuardRow {
    let (own, of_originals) = (
        median_nearness(seen.judged.reconstructions),
        median_nearness(seen.judged.originals),
    );
    let is_found = own < NEARER * of_originals;
    let evidence = format!(
        "the nearest other reconstruction is {:.0} % as far away as the average one (median), the nearest other original {:.0} %",
        100.0 * own,
        100.0 * of_originals
    );
    GuardRow::of(Defect::Collapsed, is_found, evidence)
}

fn median_nearness(rows: &Rows) -> f64 {
    let n = rows.n_rows();
    let similar = correlations(rows, rows);
    // Images without variance correlate with nothing, and are all alike.
    let is_flat = |image: usize| similar.at(image, image) < 0.5;
    let distance = |a: usize, b: usize| {
        if is_flat(a) && is_flat(b) {
            0.0
        } else {
            1.0 - similar.at(a, b)
        }
    };
    let mut all: Vec<f64> = (0..n)
        .map(|image| {
            let others = || (0..n).filter(|&other| other != image);
            let distances = || others().map(|other| distance(image, other));
            let nearest = distances().fold(f64::INFINITY, f64::min);
            let mean = distances().sum::<f64>() / (n - 1).max(1) as f64;
            if mean > f64::EPSILON {
                nearest.max(0.0) / mean
            } else {
                0.0
            }
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all.get(n / 2).copied().unwrap_or(f64::NAN)
}
