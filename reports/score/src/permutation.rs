//! Permutation tests of the mapping from reconstructions to originals.

use rand::seq::SliceRandom;

use super::identification::Lookup;
use super::pools::Pools;
use crate::Named;

/// Statistics closer than this are equal: sums of the same shares in another order differ by roundings only.
pub(super) const EQUAL: f64 = 1e-9;

/// Random mappings from originals to reconstructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutations {
    n_images: usize,
    /// `[n_permutations, n_images]`: the reconstruction given to each original.
    mappings: Vec<u32>,
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

    /// p of the sum of a looked-up statistic; `None` without permutations.
    pub fn p_of_lookup(&self, lookup: &Lookup) -> Option<f64> {
        let sum = |mapping: &[u32]| -> f64 {
            lookup
                .images
                .iter()
                .map(|&image_idx| lookup.at(image_idx, mapping[image_idx] as usize))
                .sum()
        };
        self.p_value(lookup.own().iter().sum(), self.iter().map(sum))
    }

    /// p of the number of classes named rightly, with named classes permuted over images; `None` without permutations.
    pub fn p_of_classes(&self, classes: &[u32], named: &[Named]) -> Option<f64> {
        let count = |mapping: &[u32]| {
            let right = classes
                .iter()
                .zip(mapping)
                .filter(|(class, from)| named.get(**from as usize) == Some(&Some(**class)));
            right.count() as f64
        };
        let observed = classes
            .iter()
            .zip(named)
            .filter(|(class, name)| Some(**class) == **name)
            .count();
        self.p_value(observed as f64, self.iter().map(count))
    }

    /// One-sided p of a statistic that is large under the alternative; `None` without permutations.
    ///
    /// ```text
    /// p = (b + 1) / (m + 1),   b = #{permuted statistic ≥ observed}
    /// ```
    ///
    /// # Source
    /// Phipson & Smyth (2010), equation 2, doi:10.2202/1544-6115.1585.
    pub fn p_value(&self, observed: f64, permuted: impl Iterator<Item = f64>) -> Option<f64> {
        let n_as_large = permuted
            .filter(|&statistic| statistic >= observed - EQUAL)
            .count();
        (!self.is_empty()).then(|| (n_as_large as f64 + 1.0) / (self.len() as f64 + 1.0))
    }
}
