//! Permutation tests of the mapping from reconstructions to originals.

use rand::seq::SliceRandom;

use super::identification::Lookup;
use super::pools::Pools;
use super::ties::{PValue, Tally};
use crate::Named;

/// Random mappings from originals to reconstructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutations {
    n_images: usize,
    /// `[n_permutations, n_images]`: the reconstruction given to each original.
    mappings: Vec<u32>,
    /// What places among ties are drawn from.
    seed: u64,
}

impl Permutations {
    /// `n_permutations` uniform mappings that keep every reconstruction inside its pool.
    ///
    /// With one pool this permutes the whole mapping: the null hypothesis is that reconstructions say nothing about
    /// their originals. With classes as pools it is that they say nothing beyond the class.
    ///
    /// # Determinism
    /// One stream of `seed`: "evaluate/permutations" for one pool, "`evaluate/permutations/within_classes`" else.
    pub fn draw(pools: &Pools, n_permutations: usize, seed: u64) -> Self {
        let whole = pools
            .groups
            .iter()
            .any(|group| group.len() == pools.n_images);
        let path = if whole {
            "evaluate/permutations"
        } else {
            "evaluate/permutations/within_classes"
        };
        let mut rng = lab_core::rng::stream(seed, path);
        let mut mappings = Vec::with_capacity(n_permutations * pools.n_images);
        let mut shuffled = Vec::new();
        for _ in 0..n_permutations {
            let start = mappings.len();
            mappings.extend(0..pools.n_images as u32);
            for group in &pools.groups {
                shuffled.clone_from(group);
                shuffled.shuffle(&mut rng);
                for (&original, &reconstruction) in group.iter().zip(&shuffled) {
                    mappings[start + original] = reconstruction as u32;
                }
            }
        }
        Self {
            n_images: pools.n_images,
            mappings,
            seed,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.mappings.len().checked_div(self.n_images).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty()
    }

    /// The mappings, each as the reconstruction given to each original.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.mappings.chunks_exact(self.n_images.max(1))
    }

    /// p of the sum of a looked-up statistic; `None` without permutations. `what` names the lot among ties.
    pub fn p_of_lookup(&self, lookup: &Lookup, what: &str) -> Option<PValue> {
        let sum = |mapping: &[u32]| -> f64 {
            lookup
                .images
                .iter()
                .map(|&image_idx| lookup.at(image_idx, mapping[image_idx] as usize))
                .sum()
        };
        self.p_value(lookup.own().iter().sum(), self.iter().map(sum), what)
    }

    /// p of the number of classes named rightly, with named classes permuted over images; `None` without permutations.
    pub fn p_of_classes(&self, classes: &[u32], named: &[Named], what: &str) -> Option<PValue> {
        let dealt = |from: u32| named.get(from as usize).copied().flatten();
        let count = |mapping: &[u32]| {
            let pairs = || mapping.iter().map(|&from| dealt(from)).zip(named);
            let right = pairs().zip(classes);
            let n_right = right
                .filter(|((name, _), class)| *name == Some(**class))
                .count();
            (n_right as f64, pairs().all(|(name, own)| name == *own))
        };
        let observed = classes
            .iter()
            .zip(named)
            .filter(|(class, name)| Some(**class) == **name)
            .count();
        self.placed(Tally::of(observed as f64, self.iter().map(count)), what)
    }

    /// One-sided p of a statistic that is large under the alternative, in the order of the permutations; `None` without
    /// permutations. Ties and copies are those of [`super::ties`].
    pub fn p_value(
        &self,
        observed: f64,
        permuted: impl Iterator<Item = f64>,
        what: &str,
    ) -> Option<PValue> {
        let is_same = |mapping: &[u32]| {
            let places = mapping.iter().enumerate();
            places
                .into_iter()
                .all(|(own, &other)| own == other as usize)
        };
        let permuted = permuted.zip(self.iter().map(is_same));
        self.placed(Tally::of(observed, permuted), what)
    }

    fn placed(&self, tally: Tally, what: &str) -> Option<PValue> {
        (!self.is_empty()).then(|| tally.p_value(self.seed, what))
    }
}
