//! Everything random behind the scores, drawn once and used for every condition and observer.

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::recording::Labels;

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
    /// Images that have a class, and permutations of these alone; absent where all have one, or none.
    pub(super) labelled: Option<(Vec<usize>, Permutations)>,
    /// How many images have no class, where classes are known.
    pub(super) n_without_class: usize,
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
        let labelled = labelled(classes.unwrap_or_default()).map(|images| {
            let pools = Pools::whole(images.len());
            (
                images,
                Permutations::draw(&pools, params.n_permutations, seed),
            )
        });
        let n_without_class = labelled
            .as_ref()
            .map_or(0, |(images, _)| n_images - images.len());
        let mut bootstraps = BTreeMap::new();
        for n in std::iter::once(n_images)
            .chain(same_class.iter().map(|(pools, _)| pools.images().len()))
            .chain(labelled.iter().map(|(images, _)| images.len()))
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
            labelled,
            n_without_class,
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

/// The images that have a class, if some have and others have not.
fn labelled(classes: &[u32]) -> Option<Vec<usize>> {
    let images: Vec<usize> = (0..classes.len())
        .filter(|&image| classes[image] != Labels::NONE)
        .collect();
    (!images.is_empty() && images.len() < classes.len()).then_some(images)
}
