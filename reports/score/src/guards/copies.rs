//! Are reconstructions, or the originals themselves, copies of training images?

use rand::seq::index::sample;
use rayon::prelude::*;

use super::coarse::{coarse, coarse_side};
use super::{CONFIDENCE, Defect, GuardRow, Judged, Seen, median, upper_bound};
use crate::Rows;
use crate::correlation::correlations;

/// Training images that correlate more than this are one image.
const SAME: f64 = 0.97;
/// Correlation with the nearest training image that a copy has at least.
const ALIKE: f64 = 0.8;
/// The nearest training image is this much nearer than the next one for a copy: ratio of distances 1 − r.
const COPY: f64 = 0.25;
/// A copy's ratio is at most this share of the smallest among training images.
const UNHEARD_OF: f64 = 0.4;
/// Reconstructions are copies if their ratios are so much smaller than those of the originals.
const SMALLER: f64 = 0.75;
/// Below this p originals are nearer than chance: training images that are alike are so in pairs, which makes p too small.
const RARE: f64 = 0.001;
/// Training images that are held against all others.
const N_HELD: usize = 400;
/// Test images that are named before the others are only counted.
const N_NAMED: usize = 3;
const NOT_GIVEN: &str = "no training images were given";

/// How near an image is to a training set.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Nearest {
    /// Correlation with the nearest training image.
    first: f64,
    /// (1 − first)/(1 − second), the second being the nearest that is no copy of the first.
    ratio: f64,
}

/// Compares how much nearer the nearest training image is than the next one, of reconstructions and of originals.
///
/// New images, and reconstructions of them, are about as far from the next training image as from the nearest; a copy, with
/// whatever noise, contrast or brightness, is far nearer to the image that it was copied from. Found where the upper bound over
/// images of the difference to the limit is below 0.
///
/// # Source
/// The ratio of distances is Lowe's (2004), doi:10.1023/B:VISI.0000029664.99615.94, used for matches of features.
pub(super) fn memorised(seen: &Seen<'_>) -> GuardRow {
    let defect = Defect::Memorised;
    let Some(training) = seen.judged.training else {
        return GuardRow::not_judged(defect, NOT_GIVEN);
    };
    if training.n_rows() < 3 {
        return GuardRow::not_judged(defect, "fewer than three training images were given");
    }
    let width = seen.judged.width;
    let training = &coarse(training, width);
    let of = |rows: &Rows| -> Vec<f64> {
        let all = nearest(&coarse(rows, width), training, seen.judged, None);
        all.iter().map(|found| found.ratio).collect()
    };
    let (own, new) = (of(seen.judged.reconstructions), of(seen.judged.originals));
    let among = |ratios: &[f64], images: &[u32]| {
        median(images.iter().map(|&image| ratios[image as usize]).collect())
    };
    let beyond = |images: &[u32]| among(&own, images) - SMALLER * among(&new, images);
    let bound = upper_bound(seen.n_images, seen.seed, beyond);
    let all: Vec<u32> = (0..seen.n_images as u32).collect();
    let (of_own, of_new) = (among(&own, &all), among(&new, &all));
    let evidence = format!(
        "the nearest training image is {:.0} % as far from a reconstruction as the next one is (median), and {:.0} % for originals; found \
         below {:.0} %, which is {SMALLER} of what originals have, also at the upper bound of the difference ({:.1} %, over images)",
        100.0 * of_own,
        100.0 * of_new,
        100.0 * SMALLER * of_new,
        100.0 * CONFIDENCE
    );
    GuardRow::of(defect, bound < 0.0, evidence)
}

/// Asks whether originals, or their mirror images, are nearer to a training image than training images are to each other.
///
/// ```text
/// ratio = (1 − r₁)/(1 − r₂)   with the nearest and the next training image
/// p = Πᵢ (n − i)/(n + m − i),   i < k:   the k smallest ratios are those of originals
/// ```
/// n originals and m training images, each of these against all others, or where images were cut from pictures one of each picture
/// against those of other pictures: new images could change places with them. One ratio that is
/// far below all of theirs is a copy by itself.
pub(super) fn leaked(seen: &Seen<'_>) -> GuardRow {
    let defect = Defect::Leaked;
    let Some(training) = seen.judged.training else {
        return GuardRow::not_judged(defect, NOT_GIVEN);
    };
    let of_pictures = seen.judged.of_different_pictures(training.n_rows());
    let n_pictures = of_pictures.len();
    if n_pictures < 3 {
        return GuardRow::not_judged(
            defect,
            "fewer than three training images of different pictures were given",
        );
    }
    let training = &coarse(training, seen.judged.width);
    let originals = coarse(seen.judged.originals, seen.judged.width);
    let mut rng = lab_core::rng::stream(seen.seed, "evaluate/guards/leaked");
    let mut held = sample(&mut rng, n_pictures, n_pictures.min(N_HELD)).into_vec();
    held.sort_unstable();
    let held: Vec<usize> = held.into_iter().map(|place| of_pictures[place]).collect();
    let n_columns = training.n_columns;
    let row = |at: &usize| &training.values[at * n_columns..(at + 1) * n_columns];
    let held_rows = Rows {
        n_columns,
        values: held.iter().flat_map(row).copied().collect(),
    };
    let found = nearest_or_mirrored(&originals, training, seen.judged, None);
    let of_training = nearest_or_mirrored(&held_rows, training, seen.judged, Some(&held));
    let smallest = of_training
        .iter()
        .map(|of| of.ratio)
        .fold(f64::INFINITY, f64::min);
    let below = |least: f64| -> Vec<usize> {
        let is_copy = |nearest: &Nearest| nearest.first > ALIKE && nearest.ratio < least;
        let images = found.iter().enumerate();
        let images = images.filter(|(_, nearest)| is_copy(nearest));
        images.map(|(image, _)| image).collect()
    };
    let (nearer, least) = (below(smallest), COPY.min(UNHEARD_OF * smallest));
    let p = p_of_first_places(nearer.len(), seen.n_images, held.len());
    let copies = below(least);
    let is_found = !copies.is_empty() || p < RARE;
    let evidence = format!(
        "{} of {} originals are nearer to a training image, for the distance to the next one, than any of {} training images is{} \
         (p = {p:.4}; found below {RARE}), and {} are copies{}: the nearest training image less than {:.0} % as far away as the next one",
        nearer.len(),
        seen.n_images,
        held.len(),
        listed(&nearer, &found),
        copies.len(),
        listed(&copies, &found),
        100.0 * least
    );
    GuardRow::of(defect, is_found, evidence)
}

/// The first few of these test images, each with how near it is; empty for none.
fn listed(images: &[usize], found: &[Nearest]) -> String {
    let shown = images.iter().take(N_NAMED);
    let named: Vec<String> = shown
        .map(|&image| {
            format!(
                "test image {image}, {:.0} % as far",
                100.0 * found[image].ratio
            )
        })
        .collect();
    match images.len().saturating_sub(N_NAMED) {
        _ if named.is_empty() => String::new(),
        0 => format!(" ({})", named.join("; ")),
        n => format!(" ({} and {n} more)", named.join("; ")),
    }
}

/// As [`nearest`], of the picture or of its mirror image, whichever is nearer.
fn nearest_or_mirrored(
    rows: &Rows,
    training: &Rows,
    judged: &Judged<'_>,
    own: Option<&[usize]>,
) -> Vec<Nearest> {
    let width = coarse_side(judged.width);
    let turned = nearest(&mirrored(rows, width), training, judged, own);
    let plain = nearest(rows, training, judged, own);
    let nearer = |(plain, turned): (Nearest, Nearest)| {
        if turned.first > plain.first {
            turned
        } else {
            plain
        }
    };
    plain.into_iter().zip(turned).map(nearer).collect()
}

/// The nearest training images of each row, the second of another picture than the first; `own` names the training image that
/// each row is, whose picture is not looked at.
fn nearest(
    rows: &Rows,
    training: &Rows,
    judged: &Judged<'_>,
    own: Option<&[usize]>,
) -> Vec<Nearest> {
    let similar = correlations(rows, training);
    let n_train = training.n_rows();
    let of_training = |at: usize| Rows {
        n_columns: training.n_columns,
        values: training.values[at * training.n_columns..(at + 1) * training.n_columns].to_vec(),
    };
    (0..rows.n_rows())
        .into_par_iter()
        .map(|row| {
            let own = own.and_then(|own| own.get(row).copied());
            let is_new = |at: &usize| own.is_none_or(|own| !judged.is_same_picture(own, *at));
            let mut order: Vec<usize> = (0..n_train).filter(is_new).collect();
            order.sort_by(|&a, &b| similar.at(row, b).total_cmp(&similar.at(row, a)));
            let Some(&first) = order.first() else {
                return Nearest {
                    first: 0.0,
                    ratio: 1.0,
                };
            };
            let copies = of_training(first);
            let is_other = |at: &&usize| {
                let both = correlations(&copies, &of_training(**at));
                !judged.is_same_picture(first, **at) && both.at(0, 0) < SAME
            };
            let second = order[1..].iter().find(is_other);
            let (first, second) = (
                similar.at(row, first),
                second.map_or(0.0, |&at| similar.at(row, at)),
            );
            Nearest {
                first,
                ratio: if second < 1.0 {
                    (1.0 - first).max(0.0) / (1.0 - second)
                } else {
                    1.0
                },
            }
        })
        .collect()
}

/// The pictures with left and right changed.
fn mirrored(rows: &Rows, width: usize) -> Rows {
    let lines = rows.values.chunks(width.max(1));
    Rows {
        n_columns: rows.n_columns,
        values: lines.flat_map(|line| line.iter().rev().copied()).collect(),
    }
}

/// P(the first `k` of `n + m` places all fall to the `n`), if all orders are equally likely.
fn p_of_first_places(k: usize, n: usize, m: usize) -> f64 {
    (0..k)
        .map(|place| (n - place) as f64 / (n + m - place) as f64)
        .product()
}
