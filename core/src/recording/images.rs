//! Where images come from.

use std::sync::Arc;

use super::thumbnail::Whole;
use crate::dims::ImageShape;
use crate::{Error, Result};

/// Images that are read when asked for.
pub trait ImageSource: Send + Sync {
    /// Number of images.
    fn n_images(&self) -> usize;

    /// Shape of each image.
    fn shape(&self) -> ImageShape;

    /// The pixels of some images, `[image_idx.len(), channels, height, width]`, row-major, in `[−1, 1]`.
    ///
    /// # Errors
    /// Fails if an index is out of range or a file cannot be read.
    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>>;

    /// The pictures that images were cut from, small, where they are known: they tell a corpus of crops that holds a test picture
    /// in another file. None by default; a source in a shared library cannot give them.
    fn wholes(&self) -> Vec<&Whole> {
        Vec::new()
    }
}

/// Images of which only number and shape are known: every pixel is 0. They stand in where headers alone are read.
#[derive(Debug, Clone, Copy)]
pub struct BlankImages {
    /// Number of images.
    pub n_images: usize,
    /// Shape of each image.
    pub shape: ImageShape,
}

impl ImageSource for BlankImages {
    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        self.shape
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images)?;
        Ok(vec![0.0; image_idx.len() * self.shape.n_pixels()])
    }
}

/// Images held in memory.
#[derive(Clone)]
pub struct MemoryImages {
    shape: ImageShape,
    pixels: Arc<Vec<f32>>,
}

impl MemoryImages {
    /// Takes `n · shape.n_pixels()` pixels in `[−1, 1]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the pixels are not a whole number of images.
    pub fn new(shape: ImageShape, pixels: Vec<f32>) -> Result<Self> {
        if shape.n_pixels() == 0 || !pixels.len().is_multiple_of(shape.n_pixels()) {
            return Err(Error::Shape {
                what: "pixels".into(),
                expected: format!("a multiple of {} ({shape})", shape.n_pixels()),
                got: pixels.len().to_string(),
            });
        }
        Ok(Self {
            shape,
            pixels: Arc::new(pixels),
        })
    }
}

impl ImageSource for MemoryImages {
    fn n_images(&self) -> usize {
        self.pixels.len() / self.shape.n_pixels()
    }

    fn shape(&self) -> ImageShape {
        self.shape
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images())?;
        let n_pixels = self.shape.n_pixels();
        let mut out = Vec::with_capacity(image_idx.len() * n_pixels);
        for &idx in image_idx {
            out.extend_from_slice(&self.pixels[idx * n_pixels..(idx + 1) * n_pixels]);
        }
        Ok(out)
    }
}

/// Some images of another source, read from it when asked for.
pub(super) struct SomeImages {
    pub(super) of: Arc<dyn ImageSource>,
    /// For each image, its index there.
    pub(super) image_idx: Vec<usize>,
}

impl ImageSource for SomeImages {
    fn n_images(&self) -> usize {
        self.image_idx.len()
    }

    fn shape(&self) -> ImageShape {
        self.of.shape()
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images())?;
        let there: Vec<usize> = image_idx.iter().map(|&idx| self.image_idx[idx]).collect();
        self.of.read(&there)
    }
}

/// Images that were cut from pictures which are known.
pub struct CutImages {
    /// What was cut from the pictures; number, shape and pixels are these.
    pub images: Arc<dyn ImageSource>,
    /// The pictures that they were cut from.
    pub wholes: Vec<Whole>,
}

impl ImageSource for CutImages {
    fn n_images(&self) -> usize {
        self.images.n_images()
    }

    fn shape(&self) -> ImageShape {
        self.images.shape()
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        self.images.read(image_idx)
    }

    fn wholes(&self) -> Vec<&Whole> {
        self.wholes.iter().collect()
    }
}

/// Refuses indices of images that are not there.
///
/// # Errors
/// [`Error::Shape`] with the first index that is not below `n_images`.
pub fn check_image_idx(image_idx: &[usize], n_images: usize) -> Result<()> {
    match image_idx.iter().find(|&&idx| idx >= n_images) {
        None => Ok(()),
        Some(idx) => Err(Error::Shape {
            what: "image index".into(),
            expected: format!("below {n_images}"),
            got: idx.to_string(),
        }),
    }
}
