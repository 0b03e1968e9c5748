//! Everything random behind the scores, drawn once and used for every condition and observer.

use std::collections::BTreeMap;

use lab_core::config::Scores;

use super::bootstrap::Bootstrap;
use super::observer::foils;
use super::permutation::Permutations;
use super::pools::Pools;
use super::sign_flips::SignFlips;

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
    /// Signs for paired differences over all images.
    pub(super) sign_flips: SignFlips,
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
            sign_flips: SignFlips::draw(n_images, params.n_permutations, seed),
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

    /// Bootstrap samples of so many images, if any were drawn.
    pub(super) fn bootstrap(&self, n_images: usize) -> Option<&Bootstrap> {
        self.bootstraps.get(&n_images)
    }
}
