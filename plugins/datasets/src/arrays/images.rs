//! Reads the images: a folder of pictures or an array.

use std::path::Path;
use std::sync::Arc;

use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages, Split};
use rayon::prelude::*;

use super::PixelRange;
use super::find::Names;
use crate::listing::Listing;
use crate::transparent;
use lab_formats::{file_error, npy, pictures};

/// Images, their names if they came from files, and facts about them.
#[derive(Debug)]
pub(super) struct Images {
    shape: ImageShape,
    /// Nothing where headers alone were read.
    pixels: Vec<f32>,
    n_images: usize,
    pub(super) names: Names,
    pub(super) notes: Vec<String>,
}

impl Images {
    /// Where the context asks for headers, nothing but names and shapes is read.
    pub(super) fn read(
        path: &Path,
        size: Option<usize>,
        range: PixelRange,
        ctx: &Context,
    ) -> Result<Self> {
        if path.is_dir() {
            Self::from_folder(path, size, ctx)
        } else {
            Self::from_array(path, size, range, ctx.headers_only())
        }
    }

    fn from_folder(folder: &Path, size: Option<usize>, ctx: &Context) -> Result<Self> {
        let Some(size) = size else {
            return Err(file_error(
                folder,
                "",
                "the size that pictures shall get",
                "none",
                "say size: 64",
            ));
        };
        let listing = Listing::of(folder)?;
        let mut notes: Vec<String> = listing.tell(ctx).into_iter().collect();
        let files = if ctx.headers_only() {
            // What is no picture at all is found by its first bytes.
            listing
                .files
                .par_iter()
                .try_for_each(|file| pictures::shape(file).map(drop))?;
            &[]
        } else {
            listing.files.as_slice()
        };
        let read: Vec<(Vec<f32>, bool)> = files
            .par_iter()
            .map(|file| pictures::read_over_white(file, size))
            .collect::<Result<_>>()?;
        let n_transparent = read.iter().filter(|(_, transparent)| *transparent).count();
        notes.extend(transparent::note(n_transparent, read.len()));
        let names = listing.files.iter().map(|file| listing.name(file));
        let names = Names {
            names: names.collect(),
            n_images: listing.files.len(),
            skipped: (!listing.skipped.is_empty()).then(|| listing.named()),
        };
        let pixels: Vec<Vec<f32>> = read.into_iter().map(|(pixels, _)| pixels).collect();
        Ok(Self {
            shape: ImageShape::grey(size),
            pixels: pixels.concat(),
            n_images: listing.files.len(),
            names,
            notes,
        })
    }

    fn from_array(
        path: &Path,
        size: Option<usize>,
        range: PixelRange,
        headers: bool,
    ) -> Result<Self> {
        let (stored, mut pixels) = if headers {
            (npy::open(path)?.shape, Vec::new())
        } else {
            npy::read(path)?
        };
        let (height, width) = sides(path, &stored)?;
        let notes = if headers {
            Vec::new()
        } else {
            to_signed(path, &mut pixels, range)?
        };
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
        let n_images = stored[0];
        let names = Names {
            names: Vec::new(),
            n_images,
            skipped: None,
        };
        Ok(Self {
            shape,
            pixels,
            n_images,
            names,
            notes,
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
            names: (!self.names.names.is_empty()).then_some(self.names.names),
            labels,
            images,
            field_of_view_deg: None,
        })
    }
}

/// Height and width of the images of an array.
pub(super) fn sides(path: &Path, shape: &[usize]) -> Result<(usize, usize)> {
    let refused = |remedy: &str| {
        let expected = "[n_images, height, width]";
        file_error(path, "", expected, format!("{shape:?}"), remedy)
    };
    let sides = match *shape {
        // The form of MATLAB, [height, width, n_images], has the same number of axes.
        [a, b, c] if a == b && b != c => {
            return Err(refused(&format!(
                "if these are {c} images of {a}×{b}, transpose them; if they are {a} images of {b}×{c}, save them as \
                 [{a}, 1, {b}, {c}]"
            )));
        }
        [_, height, width] | [_, 1, height, width] | [_, height, width, 1] => (height, width),
        [_, 3, _, _] | [_, _, _, 3] => return Err(refused("turn colours into grey first")),
        _ => return Err(refused("save grey images, one after the other")),
    };
    if shape.contains(&0) {
        return Err(refused("save at least one image of one pixel"));
    }
    Ok(sides)
}

/// Brings grey values to `[−1, 1]`; what range they were taken to have, if nobody said.
fn to_signed(path: &Path, pixels: &mut [f32], range: PixelRange) -> Result<Vec<String>> {
    if let Some(at) = pixels.iter().position(|pixel| !pixel.is_finite()) {
        let got = format!("{} at place {at} of {}", pixels[at], pixels.len());
        let remedy = "replace what is no number, or leave the image out";
        return Err(file_error(path, "", "finite grey values", got, remedy));
    }
    let (low, high) = pixels
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &pixel| {
            (low.min(pixel), high.max(pixel))
        });
    let taken = match range {
        PixelRange::Guess if high > 1.0 => PixelRange::Byte,
        PixelRange::Guess if low >= 0.0 => PixelRange::Unit,
        PixelRange::Guess => PixelRange::Signed,
        given => given,
    };
    let (from, to) = match taken {
        PixelRange::Byte => (0.0, 255.0),
        PixelRange::Unit => (0.0, 1.0),
        PixelRange::Guess | PixelRange::Signed => (-1.0, 1.0),
    };
    if low < from || high > to {
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
    let note = (range == PixelRange::Guess).then(|| {
        format!(
            "Grey values of '{}' lie from {low} to {high} and were taken to have the range {from} to {to} (range: {taken:?}); \
             nobody said so.",
            path.display()
        )
    });
    Ok(note.into_iter().collect())
}
