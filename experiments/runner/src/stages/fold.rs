//! Fold: the training images cut into parts, each of which plays the test set once.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::Split;
use rand::seq::SliceRandom;

use super::load::{Data, chosen};
use super::split::with_sets;
use crate::plan::Plan;

/// The parts, each with the places of its images among the training images, ascending; they differ by one image at most.
pub(crate) fn folds(ctx: &Context, n_train: usize, n_folds: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..n_train).collect();
    order.shuffle(&mut ctx.child("tune").rng("folds"));
    let part = |fold: usize| {
        let mut images: Vec<usize> = order.iter().skip(fold).step_by(n_folds).copied().collect();
        images.sort_unstable();
        images
    };
    (0..n_folds).map(part).collect()
}

/// The data with one part of the training images as the test set. The test images and their trials are gone.
pub(crate) fn without(plan: &Plan, ctx: &Context, data: &Data, part: &[usize]) -> Result<Data> {
    let mut sets = vec![None; data.recording.stimuli.n_images()];
    for (place, &image) in data.train_idx.iter().enumerate() {
        let is_asked = part.binary_search(&place).is_ok();
        sets[image] = Some(if is_asked { Split::Test } else { Split::Train });
    }
    let recording = with_sets(data.recording.clone(), &sets)?.recording;
    let chosen = chosen(plan, recording)?;
    let ids = (0..chosen.recording.stimuli.n_images()).collect();
    // Near copies in two parts favour no combination of settings, and are not warned of.
    let (data, _) = Data::of(ctx, plan, (chosen, ids), &[])?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use lab_core::context::Context;

    use super::folds;

    #[test]
    fn every_image_is_asked_about_once() {
        let found = folds(&Context::new(3), 23, 5);
        let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(sizes, [5, 5, 5, 4, 4]);
        let mut all = found.concat();
        all.sort_unstable();
        assert_eq!(all, (0..23).collect::<Vec<usize>>());
        // Another seed cuts otherwise, and the same one does not.
        assert_eq!(found, folds(&Context::new(3), 23, 5));
        assert_ne!(found, folds(&Context::new(4), 23, 5));
    }
}
