//! Everything random behind the scores, drawn once and used for every condition and observer.

use std::collections::BTreeMap;

use lab_core::config::Scores;

use super::bootstrap::Bootstrap;
use super::observer::foils;
use super::permutation::Permutations;
use super::pools::Pools;

/// Pools, foils, permutations and bootstrap samples of one test set.
pub(super) struct Draws {
    /// Every image against every other.
    pub(super) whole: Pools,
    /// Images of a class against each other, with permutations inside classes; absent without labels.
    pub(super) same_class: Option<(Pools, Permutations)>,
    /// Foils of each image in the two-alternative task.
    pub(super) foils: Vec<Vec<usize>>,
    /// Permutations of the whole mapping.
    pub(super) permutations: Permutations,
    bootstraps: BTreeMap<usize, Bootstrap>,
    confidence: f64,
}

impl Draws {
    pub(super) fn new(
        n_images: usize,
        classes: Option<&[u32]>,
        params: &Scores,
        seed: u64,
    ) -> Self {
        let whole = Pools::whole(n_images);
        let same_class = classes
            .map(Pools::classes)
            .filter(|pools| !pools.groups.is_empty())
            .map(|pools| {
                let permutations = Permutations::draw(&pools, params.n_permutations, seed);
                (pools, permutations)
            });
        let mut bootstraps = BTreeMap::new();
        for n in std::iter::once(n_images)
            .chain(same_class.iter().map(|(pools, _)| pools.images().len()))
        {
            bootstraps
                .entry(n)
                .or_insert_with(|| Bootstrap::draw(n, params.n_bootstrap, seed));
        }
        Self {
            permutations: Permutations::draw(&whole, params.n_permutations, seed),
            foils: foils(n_images, params.n_foils, seed),
            whole,
            same_class,
            bootstraps,
            confidence: params.confidence,
        }
    }

    /// Decisions about one image.
    pub(super) fn n_foils(&self) -> usize {
        self.foils.first().map_or(0, Vec::len)
    }

    pub(super) fn n_images(&self) -> usize {
        self.whole.n_images
    }

    pub(super) fn confidence(&self) -> f64 {
        self.confidence
    }

    /// Bootstrap interval of the mean over images.
    pub(super) fn interval(&self, per_image: &[f64]) -> Option<(f64, f64)> {
        self.bootstraps
            .get(&per_image.len())?
            .interval(per_image, self.confidence)
    }
}
