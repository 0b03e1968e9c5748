//! What becomes of an image's contrast.

use serde::{Deserialize, Serialize};

/// The rule for the contrast of each image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Contrast {
    /// The contrast stays as it is stored.
    #[default]
    AsStored,
    /// The darkest pixel of each image becomes −1 and the brightest 1; an image of one grey stays as it is.
    Stretch,
    /// One pixel in a hundred becomes −1 and one in a hundred 1, so that single pixels do not decide: the paper's text.
    Saturate,
    /// As `Stretch`, to whole numbers from 0 to 255, halves rounded up: the authors' code of 2017.
    StretchBytes,
}

/// Share of an image's pixels that saturates at each end.
const SATURATED: f64 = 0.01;

impl Contrast {
    /// Applies the rule to one image in `[−1, 1]`.
    ///
    /// ```text
    /// p′ = 2 (p − low) / (high − low) − 1,    low and high the extremes, or the levels beyond which a hundredth lies
    /// ```
    pub(crate) fn apply(self, image: &mut [f32]) {
        let share = match self {
            Self::AsStored => return,
            Self::Stretch | Self::StretchBytes => 0.0,
            Self::Saturate => SATURATED,
        };
        let (low, high) = extremes(image, share);
        if high > low {
            for pixel in image {
                let share = (*pixel - low) / (high - low);
                *pixel = if self == Self::StretchBytes {
                    (255.0 * share + 0.5).floor() / 127.5 - 1.0
                } else {
                    (2.0 * share - 1.0).clamp(-1.0, 1.0)
                };
            }
        }
    }
}

/// The levels below and above which the given share of pixels lies.
fn extremes(image: &[f32], share: f64) -> (f32, f32) {
    let skipped = (share * image.len() as f64).floor() as usize;
    if skipped == 0 {
        let low = image.iter().copied().fold(f32::INFINITY, f32::min);
        let high = image.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        return (low, high);
    }
    let mut sorted = image.to_vec();
    sorted.sort_by(f32::total_cmp);
    (sorted[skipped], sorted[sorted.len() - 1 - skipped])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretched_images_fill_the_range_and_flat_ones_stay() {
        let same = |image: &[f32], expected: &[f32]| {
            image
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-6)
        };
        let mut image = [-0.5, 0.0, 0.5];
        Contrast::AsStored.apply(&mut image);
        assert!(same(&image, &[-0.5, 0.0, 0.5]));
        Contrast::Stretch.apply(&mut image);
        assert!(same(&image, &[-1.0, 0.0, 1.0]));
        let mut flat = [0.25; 4];
        Contrast::Stretch.apply(&mut flat);
        assert!(same(&flat, &[0.25; 4]));
    }

    /// numpy: `numpy.floor(255 * (x - x.min()) / (x.max() - x.min()) + 0.5)` of 0, 1, 2, 3, 4, 7, in `[−1, 1]`.
    #[test]
    fn bytes_are_whole_numbers_with_halves_rounded_up() {
        let mut image = [0.0, 1.0, 2.0, 3.0, 4.0, 7.0].map(|grey: f32| grey / 10.0 - 0.5);
        Contrast::StretchBytes.apply(&mut image);
        let expected = [0.0, 36.0, 73.0, 109.0, 146.0, 255.0];
        for (found, byte) in image.iter().zip(expected) {
            assert!(
                (found - (byte / 127.5 - 1.0)).abs() < 1e-6,
                "{found} {byte}"
            );
        }
    }

    #[test]
    fn a_hundredth_saturates_at_each_end() {
        let mut image: Vec<f32> = (0..200).map(|i| i as f32 / 400.0).collect();
        Contrast::Saturate.apply(&mut image);
        let at_end = |end: f32| image.iter().filter(|&&p| (p - end).abs() < 1e-6).count();
        assert_eq!((at_end(-1.0), at_end(1.0)), (3, 3));
    }
}
