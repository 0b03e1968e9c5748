//! Are images that lie far from the training images reconstructed as well as those that lie near?
//!
//! A score that falls with distance says that some of what looks decoded may be likeness to training images, and that images of
//! another kind would score less. Distances are those of [`crate::image_space`].

use lab_core::config::Scores;
use rayon::prelude::*;

use crate::bootstrap::{Bootstrap, middle};
use crate::correlation::correlations;
use crate::permutation::Permutations;
use crate::pools::Pools;
use crate::rank_correlation::spearman;
use crate::record::{Condition, DistanceRow, DistanceTrend, DistantScore};
use crate::{Candidates, Rows, Scored, TestSet};

/// Distances are sums of 32-bit products, scores of 64-bit ones: what differs by less is equal, and has one rank.
const ROUNDING: f64 = 1e-6;
const EXACT: f64 = 1e-9;

/// The training image that is nearest to a test image.
#[derive(Debug, Clone, PartialEq)]
pub struct NearestTraining {
    /// Its index among all images of the dataset, or of the training images that were given.
    pub image: usize,
    /// Its name; empty if images have none.
    pub name: String,
    /// 1 − correlation with it.
    pub distance: f64,
}

/// The rows of every test image whose nearest training image is known, and how its scores go with the distance.
///
/// # Shapes
/// `nearest: [n_test]`, in the order of the test images.
///
/// # Determinism
/// As [`trend`].
pub fn distances(
    test: &TestSet,
    result: &Candidates,
    scored: &Scored,
    nearest: &[Option<NearestTraining>],
    (params, seed): (&Scores, u64),
) -> (Vec<DistanceRow>, Vec<DistanceTrend>) {
    let rows: Vec<DistanceRow> = nearest
        .iter()
        .enumerate()
        .filter_map(|(test_image, nearest)| {
            let nearest = nearest.as_ref()?;
            Some(DistanceRow {
                test_image,
                nearest: nearest.image,
                nearest_name: nearest.name.clone(),
                distance: nearest.distance,
                identification: identification(scored, &result.condition, test_image),
                similarity: similarity(&test.originals, &result.images, test_image),
            })
        })
        .collect();
    let pairs = |score: fn(&DistanceRow) -> Option<f64>| -> Vec<(f64, f64)> {
        let rows = rows.iter();
        rows.filter_map(|row| {
            let score = score(row)?;
            Some((rounded(row.distance, ROUNDING), rounded(score, EXACT)))
        })
        .collect()
    };
    let trends = [
        (
            DistantScore::Identification,
            pairs(|row| row.identification),
        ),
        (DistantScore::Similarity, pairs(|row| Some(row.similarity))),
    ];
    let trends = trends.into_iter().filter(|(_, pairs)| pairs.len() > 1);
    let trends = trends.map(|(score, pairs)| trend(score, &pairs, (params, seed)));
    let trends = trends.collect();
    (rows, trends)
}

fn rounded(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}

/// Share of all other test images that lose against this one, by pixels; `None` if nobody decided about it.
fn identification(scored: &Scored, condition: &Condition, test_image: usize) -> Option<f64> {
    let mut decisions = scored.decisions.iter();
    let found = decisions.find(|row| {
        row.test_image == test_image && row.observer == "pixel" && row.condition == *condition
    });
    Some(found?.identification)
}

/// Correlation of the pixels of one image and its reconstruction.
fn similarity(originals: &Rows, reconstructions: &Rows, place: usize) -> f64 {
    let row = |rows: &Rows| Rows {
        n_columns: rows.n_columns,
        values: rows.values[place * rows.n_columns..(place + 1) * rows.n_columns].to_vec(),
    };
    correlations(&row(originals), &row(reconstructions)).at(0, 0)
}

/// Spearman's correlation of a score with the distance, its interval and its p.
///
/// ```text
/// interval: percentiles of ρ over images drawn with replacement; draws that are all alike have none and are left out
/// p of |ρ(distance ∘ π, score)| for m permutations π against |ρ(distance, score)|, as in [`crate::ties`]
/// ```
/// Two-sided. The null hypothesis is that distances could change places among the images. Shares of pairs rest on the other test
/// images too, which the interval does not know.
///
/// # Source
/// Spearman (1904), doi:10.2307/1412159.
///
/// # Shapes
/// `pairs: [n_images]`, distance and score of an image.
///
/// # Determinism
/// Draws come from "evaluate/bootstrap", permutations from "evaluate/permutations" of the seed: those of every other score.
pub fn trend(
    score: DistantScore,
    pairs: &[(f64, f64)],
    (params, seed): (&Scores, u64),
) -> DistanceTrend {
    let rho = spearman(pairs);
    let draws = Bootstrap::draw(pairs.len(), params.n_bootstrap, seed);
    let samples: Vec<&[u32]> = draws.samples().collect();
    let drawn: Vec<f64> = samples
        .into_par_iter()
        .filter_map(|sample| {
            let images = sample.iter().map(|&image| pairs[image as usize]);
            spearman(&images.collect::<Vec<_>>())
        })
        .collect();
    let is_enough = rho.is_some() && 2 * drawn.len() > params.n_bootstrap;
    let permutations = Permutations::draw(&Pools::whole(pairs.len()), params.n_permutations, seed);
    DistanceTrend {
        score,
        n_images: pairs.len(),
        rho,
        interval: middle(drawn, params.confidence).filter(|_| is_enough),
        confidence: params.confidence,
        n_bootstrap: params.n_bootstrap,
        p_permutation: rho.and_then(|rho| p_two_sided(score.name(), pairs, rho, &permutations)),
        n_permutations: permutations.len(),
    }
}

fn p_two_sided(
    score: &str,
    pairs: &[(f64, f64)],
    rho: f64,
    permutations: &Permutations,
) -> Option<f64> {
    let mappings: Vec<&[u32]> = permutations.iter().collect();
    let permuted: Vec<f64> = mappings
        .into_par_iter()
        .map(|mapping| {
            let all = pairs.iter().zip(mapping);
            let permuted: Vec<(f64, f64)> = all
                .map(|(&(_, score), &from)| (pairs[from as usize].0, score))
                .collect();
            spearman(&permuted).map_or(0.0, f64::abs)
        })
        .collect();
    let what = format!("distances/{score}");
    let p = permutations.p_value(rho.abs(), permuted.into_iter(), &what);
    p.map(|p| p.p)
}

#[cfg(test)]
mod tests;
