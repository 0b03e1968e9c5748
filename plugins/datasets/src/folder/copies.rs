//! Pictures that show the same, as [`lab_core::recording::Thumbnail`] has it. Whoever shows the same as one of a group belongs
//! to it.

use std::path::Path;

use lab_core::Result;
use lab_core::recording::{THUMBNAIL_SIDE, Thumbnail};
use lab_formats::pictures::Grey;
use rayon::prelude::*;

use super::crops::deviation;

/// A picture that was decoded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// What it shows.
    pub(super) thumbnail: Thumbnail,
    /// Standard deviation of the thumbnail's pixels, in `[−1, 1]`.
    pub(super) deviation: f64,
    /// Pixels of the picture.
    n_pixels: usize,
    /// Whether any of it was transparent.
    pub(super) transparent: bool,
}

impl Shown {
    /// Decodes a picture.
    ///
    /// # Errors
    /// As [`Grey::read`].
    pub(super) fn of(file: &Path) -> Result<Self> {
        let grey = Grey::read(file)?;
        let pixels = grey.cut(grey.centre(), THUMBNAIL_SIDE)?;
        let (height, width) = grey.shape();
        Ok(Self {
            deviation: deviation(&pixels),
            thumbnail: Thumbnail::new(pixels),
            n_pixels: height * width,
            transparent: grey.is_transparent(),
        })
    }
}

/// For each picture, the one that stands for what it shows: that of its group with the most pixels, the first of several.
pub(super) fn standing_for(shown: &[Shown]) -> Vec<usize> {
    let before = |place: usize| -> Vec<usize> {
        let own = &shown[place].thumbnail;
        let all = (0..place).filter(|&other| own.shows_same(&shown[other].thumbnail));
        all.collect()
    };
    let alike: Vec<Vec<usize>> = (0..shown.len()).into_par_iter().map(before).collect();
    // The first of each group, found by going back from place to place.
    let mut first: Vec<usize> = (0..shown.len()).collect();
    for (place, alike) in alike.iter().enumerate() {
        for &other in alike {
            let (a, b) = (root(&first, place), root(&first, other));
            first[a.max(b)] = a.min(b);
        }
    }
    let groups: Vec<usize> = (0..first.len()).map(|place| root(&first, place)).collect();
    let mut best = groups.clone();
    for (place, &group) in groups.iter().enumerate() {
        if shown[place].n_pixels > shown[best[group]].n_pixels {
            best[group] = place;
        }
    }
    groups.iter().map(|&group| best[group]).collect()
}

/// The place that a chain of places ends at.
fn root(first: &[usize], mut place: usize) -> usize {
    while first[place] != place {
        place = first[place];
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of two patterns, so much of each.
    fn picture([first, second]: [f32; 2], n_pixels: usize) -> Shown {
        let n = THUMBNAIL_SIDE * THUMBNAIL_SIDE;
        let pattern = |at: usize, seed: usize| ((at * seed) % 1021) as f32 / 510.0 - 1.0;
        let pixel = |at: usize| first * pattern(at, 577) + second * pattern(at, 769);
        Shown {
            thumbnail: Thumbnail::new((0..n).map(pixel).collect()),
            deviation: 1.0,
            n_pixels,
            transparent: false,
        }
    }

    #[test]
    fn groups_are_chained_and_the_largest_stands_for_them() {
        // The first and the third are alike only through the fourth, which comes last.
        let all = [
            picture([1.0, 0.0], 10),
            picture([0.0, 1.0], 10),
            picture([1.0, 0.5], 30),
            picture([1.0, 0.25], 30),
            picture([0.05, 1.0], 10),
        ];
        assert!(!all[0].thumbnail.shows_same(&all[2].thumbnail));
        assert_eq!(standing_for(&all), [2, 1, 2, 2, 1]);
        assert!(standing_for(&[]).is_empty());
    }
}
