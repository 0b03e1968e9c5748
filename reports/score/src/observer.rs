//! The model observer: the paper's two-alternative task, answered by a similarity.

use std::cmp::Ordering;

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

/// Right decisions about each image, in halves: its original is shown, and its own reconstruction must be more similar to
/// it than the foil's reconstruction is, which counts two halves. A tie counts one.
///
/// # Shapes
/// `similarities: [n_images, n_images]`; one count in `[0, 2·n_foils]` an image.
pub fn right_decisions(similarities: &Similarities, foils: &[Vec<usize>]) -> Vec<u64> {
    decide(similarities, foils, |image_idx| image_idx)
}

/// Whether the majority of an image's decisions is right, in halves: two, none, or one if the count is split evenly.
pub fn majority(n_halves: u64, n_decisions: usize) -> u64 {
    halves(n_halves.cmp(&(n_decisions as u64)))
}

/// Sums of right decisions and of majorities, in halves, for each permutation of the reconstructions.
///
/// The foils stay those of the images: under π, original i sees reconstruction π(i) beside π(f) for each foil f.
pub fn permuted_sums(
    similarities: &Similarities,
    foils: &[Vec<usize>],
    permutations: &Permutations,
) -> (Vec<u64>, Vec<u64>) {
    let sums = |mapping: &[u32]| {
        let right = decide(similarities, foils, |image_idx| mapping[image_idx] as usize);
        let majorities = right
            .iter()
            .zip(foils)
            .map(|(&n_halves, foils)| majority(n_halves, foils.len()));
        (right.iter().sum::<u64>(), majorities.sum::<u64>())
    };
    permutations.iter().map(sums).unzip()
}

fn decide(
    similarities: &Similarities,
    foils: &[Vec<usize>],
    reconstruction_of: impl Fn(usize) -> usize,
) -> Vec<u64> {
    let decision = |image_idx: usize, foil: usize| {
        let own = similarities.at(image_idx, reconstruction_of(image_idx));
        let other = similarities.at(image_idx, reconstruction_of(foil));
        // Similarities are finite: arrays that are not are refused before.
        halves(own.partial_cmp(&other).unwrap_or(Ordering::Equal))
    };
    foils
        .iter()
        .enumerate()
        .map(|(image_idx, foils)| foils.iter().map(|&foil| decision(image_idx, foil)).sum())
        .collect()
}

/// Two halves for more, none for less, one for a tie.
fn halves(own: Ordering) -> u64 {
    match own {
        Ordering::Greater => 2,
        Ordering::Equal => 1,
        Ordering::Less => 0,
    }
}
