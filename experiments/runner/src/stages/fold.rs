//! Fold: the training images cut into parts, each of which plays the test set once.

use std::collections::BTreeMap;

use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::Split;
use lab_core::rng::Stream;
use rand::seq::SliceRandom;

use super::load::{Data, chosen};
use super::split::with_sets;
use crate::plan::Plan;

/// The parts of the training images, each with the places of its images among them, ascending. They differ by one image at most;
/// where images were cut from pictures, all images of a picture are in one part, the smallest one when it is their turn.
pub(crate) fn folds(ctx: &Context, data: &Data, n_folds: usize) -> Vec<Vec<usize>> {
    let mut rng = ctx.child("tune").rng("folds");
    match data.train_pictures() {
        Some(pictures) => by_picture(&pictures, n_folds, &mut rng),
        None => by_image(data.train_idx.len(), n_folds, &mut rng),
    }
}

fn by_image(n_train: usize, n_folds: usize, rng: &mut Stream) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..n_train).collect();
    order.shuffle(rng);
    let part = |fold: usize| {
        let mut images: Vec<usize> = order.iter().skip(fold).step_by(n_folds).copied().collect();
        images.sort_unstable();
        images
    };
    (0..n_folds).map(part).collect()
}

/// For each image the first of its picture is given.
fn by_picture(first: &[usize], n_folds: usize, rng: &mut Stream) -> Vec<Vec<usize>> {
    let mut images: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, &first) in first.iter().enumerate() {
        images.entry(first).or_default().push(place);
    }
    let mut pictures: Vec<Vec<usize>> = images.into_values().collect();
    pictures.shuffle(rng);
    let mut parts = vec![Vec::new(); n_folds];
    for picture in pictures {
        // The first of the smallest.
        if let Some(part) = parts.iter_mut().min_by_key(|part| part.len()) {
            part.extend(picture);
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
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
    use lab_core::rng::stream;

    use super::{by_image, by_picture};

    #[test]
    fn every_image_is_asked_about_once() {
        let cut = |seed| by_image(23, 5, &mut stream(seed, "tune/folds"));
        let found = cut(3);
        let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(sizes, [5, 5, 5, 4, 4]);
        let mut all = found.concat();
        all.sort_unstable();
        assert_eq!(all, (0..23).collect::<Vec<usize>>());
        // Another seed cuts otherwise, and the same one does not.
        assert_eq!(found, cut(3));
        assert_ne!(found, cut(4));
    }

    #[test]
    fn images_of_a_picture_are_asked_about_together() {
        // Eleven pictures of one to four images, which take turns.
        let first: Vec<usize> = (0..30)
            .map(|place| if place < 11 { place } else { place % 11 % 7 })
            .collect();
        let cut = |seed| by_picture(&first, 4, &mut stream(seed, "tune/folds"));
        let found = cut(3);
        let mut all = found.concat();
        all.sort_unstable();
        assert_eq!(all, (0..30).collect::<Vec<usize>>());
        for (part, images) in found.iter().enumerate() {
            for place in images {
                assert!(
                    images.contains(&first[*place]),
                    "part {part}, image {place}"
                );
            }
            assert!((6..=10).contains(&images.len()), "{}", images.len());
        }
        assert_eq!(found, cut(3));
        assert_ne!(found, cut(4));
    }
}
