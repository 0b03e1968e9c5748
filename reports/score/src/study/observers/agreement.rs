//! How far an observer agrees with people: over images in rank, over decisions beyond what accuracy alone makes.

use rand::Rng;

use super::rows::{Consistency, Ranked};
use crate::bootstrap::middle;
use crate::rank_correlation::spearman;
use crate::study::Params;

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;
/// Fewest images that are compared in rank.
const FEWEST: usize = 3;

/// Spearman's correlation over images, with the percentile interval of images drawn with replacement.
///
/// `None` with fewer than three images, or if one side is all alike. Draws whose images are all alike have no correlation and
/// are left out; there is no interval where they are more than half.
///
/// # Shapes
/// `pairs`: the share of people who are right and the observer's margin, one pair an image.
///
/// # Determinism
/// Stream "study/observers/bootstrap" of the seed, from its start for each observer, so that all see the same draws.
pub fn ranked(pairs: &[(f64, f64)], params: &Params) -> Option<Ranked> {
    if pairs.len() < FEWEST {
        return None;
    }
    let rho = spearman(pairs)?;
    let mut rng = lab_core::rng::stream(params.seed, "study/observers/bootstrap");
    let drawn: Vec<f64> = (0..params.n_draws)
        .filter_map(|_| {
            let images: Vec<(f64, f64)> = (0..pairs.len())
                .map(|_| pairs[rng.random_range(0..pairs.len() as u32) as usize])
                .collect();
            spearman(&images)
        })
        .collect();
    let is_enough = 2 * drawn.len() > params.n_draws;
    Some(Ranked {
        rho,
        interval: middle(drawn, CONFIDENCE).filter(|_| is_enough),
        n_images: pairs.len(),
    })
}

/// Error consistency: how often two are right or wrong together, beyond what their accuracies make.
///
/// ```text
/// κ = (c_obs − c_exp)/(1 − c_exp),     c_exp = a b + (1 − a)(1 − b)
/// ```
/// with `a` the observer's share of right choices and `b` that of people, over the same decisions. A tie of the observer is
/// right by one half.
///
/// # Source
/// Geirhos, Meding & Wichmann (2020), Beyond accuracy, equations 1 and 3, arXiv:2006.16736.
///
/// # Shapes
/// `decisions`: what the observer chose (1 right, ½ tie, 0 wrong), people's right decisions and all of them, one entry a
/// trial.
pub fn consistency(decisions: &[(f64, u64, u64)]) -> Consistency {
    let n: u64 = decisions.iter().map(|&(_, _, n)| n).sum();
    let mean = |of: &dyn Fn(f64, f64, f64) -> f64| {
        let all = decisions.iter();
        all.map(|&(own, right, n)| of(own, right as f64, n as f64))
            .sum::<f64>()
            / n.max(1) as f64
    };
    let observed = mean(&|own, right, n| own * right + (1.0 - own) * (n - right));
    let (own, people) = (mean(&|own, _, n| own * n), mean(&|_, right, _| right));
    of_shares(n, observed, own * people + (1.0 - own) * (1.0 - people))
}

/// Error consistency of each person with the others: over all pairs of decisions about one thing.
///
/// `None` without a pair.
///
/// # Shapes
/// `cells`: right decisions and all decisions about each trial, or about each image.
pub fn among_people(cells: &[(u64, u64)]) -> Option<Consistency> {
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        cells
            .iter()
            .map(|&(right, n)| of(right as f64, n as f64))
            .sum()
    };
    let n_pairs = sum(&|_, n| n * (n - 1.0) / 2.0);
    if n_pairs == 0.0 {
        return None;
    }
    let apart = sum(&|right, n| right * (n - right));
    let share = sum(&|right, n| right * (n - 1.0) / 2.0) / n_pairs;
    Some(of_shares(
        n_pairs as u64,
        1.0 - apart / n_pairs,
        share * share + (1.0 - share) * (1.0 - share),
    ))
}

fn of_shares(n: u64, observed: f64, expected: f64) -> Consistency {
    // Two that are always right leave nothing to agree about but roundings.
    let is_left = 1.0 - expected > 1e-12;
    Consistency {
        n,
        observed,
        expected,
        kappa: is_left.then(|| (observed - expected) / (1.0 - expected)),
    }
}

/// Expected correlation over images between the share of people who are right and the share that endless people would reach.
///
/// ```text
/// √(1 − V_noise/V),     V_noise = mean over images of s (1 − s)/(n − 1),     V = variance of the shares s
/// ```
/// No observer that knows everything but these people's chance answers is expected to correlate higher. It takes decisions
/// about one image as independent. `None` with fewer than two images of two decisions, or if chance alone makes the shares
/// differ so much.
///
/// # Source
/// Spearman (1904), correction for attenuation; the binomial variance is estimated without bias by s (1 − s)/(n − 1).
///
/// # Shapes
/// `by_image`: right decisions and all decisions of each image.
pub fn reliability(by_image: &[(u64, u64)]) -> Option<f64> {
    let judged: Vec<(f64, f64)> = by_image
        .iter()
        .filter(|(_, n)| *n > 1)
        .map(|&(right, n)| (right as f64 / n as f64, n as f64))
        .collect();
    let n = judged.len() as f64;
    if judged.len() < 2 {
        return None;
    }
    let mean = judged.iter().map(|(share, _)| share).sum::<f64>() / n;
    let squares = judged.iter().map(|(share, _)| (share - mean).powi(2));
    let all = squares.sum::<f64>() / (n - 1.0);
    let noise = judged
        .iter()
        .map(|(share, n)| share * (1.0 - share) / (n - 1.0));
    let noise = noise.sum::<f64>() / n;
    (all > noise).then(|| (1.0 - noise / all).sqrt())
}
