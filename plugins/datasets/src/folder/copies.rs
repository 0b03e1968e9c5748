//! Pictures that show the same: one of them at several sizes, in several formats, or cut a little.
//!
//! ```text
//! t = the centre square, averaged to 32 × 32 grey pixels and standardised;   a and b show the same if Σ tₐ·t_b / 32² ≥ 0.95
//! ```
//! Whoever shows the same as one of a group belongs to it.

use std::path::Path;

use lab_core::Result;
use lab_formats::pictures::Grey;
use rayon::prelude::*;

use super::crops::deviation;

/// Height and width of what is compared.
const SIDE: usize = 32;
/// Correlation from which on two pictures show the same. Wallpapers that were stored again at another size reach .953 and more,
/// and the most alike of 88 others .91.
const SAME: f32 = 0.95;

/// The centre square of a picture, small.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thumbnail {
    /// Standardised, over the square root of their number: `[32 · 32]`; zero where all are the same.
    pixels: Vec<f32>,
    /// Standard deviation before that.
    pub(super) deviation: f64,
    /// Pixels of the picture.
    n_pixels: usize,
    /// Whether any of it was transparent.
    pub(super) transparent: bool,
}

impl Thumbnail {
    /// Decodes a picture.
    ///
    /// # Errors
    /// As [`Grey::read`].
    pub(super) fn of(file: &Path) -> Result<Self> {
        let grey = Grey::read(file)?;
        let mut pixels = grey.cut(grey.centre(), SIDE)?;
        let deviation = deviation(&pixels);
        let n = (SIDE * SIDE) as f64;
        let mean = pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / n;
        let scale = if deviation > 0.0 {
            (deviation * n.sqrt()).recip()
        } else {
            0.0
        };
        pixels
            .iter_mut()
            .for_each(|pixel| *pixel = ((f64::from(*pixel) - mean) * scale) as f32);
        let (height, width) = grey.shape();
        Ok(Self {
            pixels,
            deviation,
            n_pixels: height * width,
            transparent: grey.is_transparent(),
        })
    }

    fn correlation(&self, other: &Self) -> f32 {
        let both = self.pixels.iter().zip(&other.pixels);
        both.map(|(a, b)| a * b).sum()
    }
}

/// For each picture, the one that stands for what it shows: that of its group with the most pixels, the first of several.
pub(super) fn standing_for(thumbnails: &[Thumbnail]) -> Vec<usize> {
    let before = |place: usize| -> Vec<usize> {
        let own = &thumbnails[place];
        let all = (0..place).filter(|&other| own.correlation(&thumbnails[other]) >= SAME);
        all.collect()
    };
    let alike: Vec<Vec<usize>> = (0..thumbnails.len()).into_par_iter().map(before).collect();
    // The first of each group, found by going back from place to place.
    let mut first: Vec<usize> = (0..thumbnails.len()).collect();
    for (place, alike) in alike.iter().enumerate() {
        for &other in alike {
            let (a, b) = (root(&first, place), root(&first, other));
            first[a.max(b)] = a.min(b);
        }
    }
    let groups: Vec<usize> = (0..first.len()).map(|place| root(&first, place)).collect();
    let mut best = groups.clone();
    for (place, &group) in groups.iter().enumerate() {
        if thumbnails[place].n_pixels > thumbnails[best[group]].n_pixels {
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

    fn thumbnail(pixels: [f32; 3], n_pixels: usize) -> Thumbnail {
        let norm = pixels.iter().map(|of| of * of).sum::<f32>().sqrt();
        Thumbnail {
            pixels: pixels.iter().map(|of| of / norm).collect(),
            deviation: 1.0,
            n_pixels,
            transparent: false,
        }
    }

    #[test]
    fn groups_are_chained_and_the_largest_stands_for_them() {
        // The first and the third are alike only through the fourth, which comes last.
        let all = [
            thumbnail([1.0, 0.0, 0.0], 10),
            thumbnail([0.0, 1.0, 0.0], 10),
            thumbnail([1.0, 0.0, 0.5], 30),
            thumbnail([1.0, 0.0, 0.25], 30),
            thumbnail([0.0, 1.0, 0.05], 10),
        ];
        assert!(all[0].correlation(&all[2]) < SAME);
        assert_eq!(standing_for(&all), [2, 1, 2, 2, 1]);
        assert!(standing_for(&[]).is_empty());
    }
}
