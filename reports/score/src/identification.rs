//! Identification: does an image find its own counterpart among foils?

use super::counts::Right;
use statrs::function::factorial::binomial;

use super::matrix::Similarities;
use super::pools::Pools;
use crate::record::Direction;

/// What a comparison with all foils of a pool yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The share of foils that lose; a tie counts one half.
    Pairwise,
    /// 1 if every foil loses; k images that tie for the first place get 1/k each.
    TopOne,
    /// The expected [`Rule::TopOne`] among so many candidates: the own one and foils drawn from the pool at random.
    Way(usize),
}

/// What each image would score if each reconstruction were its own.
///
/// A statistic of a mapping π from originals to reconstructions is then the mean of looked-up cells `(i, π(i))`, so that
/// a permutation costs one look-up an image and is exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// Images that have a score, in increasing order.
    pub images: Vec<usize>,
    n_images: usize,
    values: Vec<f64>,
}

impl Lookup {
    /// The score of original `image_idx` if reconstruction `reconstruction_idx`, of the same pool, were its own.
    pub fn at(&self, image_idx: usize, reconstruction_idx: usize) -> f64 {
        self.values[image_idx * self.n_images + reconstruction_idx]
    }

    /// The score of each image with its own reconstruction, in the order of [`Self::images`].
    pub fn own(&self) -> Vec<f64> {
        self.images
            .iter()
            .map(|&image_idx| self.at(image_idx, image_idx))
            .collect()
    }

    /// A look-up of the similarities themselves.
    pub fn similarity(similarities: &Similarities) -> Self {
        let n_images = similarities.n_rows;
        Self {
            images: (0..n_images).collect(),
            n_images,
            values: similarities.values.clone(),
        }
    }
}

/// Identification of every image in one direction.
///
/// ```text
/// original → reconstructions:   pairwise(i) = #{k ≠ i : S[i, k] < S[i, i]} / (N − 1)      ties one half
/// reconstruction → originals:   pairwise(i) = #{k ≠ i : S[k, i] < S[i, i]} / (N − 1)
/// ```
/// with k over the image's pool of N images: this is the normalised rank, and its mean the expected share of right
/// decisions over every possible foil.
///
/// # Source
/// Seeliger et al. (2018), section 2.6, doi:10.1016/j.neuroimage.2018.07.043, for the first direction; bdpy's
/// `pairwise_identification` for the second.
///
/// # Shapes
/// `similarities: [n_images, n_images]`, originals by reconstructions; one score in `[0, 1]` an image of a pool.
pub fn identify(
    similarities: &Similarities,
    direction: Direction,
    pools: &Pools,
    rule: Rule,
) -> Lookup {
    let n_images = pools.n_images;
    let mut values = vec![f64::NAN; n_images * n_images];
    let mut sorted = Vec::new();
    for group in &pools.groups {
        for &shown in group {
            let cell = |candidate: usize| match direction {
                Direction::ReconstructionToOriginals => (candidate, shown),
                Direction::OriginalToReconstructions | Direction::None => (shown, candidate),
            };
            let similarity = |candidate: usize| {
                let (original, reconstruction) = cell(candidate);
                similarities.at(original, reconstruction)
            };
            sorted.clear();
            sorted.extend(group.iter().map(|&candidate| similarity(candidate)));
            sorted.sort_unstable_by(f64::total_cmp);
            for &candidate in group {
                let (original, reconstruction) = cell(candidate);
                values[original * n_images + reconstruction] =
                    rule.score(&sorted, similarity(candidate));
            }
        }
    }
    Lookup {
        images: pools.images(),
        n_images,
        values,
    }
}

/// The first places of every image in one direction: its share of one, for images that win against every other of their
/// pool; the same as [`Rule::TopOne`], as fractions of whole numbers.
pub fn first_places(
    similarities: &Similarities,
    direction: Direction,
    pools: &Pools,
) -> Vec<Right> {
    let first = |image_idx: usize, group: &[usize]| {
        let own = similarities.at(image_idx, image_idx);
        let other = |candidate: usize| match direction {
            Direction::ReconstructionToOriginals => similarities.at(candidate, image_idx),
            Direction::OriginalToReconstructions | Direction::None => {
                similarities.at(image_idx, candidate)
            }
        };
        let all = || group.iter().map(|&candidate| other(candidate));
        if all().any(|other| other > own) {
            Right::whole(false)
        } else {
            Right::shared(all().filter(|other| *other >= own).count())
        }
    };
    let mut all: Vec<(usize, Right)> = Vec::new();
    for group in &pools.groups {
        all.extend(group.iter().map(|&idx| (idx, first(idx, group))));
    }
    all.sort_unstable_by_key(|(image_idx, _)| *image_idx);
    all.into_iter().map(|(_, first)| first).collect()
}

impl Rule {
    /// The score of a candidate with similarity `own` among `sorted`, which holds it too.
    fn score(self, sorted: &[f64], own: f64) -> f64 {
        let below = sorted.partition_point(|&other| other < own);
        let not_above = sorted.partition_point(|&other| other <= own);
        let equal = not_above - below;
        match self {
            Self::Pairwise => {
                (below as f64 + 0.5 * (equal as f64 - 1.0)) / (sorted.len() as f64 - 1.0)
            }
            Self::Way(n) => among(below, equal - 1, sorted.len() - 1, n - 1),
            Self::TopOne if not_above == sorted.len() => (equal as f64).recip(),
            Self::TopOne => 0.0,
        }
    }
}

/// The expected share of the first place among `n_foils` foils drawn from `n_others`, of which `below` lose and `equal` tie.
///
/// ```text
/// Σₜ C(equal, t)·C(below, n − t)/C(others, n) · 1/(1 + t)
/// ```
fn among(below: usize, equal: usize, n_others: usize, n_foils: usize) -> f64 {
    // C(a, k)/C(others, n) step by step: no factorial grows too large.
    let share_with = |n_ties: usize| -> f64 {
        if n_ties > equal || n_foils < n_ties || n_foils - n_ties > below {
            return 0.0;
        }
        let n_below = n_foils - n_ties;
        let orders = binomial(n_foils as u64, n_ties as u64);
        let ties = (0..n_ties).map(|at| (equal - at) as f64 / (n_others - at) as f64);
        let others = (0..n_below).map(|at| (below - at) as f64 / (n_others - n_ties - at) as f64);
        orders * ties.chain(others).product::<f64>()
    };
    (0..=n_foils.min(equal))
        .map(|n_ties| share_with(n_ties) / (1.0 + n_ties as f64))
        .sum()
}
