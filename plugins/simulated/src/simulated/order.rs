//! The order of presentation.

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
        for (place, &image_idx) in order.iter().enumerate() {
            let repeat = order[..place]
                .iter()
                .filter(|&&before| before == image_idx)
                .count() as u32;
            trials.push(Presentation {
                image_idx,
                run: first_run + run as u32,
                repeat,
            });
        }
    }
    trials
}
