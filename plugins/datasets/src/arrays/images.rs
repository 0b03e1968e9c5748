//! Reads the images: a folder of pictures or an array.

use std::path::Path;
use std::sync::Arc;

use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages, Split};
use rayon::prelude::*;

use super::PixelRange;
use lab_formats::{file_error, npy, pictures};

/// Images and, if they came from files, their names.
#[derive(Debug)]
pub(super) struct Images {
    shape: ImageShape,
    /// Nothing where headers alone were read.
    pixels: Vec<f32>,
    n_images: usize,
    names: Vec<String>,
}

impl Images {
    /// With `headers` nothing but names and shapes is read.
    pub(super) fn read(
        path: &Path,
        size: Option<usize>,
        range: PixelRange,
        headers: bool,
    ) -> Result<Self> {
        if path.is_dir() {
            Self::from_folder(path, size, headers)
        } else {
            Self::from_array(path, size, range, headers)
        }
    }

    fn from_folder(folder: &Path, size: Option<usize>, headers: bool) -> Result<Self> {
        let Some(size) = size else {
            return Err(file_error(
                folder,
                "",
                "the size that pictures shall get",
                "none",
                "say size: 64",
            ));
        };
        let files = pictures::list(folder)?;
        let read = if headers { &[] } else { files.as_slice() };
        let pixels: Vec<Vec<f32>> = read
            .par_iter()
            .map(|file| pictures::read(file, size))
            .collect::<Result<_>>()?;
        let name = |file: &std::path::PathBuf| pictures::name_in(folder, file);
        Ok(Self {
            shape: ImageShape::grey(size),
            pixels: pixels.concat(),
            n_images: files.len(),
            names: files.iter().map(name).collect(),
        })
    }

    fn from_array(
        path: &Path,
        size: Option<usize>,
        range: PixelRange,
        headers: bool,
    ) -> Result<Self> {
        let (shape, mut pixels) = if headers {
            (npy::open(path)?.shape, Vec::new())
        } else {
            npy::read(path)?
        };
        let ([n_images, height, width] | [n_images, 1, height, width]) = shape[..] else {
            let expected = "[n_images, height, width]";
            return Err(file_error(
                path,
                "",
                expected,
                format!("{shape:?}"),
                "save grey images, one after the other",
            ));
        };
        if !headers {
            to_signed(path, &mut pixels, range)?;
        }
        let shape = match size {
            None => ImageShape {
                channels: 1,
                height,
                width,
            },
            Some(size) => {
                let resized = pixels
                    .par_chunks(height * width)
                    .map(|image| pictures::square(image, height, width, size));
                pixels = resized.collect::<Result<Vec<_>>>()?.concat();
                ImageShape::grey(size)
            }
        };
        Ok(Self {
            shape,
            pixels,
            n_images,
            names: Vec::new(),
        })
    }

    pub(super) fn n_images(&self) -> usize {
        self.n_images
    }

    /// An image by index, by file name, or by file name without its ending.
    pub(super) fn find(&self, cell: &str) -> Option<usize> {
        let named = self.names.iter().position(|name| {
            name == cell || Path::new(name).file_stem().is_some_and(|stem| stem == cell)
        });
        named.or_else(|| {
            cell.parse()
                .ok()
                .filter(|&idx: &usize| idx < self.n_images())
        })
    }

    /// The stimuli, with the sets and classes that the trial table gives them.
    pub(super) fn stimuli(self, split: Vec<Split>, labels: Option<Labels>) -> Result<Stimuli> {
        let images: Arc<dyn ImageSource> = if self.pixels.is_empty() {
            let (n_images, shape) = (self.n_images, self.shape);
            Arc::new(BlankImages { n_images, shape })
        } else {
            Arc::new(MemoryImages::new(self.shape, self.pixels)?)
        };
        Ok(Stimuli {
            split,
            names: (!self.names.is_empty()).then_some(self.names),
            labels,
            images,
            field_of_view_deg: None,
        })
    }
}

fn to_signed(path: &Path, pixels: &mut [f32], range: PixelRange) -> Result<()> {
    let (low, high) = pixels
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &pixel| {
            (low.min(pixel), high.max(pixel))
        });
    let range = match range {
        PixelRange::Guess if high > 1.0 => PixelRange::Byte,
        PixelRange::Guess if low >= 0.0 => PixelRange::Unit,
        PixelRange::Guess => PixelRange::Signed,
        given => given,
    };
    let (from, to) = match range {
        PixelRange::Byte => (0.0, 255.0),
        PixelRange::Unit => (0.0, 1.0),
        PixelRange::Guess | PixelRange::Signed => (-1.0, 1.0),
    };
    if pixels.iter().any(|pixel| !pixel.is_finite()) || low < from || high > to {
        let remedy = "rescale the images, or say range: Byte, Unit or Signed";
        return Err(file_error(
            path,
            "",
            format!("grey values from {from} to {to}"),
            format!("{low} to {high}"),
            remedy,
        ));
    }
    for pixel in pixels {
        *pixel = (*pixel - from) / (to - from) * 2.0 - 1.0;
    }
    Ok(())
}
