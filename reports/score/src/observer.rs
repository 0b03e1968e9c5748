//! The model observer: the paper's two-alternative task, answered by a similarity.

use rand::seq::index::sample;

use super::matrix::Similarities;
use super::permutation::Permutations;

/// The foils of each test image: `n_foils` others without replacement, or all others where there are fewer.
///
/// # Source
/// Seeliger et al. (2018), section 2.6: five random distractors an image.
///
/// # Shapes
/// `[n_images][min(n_foils, n_images − 1)]`, indices of test images in the order drawn.
///
/// # Determinism
/// Drawn image by image from stream "evaluate/foils"; the same for every condition and observer.
pub fn foils(n_images: usize, n_foils: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = lab_core::rng::stream(seed, "evaluate/foils");
    let n_others = n_images.saturating_sub(1);
    let others = |image_idx: usize| {
        let drawn = sample(&mut rng, n_others, n_foils.min(n_others));
        drawn
            .into_iter()
            .map(|other| if other < image_idx { other } else { other + 1 })
            .collect()
    };
    (0..n_images).map(others).collect()
}

/// Right decisions about each image: its original is shown, and its own reconstruction must be more similar to it than
/// the foil's reconstruction is. A tie counts one half.
///
/// # Shapes
/// `similarities: [n_images, n_images]`; one count in `[0, n_foils]` an image.
pub fn right_decisions(similarities: &Similarities, foils: &[Vec<usize>]) -> Vec<f64> {
    decide(similarities, foils, |image_idx| image_idx)
}

/// Whether the majority of an image's decisions is right: 1, 0, or one half if the count is split evenly.
pub fn majority(n_right: f64, n_decisions: usize) -> f64 {
    win(2.0 * n_right, n_decisions as f64)
}

/// Sums of right decisions and of majorities, for each permutation of the reconstructions.
///
/// The foils stay those of the images: under π, original i sees reconstruction π(i) beside π(f) for each foil f.
pub fn permuted_sums(
    similarities: &Similarities,
    foils: &[Vec<usize>],
    permutations: &Permutations,
) -> (Vec<f64>, Vec<f64>) {
    let sums = |mapping: &[u32]| {
        let right = decide(similarities, foils, |image_idx| mapping[image_idx] as usize);
        let majorities = right
            .iter()
            .zip(foils)
            .map(|(&n_right, foils)| majority(n_right, foils.len()));
        (right.iter().sum::<f64>(), majorities.sum::<f64>())
    };
    permutations.iter().map(sums).unzip()
}

fn decide(
    similarities: &Similarities,
    foils: &[Vec<usize>],
    reconstruction_of: impl Fn(usize) -> usize,
) -> Vec<f64> {
    let decision = |image_idx: usize, foil: usize| {
        let own = similarities.at(image_idx, reconstruction_of(image_idx));
        let other = similarities.at(image_idx, reconstruction_of(foil));
        win(own, other)
    };
    foils
        .iter()
        .enumerate()
        .map(|(image_idx, foils)| foils.iter().map(|&foil| decision(image_idx, foil)).sum())
        .collect()
}

/// 1 for more, 0 for less, one half for a tie.
fn win(own: f64, other: f64) -> f64 {
    if own > other {
        1.0
    } else if own < other {
        0.0
    } else {
        0.5
    }
}
