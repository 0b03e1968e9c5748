//! The pictures of the figures.

use std::collections::BTreeMap;

/// Some images of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    /// Height of an image, in pixels.
    pub height: usize,
    /// Width of an image, in pixels.
    pub width: usize,
    /// Grey values in `[−1, 1]`: `[n, height, width]`, row-major.
    pub pixels: Vec<f32>,
}

impl Gallery {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / (self.height * self.width).max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// The pixels of one image, row by row.
    pub fn image(&self, idx: usize) -> Option<&[f32]> {
        let n_pixels = self.height * self.width;
        self.pixels.get(idx * n_pixels..(idx + 1) * n_pixels)
    }
}

/// Pictures by name. A figure whose pictures are missing is left out.
///
/// | name | holds |
/// |---|---|
/// | `originals` | every test image, in order |
/// | `decoder` | its reconstruction, in the same order |
/// | `ceiling`, `ridge_to_pixels`, `shuffled` … | the same by other conditions, under [`super::Condition::name`] |
/// | `corpus` | some images of the generator's corpus |
/// | `samples` | images drawn from the generator |
/// | `overfit_train` / `overfit_train_rec` | training images and the flexible decoder's reconstructions of them |
/// | `overfit_test` / `overfit_test_rec` | the same for test images |
/// | `spread` | the standard deviation of each pixel over members, for each test image |
/// | `pixel_correlations` | one picture: the correlation of each pixel with its reconstruction |
/// | `member_0`, `member_1`, … | reconstructions by single members, all test images |
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pictures {
    /// The galleries, by name.
    pub galleries: BTreeMap<String, Gallery>,
}
