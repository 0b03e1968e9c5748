//! One file of `ImageNet64`: a pickle or an npz archive with `data` and, mostly, `labels`.

use std::path::Path;

use lab_core::Result;

use lab_formats::elements::Kind;
use lab_formats::file_error;
use lab_formats::in_file::Array;
use lab_formats::mmap::Mapped;
use lab_formats::npz::Npz;
use lab_formats::pickle::Pickle;

/// Numbers of classes above this are not numbers of classes.
const MAX_CLASS: i64 = 100_000;

/// Images of one file, left in it.
pub(super) struct Batch {
    /// Images row by row, bytes.
    pub(super) data: Array,
    /// Where the colours of a pixel stand.
    pub(super) colours: Colours,
    /// How many rows there are.
    pub(super) n_images: usize,
    /// Height and width of each image.
    pub(super) side: usize,
    /// Class of each image, counted from 0.
    pub(super) labels: Option<Vec<u32>>,
}

/// Where the three colours of a pixel stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// One plane after the other: `[n, 3 · side · side]` or `[n, 3, side, side]`, as published.
    Planes,
    /// Beside each other: `[n, side, side, 3]`.
    Together,
}

/// Whether a file begins like one of the two containers.
pub(super) fn is_batch(start: &[u8]) -> bool {
    is_archive(start) || matches!(start, [0x80, 0..=5, ..])
}

fn is_archive(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04")
}

impl Batch {
    /// Looks into a file.
    ///
    /// # Errors
    /// Fails if the file is missing, damaged, or does not hold rows of square RGB images.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = Mapped::open(path)?;
        let (data, labels) = if is_archive(file.bytes()) {
            let npz = Npz::of(file)?;
            let labels = npz.has("labels").then(|| npz.array("labels")?.i64());
            (npz.array("data")?, labels.transpose()?.map(|(_, of)| of))
        } else {
            let pickle = Pickle::of(file)?;
            let root = pickle.root();
            let data = pickle.get(root, "data").ok_or_else(|| {
                let keys = pickle.keys(root);
                let got = if keys.is_empty() {
                    pickle.kind(root).to_owned()
                } else {
                    format!("a dictionary with {}", keys.join(", "))
                };
                let expected = "a dictionary with 'data' and 'labels'";
                file_error(path, "data", expected, got, "name a file of ImageNet64")
            })?;
            let labels = pickle.get(root, "labels");
            let labels = labels.map(|labels| pickle.ints(labels, "labels"));
            (pickle.array(data, "data")?, labels.transpose()?)
        };
        let (side, colours) = side(&data).ok_or_else(|| {
            file_error(
                path,
                "data",
                "bytes [n, 3·side·side], [n, 3, side, side] or [n, side, side, 3]",
                format!("{:?} of {}", data.shape, data.dtype),
                "save the images as they were published",
            )
        })?;
        let n_images = data.shape.first().copied().unwrap_or(0);
        let labels = labels.map(|labels| classes(path, &labels, n_images));
        Ok(Self {
            n_images,
            side,
            labels: labels.transpose()?,
            data,
            colours,
        })
    }

    /// The colours of a pixel of an image, counted row by row.
    pub(super) fn pixels(&self, idx: usize) -> impl Iterator<Item = [u8; 3]> + '_ {
        let n_pixels = self.side * self.side;
        let row = self
            .data
            .raw()
            .get(idx * 3 * n_pixels..(idx + 1) * 3 * n_pixels);
        let row = row.unwrap_or(&[]);
        let (to_pixel, to_colour) = match self.colours {
            Colours::Planes => (1, n_pixels),
            Colours::Together => (3, 1),
        };
        (0..row.len() / 3)
            .map(move |pixel| [0, 1, 2].map(|colour| row[pixel * to_pixel + colour * to_colour]))
    }
}

/// Height and width of the images, if the array holds square ones of three colours, and where the colours stand.
///
/// The sizes of the axes tell; images of 3×3 pixels could be either.
fn side(data: &Array) -> Option<(usize, Colours)> {
    let bytes = data.dtype.kind == Kind::Uint && data.dtype.size == 1;
    if !bytes || data.fortran {
        return None;
    }
    let (side, colours) = match *data.shape.as_slice() {
        [_, row] => ((row / 3).isqrt(), Colours::Planes),
        [_, 3, height, width] if height == width && width != 3 => (width, Colours::Planes),
        [_, height, width, 3] if height == width && width != 3 => (width, Colours::Together),
        _ => return None,
    };
    let row: usize = data.shape.get(1..)?.iter().product();
    (side > 0 && 3 * side * side == row).then_some((side, colours))
}

/// Classes counted from 0; the files count from 1.
fn classes(path: &Path, labels: &[i64], n_images: usize) -> Result<Vec<u32>> {
    let fail = |expected: String, got: String| {
        let remedy = "take data and labels from one release";
        file_error(path, "labels", expected, got, remedy)
    };
    if labels.len() != n_images {
        let expected = format!("{n_images}, one for each image");
        return Err(fail(expected, labels.len().to_string()));
    }
    if let Some(label) = labels
        .iter()
        .find(|&label| !(1..=MAX_CLASS).contains(label))
    {
        return Err(fail(
            "numbers of classes from 1 on".into(),
            label.to_string(),
        ));
    }
    Ok(labels.iter().map(|label| (label - 1) as u32).collect())
}
