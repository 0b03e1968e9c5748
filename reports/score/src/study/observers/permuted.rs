//! Would reconstructions that are dealt out to other originals do as well?

use rand::seq::SliceRandom;

use crate::matrix::Similarities;

/// One-sided p of an observer's right choices, with the reconstructions permuted over the images.
///
/// ```text
/// p = (1 + #{permutations with as many right choices or more})/(1 + n)
/// ```
/// Whole images are permuted: under π the trial of original i with foil f shows the reconstructions π(i) and π(f), of every
/// brain by the same π. Trials stay those of the study. A tie counts one half.
///
/// # Source
/// Phipson & Smyth (2010), equation 2, doi:10.2202/1544-6115.1585.
///
/// # Shapes
/// `trials`: brain, original and foil; the two latter below `n_images`. `likeness`: one matrix a brain, how alike each original
/// (row) and each reconstruction (column) are, `[n_images, n_images]`.
///
/// # Determinism
/// Stream "study/observers/permutations" of `seed`, from its start for each observer.
pub fn permuted(
    trials: &[(usize, usize, usize)],
    likeness: &[Similarities],
    n_images: usize,
    n_permutations: usize,
    seed: u64,
) -> f64 {
    let mut mapping: Vec<usize> = (0..n_images).collect();
    let own = halves_right(trials, likeness, &mapping);
    let mut rng = lab_core::rng::stream(seed, "study/observers/permutations");
    let mut n_as_many = 0_usize;
    for _ in 0..n_permutations {
        mapping.shuffle(&mut rng);
        n_as_many += usize::from(halves_right(trials, likeness, &mapping) >= own);
    }
    (1.0 + n_as_many as f64) / (1.0 + n_permutations as f64)
}

/// Right choices in halves if original `i` is shown with reconstruction `mapping[i]`.
pub(super) fn halves_right(
    trials: &[(usize, usize, usize)],
    likeness: &[Similarities],
    mapping: &[usize],
) -> u64 {
    let halves = |&(brain, original, foil): &(usize, usize, usize)| {
        let of = |image: usize| likeness[brain].at(original, mapping[image]);
        match of(original).partial_cmp(&of(foil)) {
            Some(std::cmp::Ordering::Greater) => 2,
            Some(std::cmp::Ordering::Less) => 0,
            Some(std::cmp::Ordering::Equal) | None => 1,
        }
    };
    trials.iter().map(halves).sum()
}
