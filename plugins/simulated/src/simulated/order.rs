//! The order of presentation.

use std::collections::BTreeMap;

use lab_core::rng::Stream;
use rand::seq::SliceRandom;

/// One presentation of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presentation {
    pub image_idx: usize,
    pub run: u32,
    pub repeat: u32,
}

/// Shuffles images into runs of `block` images, and within each run all their repeats.
pub(super) fn present(
    images: &[usize],
    repeats: usize,
    block: usize,
    first_run: u32,
    rng: &mut Stream,
) -> Vec<Presentation> {
    let mut images = images.to_vec();
    images.shuffle(rng);
    let mut trials = Vec::with_capacity(images.len() * repeats);
    for (run, block) in images.chunks(block).enumerate() {
        let mut order: Vec<usize> = block
            .iter()
            .flat_map(|&image_idx| std::iter::repeat_n(image_idx, repeats))
            .collect();
        order.shuffle(rng);
        let mut shown: BTreeMap<usize, u32> = BTreeMap::new();
        for image_idx in order {
            let n_before = shown.entry(image_idx).or_default();
            trials.push(Presentation {
                image_idx,
                run: first_run + run as u32,
                repeat: *n_before,
            });
            *n_before += 1;
        }
    }
    trials
}
