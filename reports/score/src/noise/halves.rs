//! The split half: how well the averages over one half of the repeats agree with those over the other.
//!
//! ```text
//! r = correlation over images of both averages, each of trials from which the mean of their half of the run is taken
//! reliability = 2·r/(1 + r),     ceiling = √reliability;     r ≤ 0, or none, counts as 0
//! ```
//! Halves are every second presentation of each image. The reliability is that of all repeats after Spearman and Brown, who
//! take both halves as equally long: of 13 repeats one has 7, which changes the ceiling by less than a thousandth.
//!
//! # Source
//! Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910), doi:10.1111/j.2044-8295.1910.tb00207.x.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Responses, Shown, halves};

/// Fewest images that are correlated.
const MIN_IMAGES: usize = 3;

/// The ceiling of each voxel; `None` if fewer than three images have both halves.
pub(super) fn ceilings(responses: Responses<'_>, shown: &[Shown]) -> Option<Vec<f64>> {
    let halves = halves(shown);
    let [even, odd] = [0, 1].map(|half: usize| {
        let images = halves[half].iter().map(|trial| trial.image);
        images.collect::<BTreeSet<usize>>()
    });
    let images: Vec<usize> = even.intersection(&odd).copied().collect();
    if images.len() < MIN_IMAGES {
        return None;
    }
    let mut all = Vec::with_capacity(responses.n_voxels);
    for voxels in responses.blocks() {
        let n = voxels.len();
        let [even, odd] =
            [0, 1].map(|half: usize| means(responses, &halves[half], &images, &voxels));
        all.extend((0..n).map(|voxel| {
            let column = |means: &[f64]| means.iter().skip(voxel).step_by(n).copied().collect();
            of_correlation(correlation(column(&even), column(&odd)))
        }));
    }
    Some(all)
}

/// The ceiling of the average over both halves.
fn of_correlation(r: f64) -> f64 {
    if r > 0.0 {
        (2.0 * r / (1.0 + r)).sqrt()
    } else {
        0.0
    }
}

/// Averages over the trials of each image, without the mean of their run: `[n_images, n_voxels]`.
fn means(
    responses: Responses<'_>,
    half: &[Shown],
    images: &[usize],
    voxels: &Range<usize>,
) -> Vec<f64> {
    let n = voxels.len();
    let mut runs = BTreeMap::<u32, (f64, Vec<f64>)>::new();
    for trial in half {
        let (n_trials, sums) = runs.entry(trial.run).or_insert_with(|| (0.0, vec![0.0; n]));
        *n_trials += 1.0;
        for (sum, &value) in sums.iter_mut().zip(responses.of(trial.row, voxels)) {
            *sum += f64::from(value);
        }
    }
    let mut n_trials = vec![0.0; images.len()];
    let mut means = vec![0.0; images.len() * n];
    for trial in half {
        let Ok(place) = images.binary_search(&trial.image) else {
            continue;
        };
        n_trials[place] += 1.0;
        let (n_of_run, sums) = &runs[&trial.run];
        let values = responses.of(trial.row, voxels).iter().zip(sums);
        for (mean, (&value, sum)) in means[place * n..][..n].iter_mut().zip(values) {
            *mean += f64::from(value) - sum / n_of_run;
        }
    }
    for (means, n_trials) in means.chunks_exact_mut(n.max(1)).zip(&n_trials) {
        means.iter_mut().for_each(|mean| *mean /= n_trials);
    }
    means
}

/// The correlation of two columns; not a number if one of them does not vary.
fn correlation(one: Vec<f64>, other: Vec<f64>) -> f64 {
    let centred = |values: Vec<f64>| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (one, other) = (centred(one), centred(other));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(&one, &other) / (product(&one, &one) * product(&other, &other)).sqrt()
}
