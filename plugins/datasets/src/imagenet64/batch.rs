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
    /// Rows of planar pixels, `[n_images, 3 · side · side]`, bytes.
    pub(super) data: Array,
    /// How many rows there are.
    pub(super) n_images: usize,
    /// Height and width of each image.
    pub(super) side: usize,
    /// Class of each image, counted from 0.
    pub(super) labels: Option<Vec<u32>>,
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
        let side = side(&data).ok_or_else(|| {
            file_error(
                path,
                "data",
                "bytes, one row of 3·side·side for each image",
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
        })
    }

    /// The planar pixels of an image.
    pub(super) fn row(&self, idx: usize) -> &[u8] {
        let n = 3 * self.side * self.side;
        self.data.raw().get(idx * n..(idx + 1) * n).unwrap_or(&[])
    }
}

/// Height and width of the images, if the array holds square ones of three colours.
fn side(data: &Array) -> Option<usize> {
    let bytes = data.dtype.kind == Kind::Uint && data.dtype.size == 1;
    let row: usize = data.shape.get(1..)?.iter().product();
    let side = (row / 3).isqrt();
    let square = side > 0 && 3 * side * side == row;
    (bytes && square && !data.fortran).then_some(side)
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
