//! Are reconstructions of different images copies of each other?

use rand::Rng;
use rand_distr::StandardNormal;

use super::coarse::coarse;
use super::{CONFIDENCE, Defect, GuardRow, Seen, median, upper_bound};
use crate::Rows;
use crate::correlation::correlations;

/// Reconstructions are few if their crowding is so much smaller than that of the originals.
const CROWDED: f64 = 0.7;
/// Random sets that a set is held against.
const N_SETS: usize = 8;

/// Compares how crowded reconstructions and originals are.
///
/// ```text
/// cⱼ = (1 − max over k ≠ j of r(yⱼ, yₖ)) / (mean over k ≠ j of 1 − r(yⱼ, yₖ))
/// crowding = median c / median c*,     y*ⱼ = ȳ + Σᵢ gⱼᵢ (yᵢ − ȳ)/√(n − 1),   g standard normal
/// d = crowding of reconstructions − θ·min(crowding of originals, 1)
/// ```
/// y* has the mean and the covariance of y and no clusters. Few outputs, with whatever noise, have a small crowding; shrinkage
/// towards the mean and few dimensions, which bring all reconstructions nearer to each other alike, leave it as it is.
///
/// A median of some dozens of images is no sharp number: outputs are few if the upper bound of d over images, whose c stay as
/// they are, is below 0.
///
/// # Determinism
/// y* comes from "evaluate/guards/collapsed" of the seed, samples of images from "evaluate/bootstrap".
pub(super) fn collapsed(seen: &Seen<'_>) -> GuardRow {
    let width = seen.judged.width;
    let crowding = |rows: &Rows| Crowding::of(&coarse(rows, width), seen.seed);
    let own = crowding(seen.judged.reconstructions);
    let of_originals = crowding(seen.judged.originals);
    let limit = |images: &[u32]| CROWDED * of_originals.among(images).min(1.0);
    let beyond = |images: &[u32]| own.among(images) - limit(images);
    let all: Vec<u32> = (0..seen.n_images as u32).collect();
    let bound = upper_bound(seen.n_images, seen.seed, beyond);
    let evidence = format!(
        "the nearest other reconstruction is {:.2} times as far away as in a set without clusters that varies as much (median), the \
         nearest other original {:.2} times; found below {:.2}, which is {CROWDED} of what the originals have, or of 1 if they have more, also \
         at the upper bound of the difference ({:.1} %, over images)",
        own.among(&all),
        of_originals.among(&all),
        limit(&all),
        100.0 * CONFIDENCE,
    );
    GuardRow::of(Defect::Collapsed, bound < 0.0, evidence)
}

/// How near each image of a set comes to another of it, in units of the median of sets without clusters.
struct Crowding(Vec<f64>);

impl Crowding {
    fn of(rows: &Rows, seed: u64) -> Self {
        let mut rng = lab_core::rng::stream(seed, "evaluate/guards/collapsed");
        let mut usual = || {
            let set = without_clusters(rows, || rng.sample(StandardNormal));
            median(nearness(&set))
        };
        let usual: f64 = (0..N_SETS).map(|_| usual()).sum();
        let in_units = |near: f64| {
            if usual > 0.0 {
                near * N_SETS as f64 / usual
            } else {
                0.0
            }
        };
        Self(nearness(rows).into_iter().map(in_units).collect())
    }

    /// The median among some images, of which one may stand there twice.
    fn among(&self, images: &[u32]) -> f64 {
        median(images.iter().map(|&image| self.0[image as usize]).collect())
    }
}

/// Rows with the mean and the covariance of these, in one cloud.
fn without_clusters(rows: &Rows, mut normal: impl FnMut() -> f64) -> Rows {
    let (n, n_columns) = (rows.n_rows(), rows.n_columns);
    let mut mean = vec![0.0_f64; n_columns];
    for row in rows.values.chunks(n_columns) {
        for (sum, &value) in mean.iter_mut().zip(row) {
            *sum += f64::from(value) / n as f64;
        }
    }
    let scale = ((n.max(2) - 1) as f64).sqrt().recip();
    let mut values = Vec::with_capacity(rows.values.len());
    for _ in 0..n {
        let mut made = mean.clone();
        for row in rows.values.chunks(n_columns) {
            let weight = scale * normal();
            for ((pixel, &value), mean) in made.iter_mut().zip(row).zip(&mean) {
                *pixel += weight * (f64::from(value) - mean);
            }
        }
        values.extend(made.into_iter().map(|pixel| pixel as f32));
    }
    Rows { n_columns, values }
}

/// c of each image.
fn nearness(rows: &Rows) -> Vec<f64> {
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
    (0..n)
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
        .collect()
}
