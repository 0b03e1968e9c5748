//! Pictures of one size: of a folder, or of an array.

use std::path::Path;

use lab_core::all_done;
use lab_core::prelude::*;
use lab_formats::{file_error, npy, pictures};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::listing::Listing;
use crate::transparent;

/// Weights of red, green and blue in grey (ITU-R BT.601).
const GREY: [f32; 3] = [0.299, 0.587, 0.114];

/// What the numbers of an image array mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PixelRange {
    /// 0 to 255 if any value is above 1, 0 to 1 if none is below 0, else −1 to 1.
    #[default]
    Guess,
    /// 0 to 255.
    Byte,
    /// 0 to 1.
    Unit,
    /// −1 to 1.
    Signed,
}

/// Grey pictures of one size, with their names if they came from files.
#[derive(Debug)]
pub struct PictureSet {
    /// One channel, height and width in pixels.
    pub shape: ImageShape,
    /// `[n_images, height, width]` in `[−1, 1]`, row-major; empty where headers alone were read.
    pub pixels: Vec<f32>,
    /// How many pictures there are.
    pub n_images: usize,
    /// Path of each picture in its folder, with `/` between its parts; empty for an array.
    pub names: Vec<String>,
    /// What lies in the folder beside pictures, in words, if anything does.
    pub skipped: Option<String>,
    /// Whether the letters of the names would put the pictures in another order.
    pub not_by_letters: bool,
    /// What a reader must know, in sentences: the order, the range of the numbers, colours, transparent parts.
    pub notes: Vec<String>,
}

impl PictureSet {
    /// Reads the pictures of a folder in the order in which people count, or an array, in grey.
    ///
    /// With a `size`, the centre square of each is averaged to `size × size` pixels; pictures of a folder need one. Where the
    /// context asks for headers alone, nothing but names and shapes is read.
    ///
    /// # Errors
    /// Fails if the folder holds no picture, if one cannot be read, or if the array is none of images or its numbers lie outside
    /// their range.
    pub fn read(
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

    /// Height and width of every picture as it is stored, in the order of [`Self::read`]; of an array, once for all.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn stored_sizes(path: &Path) -> Result<Vec<(usize, usize)>> {
        if path.is_dir() {
            let files = Listing::of(path)?.files;
            all_done(files.par_iter().map(|file| pictures::shape(file)).collect())
        } else {
            let layout = Layout::of(path, &npy::open(path)?.shape)?;
            Ok(vec![(layout.height, layout.width)])
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
            let files = listing.files.par_iter();
            all_done(files.map(|file| pictures::shape(file)).collect())?;
            &[]
        } else {
            listing.files.as_slice()
        };
        let read = files.par_iter();
        let read = read.map(|file| pictures::read_over_white(file, size));
        let read: Vec<(Vec<f32>, bool)> = all_done(read.collect())?;
        let n_transparent = read.iter().filter(|(_, transparent)| *transparent).count();
        notes.extend(transparent::note(n_transparent, read.len()));
        let names = listing.files.iter().map(|file| listing.name(file));
        let pixels: Vec<Vec<f32>> = read.into_iter().map(|(pixels, _)| pixels).collect();
        Ok(Self {
            shape: ImageShape::grey(size),
            pixels: pixels.concat(),
            n_images: listing.files.len(),
            names: names.collect(),
            skipped: (!listing.skipped.is_empty()).then(|| listing.named()),
            not_by_letters: listing.not_by_letters.is_some(),
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
        let layout = Layout::of(path, &stored)?;
        let Layout { height, width, .. } = layout;
        let mut notes = if headers {
            Vec::new()
        } else {
            to_signed(path, &mut pixels, range)?
        };
        notes.extend(layout.note(path));
        pixels = layout.to_grey(pixels);
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
            n_images: stored[0],
            names: Vec::new(),
            skipped: None,
            not_by_letters: false,
            notes,
        })
    }
}

/// Where the colours of a pixel lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// There are none: pictures are grey.
    Absent,
    /// `[n_images, 3, height, width]`.
    First,
    /// `[n_images, height, width, 3]`.
    Last,
}

/// How the numbers of an array are images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) colours: Colours,
}

impl Layout {
    /// The layout that the shape of an array tells.
    pub(crate) fn of(path: &Path, shape: &[usize]) -> Result<Self> {
        let refused = |remedy: &str| {
            let expected =
                "[n_images, height, width], with a 3 before or behind height and width for colours";
            file_error(path, "", expected, format!("{shape:?}"), remedy)
        };
        let (height, width, colours) = match *shape {
            // The form of MATLAB, [height, width, n_images], has the same number of axes.
            [a, b, c] if a == b && b != c => {
                return Err(refused(&format!(
                    "if these are {c} images of {a}×{b}, transpose them; if they are {a} images of {b}×{c}, save them as \
                     [{a}, 1, {b}, {c}]"
                )));
            }
            [_, height, width] | [_, 1, height, width] | [_, height, width, 1] => {
                (height, width, Colours::Absent)
            }
            [_, 3, _, 3] => {
                return Err(refused(
                    "save grey images, [n_images, height, width]: one cannot tell where the colours are",
                ));
            }
            [_, 3, height, width] => (height, width, Colours::First),
            [_, height, width, 3] => (height, width, Colours::Last),
            _ => return Err(refused("save images one after the other")),
        };
        if shape.contains(&0) {
            return Err(refused("save at least one image of one pixel"));
        }
        Ok(Self {
            height,
            width,
            colours,
        })
    }

    fn note(self, path: &Path) -> Option<String> {
        (self.colours != Colours::Absent).then(|| {
            format!(
                "Colours of '{}' became grey: 0.299 red + 0.587 green + 0.114 blue.",
                path.display()
            )
        })
    }

    /// The pixels in grey, `[n_images, height, width]`.
    fn to_grey(self, pixels: Vec<f32>) -> Vec<f32> {
        let n_pixels = self.height * self.width;
        let weighed = |colours: [f32; 3]| -> f32 {
            let parts = colours.iter().zip(GREY);
            parts.map(|(colour, weight)| colour * weight).sum()
        };
        match self.colours {
            Colours::Absent => pixels,
            Colours::First => pixels
                .chunks_exact(3 * n_pixels)
                .flat_map(|image| {
                    (0..n_pixels).map(move |at| {
                        weighed([0, 1, 2].map(|colour| image[colour * n_pixels + at]))
                    })
                })
                .collect(),
            Colours::Last => {
                let (colours, _) = pixels.as_chunks::<3>();
                colours.iter().map(|colours| weighed(*colours)).collect()
            }
        }
    }
}

/// Brings values to `[−1, 1]`; what range they were taken to have, if nobody said.
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Colours, Layout};

    #[test]
    fn axes_that_could_be_matlabs_are_refused() {
        let layout = |shape: &[usize]| {
            let found = Layout::of(Path::new("images.npy"), shape);
            let parts = found.map(|layout| (layout.height, layout.width, layout.colours));
            parts.map_err(|error| error.to_string())
        };
        let grey = Ok((32, 24, Colours::Absent));
        assert_eq!(layout(&[30, 32, 24]), grey);
        assert_eq!(layout(&[32, 32, 32]), Ok((32, 32, Colours::Absent)));
        assert_eq!(layout(&[32, 1, 32, 24]), grey);
        assert_eq!(layout(&[5, 32, 24, 1]), grey);
        assert_eq!(layout(&[5, 32, 24, 3]), Ok((32, 24, Colours::Last)));
        assert_eq!(layout(&[5, 3, 32, 24]), Ok((32, 24, Colours::First)));
        let error = layout(&[32, 32, 24]).unwrap_err();
        assert!(
            error.contains("transpose") && error.contains("[32, 1, 32, 24]"),
            "{error}"
        );
        assert!(layout(&[5, 3, 8, 3]).unwrap_err().contains("colours are"));
        assert!(layout(&[5, 0, 8]).unwrap_err().contains("at least one"));
    }

    /// Rec. 601: pure red, green and blue of full strength become .299, .587 and .114 of white.
    #[test]
    fn colours_become_grey_wherever_they_lie() {
        let layout = |colours| Layout {
            height: 1,
            width: 2,
            colours,
        };
        // Two pixels, one white and one red, in one image.
        let last = layout(Colours::Last).to_grey(vec![1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        let first = layout(Colours::First).to_grey(vec![1.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
        for grey in [last, first] {
            assert!(
                (grey[0] - 1.0).abs() < 1e-6 && (grey[1] - 0.299).abs() < 1e-6,
                "{grey:?}"
            );
        }
    }
}
