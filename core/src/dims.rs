//! The glossary: what each size, axis and index is called, everywhere.
//!
//! | name | meaning |
//! |---|---|
//! | `n_subjects` | people whose responses were recorded |
//! | `n_trials` | presentations of a stimulus to one subject, repeats counted |
//! | `n_samples` | rows of a matrix handed to a fit: trials, or averages over the repeats of an image |
//! | `n_images` | distinct stimuli |
//! | `n_voxels` | measured places of one subject's brain; differs between subjects |
//! | `n_features` | columns of an aligned, common space |
//! | `n_latents` | numbers a generator turns into an image |
//! | `n_members` | decoders of an ensemble |
//!
//! Samples are rows: `[n_samples, n_voxels]`.
//! Images are `[batch, channels, height, width]` with pixels in `[−1, 1]`, −1 black and 1 white, unless a value range
//! says otherwise. Tensors are `f32`; alignment and statistics are `f64`.
//! An index into an axis is `image_idx`, `subject_idx`, `voxel_idx`.
//! A map between spaces names both ends in the order of multiplication: `responses · subject_to_common`.

use serde::{Deserialize, Serialize};

/// Channels, height and width of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageShape {
    /// 1 for grey images.
    pub channels: usize,
    /// Rows, in pixels.
    pub height: usize,
    /// Columns, in pixels.
    pub width: usize,
}

impl ImageShape {
    /// A square grey image.
    pub const fn grey(size: usize) -> Self {
        Self {
            channels: 1,
            height: size,
            width: size,
        }
    }

    /// Numbers in one image.
    pub const fn n_pixels(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// The four axes of a batch of such images.
    pub const fn batch(&self, n_images: usize) -> [usize; 4] {
        [n_images, self.channels, self.height, self.width]
    }
}

impl std::fmt::Display for ImageShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}

/// The interval that a network's images live in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRange {
    /// Value of black.
    pub low: f32,
    /// Value of white.
    pub high: f32,
}

impl ValueRange {
    /// `[−1, 1]`, the range of every image in this project unless a network asks for another.
    pub const SIGNED: Self = Self {
        low: -1.0,
        high: 1.0,
    };

    /// Maps images from this range to `other`: `(x − low)·(high′ − low′)/(high − low) + low′`.
    ///
    /// # Errors
    /// Fails only if the tensor arithmetic does.
    pub fn map_to(
        self,
        other: Self,
        images: &candle_core::Tensor,
    ) -> crate::Result<candle_core::Tensor> {
        if self == other {
            return Ok(images.clone());
        }
        let scale = f64::from(other.high - other.low) / f64::from(self.high - self.low);
        let shift = f64::from(other.low) - f64::from(self.low) * scale;
        Ok(images.affine(scale, shift)?)
    }
}

/// A word with its article: "a decoder", "an aligner".
pub fn one(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}
