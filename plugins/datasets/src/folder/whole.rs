//! The centre squares of pictures, decoded when asked for.

use std::path::PathBuf;

use lab_core::all_done;
use lab_core::prelude::*;
use lab_core::recording::ImageSource;
use lab_formats::pictures;
use rayon::prelude::*;

use crate::contrast::Contrast;
use crate::corpus::read_each;

/// The pictures, one image each.
pub(super) struct Pictures {
    pub(super) files: Vec<PathBuf>,
    pub(super) size: usize,
    pub(super) contrast: Contrast,
}

impl Pictures {
    /// All pixels, and how many pictures are transparent in places.
    pub(super) fn all(&self) -> Result<(Vec<f32>, usize)> {
        let n_pixels = self.shape().n_pixels();
        let mut pixels = vec![0.0; self.files.len() * n_pixels];
        let transparent: Vec<Result<bool>> = pixels
            .par_chunks_mut(n_pixels)
            .zip(&self.files)
            .map(|(image, file)| {
                let (read, transparent) = pictures::read_over_white(file, self.size)?;
                image.copy_from_slice(&read);
                self.contrast.apply(image);
                Ok(transparent)
            })
            .collect();
        let transparent = all_done(transparent)?;
        let n_transparent = transparent.iter().filter(|one| **one).count();
        Ok((pixels, n_transparent))
    }
}

impl ImageSource for Pictures {
    fn n_images(&self) -> usize {
        self.files.len()
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.size)
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        read_each(image_idx, self.files.len(), self.shape(), |idx, image| {
            image.copy_from_slice(&pictures::read(&self.files[idx], self.size)?);
            self.contrast.apply(image);
            Ok(())
        })
    }
}
