//! Are reconstructions, or the originals themselves, copies of training images?

use rand::seq::index::sample;
use rayon::prelude::*;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::{Defect, GuardRow, SHOWN, Seen};
use crate::Rows;
use crate::correlation::correlations;

/// Training images that correlate more than this are one image.
const SAME: f64 = 0.97;
/// Correlation with the nearest training image that a copy has at least.
const ALIKE: f64 = 0.8;
/// The nearest training image is this much nearer than the next one for a copy: ratio of distances 1 − r.
const COPY: f64 = 0.14;
/// What is nearer than this share of the smallest ratio among training images is no chance.
const UNHEARD_OF: f64 = 0.5;
/// Reconstructions are copies if their ratios are so much smaller than those of the originals.
const SMALLER: f64 = 0.75;
/// Pixels along a side in which copies are looked for: one to two times as many.
const COARSE: usize = 16;
/// Training images that are held against all others.
const N_HELD: usize = 400;
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
/// whatever noise, contrast or brightness, is far nearer to the image that it was copied from.
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
        let all = nearest(&coarse(rows, width), training, |_| None);
        all.iter().map(|found| found.ratio).collect()
    };
    let (own, new) = (of(seen.judged.reconstructions), of(seen.judged.originals));
    let (own, new) = (median(own), median(new));
    let is_found = own < SMALLER * new;
    let evidence = format!(
        "the nearest training image is {:.0} % as far from a reconstruction as the next one is (median), and {:.0} % for originals",
        100.0 * own,
        100.0 * new
    );
    GuardRow::of(defect, is_found, evidence)
}

/// Counts originals that are copies of a training image, also mirrored, and asks whether training images are copies of each other
/// as often.
pub(super) fn leaked(seen: &Seen<'_>) -> GuardRow {
    let defect = Defect::Leaked;
    let Some(training) = seen.judged.training else {
        return GuardRow::not_judged(defect, NOT_GIVEN);
    };
    let n_train = training.n_rows();
    if n_train < 3 {
        return GuardRow::not_judged(defect, "fewer than three training images were given");
    }
    let training = &coarse(training, seen.judged.width);
    let originals = coarse(seen.judged.originals, seen.judged.width);
    let mut rng = lab_core::rng::stream(seen.seed, "evaluate/guards/leaked");
    let mut held: Vec<usize> = sample(&mut rng, n_train, n_train.min(N_HELD)).into_vec();
    held.sort_unstable();
    let n_columns = training.n_columns;
    let row = |at: &usize| &training.values[at * n_columns..(at + 1) * n_columns];
    let held_rows = Rows {
        n_columns,
        values: held.iter().flat_map(row).copied().collect(),
    };
    let width = coarse_side(seen.judged.width);
    let found = nearest_or_mirrored(&originals, training, width, |_| None);
    let of_training =
        nearest_or_mirrored(&held_rows, training, width, |row| held.get(row).copied());
    let is_copy = |nearest: &&Nearest| nearest.first > ALIKE && nearest.ratio < COPY;
    let n_copies = found.iter().filter(is_copy).count();
    let n_usual = of_training.iter().filter(is_copy).count();
    // A rate of 0 in a sample is not known to be 0.
    let rate = (n_usual as f64 + 0.5) / (held.len() as f64 + 1.0);
    let p = at_least(n_copies, seen.n_images, rate);
    let smallest = of_training.iter().map(|of| of.ratio).fold(COPY, f64::min);
    let is_unheard_of =
        |nearest: &&Nearest| is_copy(nearest) && nearest.ratio < UNHEARD_OF * smallest;
    let n_unheard_of = found.iter().filter(is_unheard_of).count();
    let is_found = n_unheard_of > 0 || (n_copies > 0 && p < SHOWN);
    let evidence = format!(
        "{n_copies} of {} originals are copies of a training image, as are {n_usual} of {} training images (p = {p:.4}); {n_unheard_of} of \
         them are nearer to it than half of what any of these is",
        seen.n_images,
        held.len()
    );
    GuardRow::of(defect, is_found, evidence)
}

/// As [`nearest`], of the picture or of its mirror image, whichever is nearer.
fn nearest_or_mirrored(
    rows: &Rows,
    training: &Rows,
    width: usize,
    skip: impl Fn(usize) -> Option<usize> + Sync,
) -> Vec<Nearest> {
    let turned = nearest(&mirrored(rows, width), training, &skip);
    let plain = nearest(rows, training, &skip);
    let nearer = |(plain, turned): (Nearest, Nearest)| {
        if turned.first > plain.first {
            turned
        } else {
            plain
        }
    };
    plain.into_iter().zip(turned).map(nearer).collect()
}

/// The nearest training images of each row; `skip` names a training image that a row is.
fn nearest(
    rows: &Rows,
    training: &Rows,
    skip: impl Fn(usize) -> Option<usize> + Sync,
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
            let own = skip(row);
            let mut order: Vec<usize> = (0..n_train).filter(|&at| Some(at) != own).collect();
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
                both.at(0, 0) < SAME
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

/// Width of pictures in which copies are looked for.
fn coarse_side(width: usize) -> usize {
    width / factor(width)
}

/// Pixels along a side that are averaged into one.
fn factor(width: usize) -> usize {
    (width / COARSE).max(1)
}

/// Pictures as means of squares of pixels, in which noise counts less; what is left over at the right and below is left out.
fn coarse(rows: &Rows, width: usize) -> Rows {
    let factor = factor(width);
    let height = rows.n_columns / width.max(1);
    let (columns, lines) = (width / factor, height / factor);
    let square = |image: &[f32], place: usize| -> f32 {
        let (left, top) = (place % columns * factor, place / columns * factor);
        let lines = (top..top + factor).map(|y| &image[y * width + left..][..factor]);
        lines.flatten().sum::<f32>() / (factor * factor) as f32
    };
    let images = rows.values.chunks(rows.n_columns.max(1));
    Rows {
        n_columns: columns * lines,
        values: images
            .flat_map(|image| (0..columns * lines).map(move |place| square(image, place)))
            .collect(),
    }
}

/// The pictures with left and right changed.
fn mirrored(rows: &Rows, width: usize) -> Rows {
    let lines = rows.values.chunks(width.max(1));
    Rows {
        n_columns: rows.n_columns,
        values: lines.flat_map(|line| line.iter().rev().copied()).collect(),
    }
}

/// P(X ≥ k) for X binomial.
fn at_least(k: usize, n: usize, rate: f64) -> f64 {
    match Binomial::new(rate, n as u64) {
        Ok(binomial) if k > 0 => binomial.sf(k as u64 - 1),
        _ => 1.0,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
