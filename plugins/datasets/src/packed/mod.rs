//! Packed images: any corpus as one file of grey bytes, mapped into memory.
//!
//! ```text
//! FILE.npy         bytes [n_images, size, size], row-major; byte = round((p + 1) · 127.5) for p in [−1, 1]
//! FILE.ron         the sidecar: source, count, size, contrast, classes, test images, check sums; names and numbers of pictures,
//!                  where images were cut from pictures
//! FILE.labels.npy  classes [n_images], 32-bit; only where the source has labels
//! ```
//! Images are read when they are asked for, so that a million of them costs no memory.

mod options;
mod sidecar;
mod source_hash;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::config::Declared;
use lab_core::prelude::*;
use lab_core::recording::{ImageSource, Labels, Split};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::corpus::read_each;
use lab_formats::elements::Kind;
use lab_formats::in_file::Array;
use lab_formats::mmap::Mapped;
use lab_formats::{file_error, npy};
pub use options::PackOptions;
use sidecar::Beside;
pub use sidecar::Sidecar;
pub use write::pack;

/// Parameters of `packed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PackedParams {
    /// The `.npy` file; its sidecar lies beside it.
    pub path: String,
    /// Whether pixels and labels are compared with their check sums, which reads the whole file.
    pub verify: bool,
}

impl PluginParams for PackedParams {
    const DECLARED: Declared = Declared::new(&[include_str!("mod.rs")], &[]);
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Packed {
    params: PackedParams,
}

impl Packed {
    /// Checks that a file is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is, [`Error::File`] if its name does not end in `.npy`.
    pub fn build(params: PackedParams, _ctx: &Context) -> Result<Self> {
        if params.path.is_empty() {
            return Err(Error::Data {
                what: "packed".into(),
                expected: "path: \"FILE.npy\"".into(),
                got: "no file".into(),
                remedy: "say where the packed images are; `lab data pack` makes them".into(),
            });
        }
        Beside::of(Path::new(&params.path))?;
        Ok(Self { params })
    }

    fn labels(&self, path: &Path, sidecar: &Sidecar) -> Result<Option<Labels>> {
        if sidecar.classes.is_empty() {
            return Ok(None);
        }
        let array = npy::open(path)?;
        let fail = |expected: String, got: String| {
            file_error(path, "", expected, got, "pack the images again")
        };
        if array.shape != [sidecar.n_images] {
            let expected = format!("{} labels, as the sidecar says", sidecar.n_images);
            return Err(fail(expected, format!("{:?}", array.shape)));
        }
        if self.params.verify {
            verify(&array, &sidecar.labels_hash)?;
        }
        let n_classes = sidecar.classes.len();
        let class = |&class: &i64| match u32::try_from(class) {
            Ok(Labels::NONE) => Ok(Labels::NONE),
            Ok(class) if (class as usize) < n_classes => Ok(class),
            _ => Err(fail(
                format!("classes below {n_classes}"),
                class.to_string(),
            )),
        };
        Ok(Some(Labels {
            names: sidecar.classes.clone(),
            of: array.i64()?.1.iter().map(class).collect::<Result<_>>()?,
        }))
    }
}

impl Dataset for Packed {
    fn files(&self) -> Vec<PathBuf> {
        let pixels = PathBuf::from(&self.params.path);
        vec![pixels.with_extension("ron"), pixels]
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let path = Path::new(&self.params.path);
        let beside = Beside::of(path)?;
        let sidecar = Sidecar::read(&beside.sidecar)?;
        let images = Images::of(Mapped::open(path)?, &sidecar)?;
        if self.params.verify && !ctx.headers_only() {
            verify(&images.pixels, &sidecar.pixels_hash)?;
        }
        let mut split = vec![Split::Train; sidecar.n_images];
        for &idx in &sidecar.test {
            let n_images = sidecar.n_images;
            *split.get_mut(idx).ok_or_else(|| {
                let (expected, remedy) =
                    (format!("indices below {n_images}"), "pack the images again");
                file_error(&beside.sidecar, "test", expected, idx.to_string(), remedy)
            })? = Split::Test;
        }
        let stimuli = Stimuli {
            images: Arc::new(images),
            split,
            // Tables of another length than the file are refused by the recording's own check.
            names: (!sidecar.names.is_empty()).then_some(sidecar.names.clone()),
            picture_of: (!sidecar.picture_of.is_empty()).then_some(sidecar.picture_of.clone()),
            labels: self.labels(&beside.labels, &sidecar)?,
            field_of_view_deg: sidecar.field_of_view_deg,
        };
        let mut recording = Recording::corpus(sidecar.name, stimuli);
        recording.notes = sidecar.notes;
        Ok(recording)
    }
}

fn verify(array: &Array, expected: &str) -> Result<()> {
    let got = blake3::Hasher::new()
        .update(array.raw())
        .finalize()
        .to_hex();
    if got.as_str() == expected {
        return Ok(());
    }
    let remedy = "copy the file again, or pack the images again";
    let expected = format!("bytes of check sum {expected}");
    Err(file_error(array.path(), "", expected, got.as_str(), remedy))
}

/// Images that stay in their file.
#[derive(Debug)]
pub(super) struct Images {
    pixels: Array,
    n_images: usize,
    size: usize,
}

impl Images {
    /// Images of a mapped file.
    ///
    /// # Errors
    /// Fails if the file is no array of square images, or not the sidecar's.
    pub(super) fn of(file: Arc<Mapped>, sidecar: &Sidecar) -> Result<Self> {
        let pixels = npy::array(file)?;
        let (n_images, size) = (sidecar.n_images, sidecar.size);
        let bytes = pixels.dtype.kind == Kind::Uint && pixels.dtype.size == 1 && !pixels.fortran;
        if !bytes || n_images == 0 || size == 0 || pixels.shape != [n_images, size, size] {
            let order = if pixels.fortran { ", column-major" } else { "" };
            return Err(file_error(
                pixels.path(),
                "",
                format!("bytes [{n_images}, {size}, {size}], as the sidecar says"),
                format!("{:?} of {}{order}", pixels.shape, pixels.dtype),
                "keep file and sidecar together, or pack the images again",
            ));
        }
        Ok(Self {
            pixels,
            n_images,
            size,
        })
    }
}

impl ImageSource for Images {
    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.size)
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        let n = self.size * self.size;
        let pixels = self.pixels.raw();
        read_each(image_idx, self.n_images, self.shape(), |idx, image| {
            for (pixel, byte) in image.iter_mut().zip(&pixels[idx * n..(idx + 1) * n]) {
                *pixel = f32::from(*byte) / 127.5 - 1.0;
            }
            Ok(())
        })
    }
}

lab_core::register! {
    Dataset "packed" => Packed, PackedParams;
    summary: "A corpus that `lab data pack` wrote: one mapped file of grey bytes with a sidecar",
    equation: "p = byte / 127.5 − 1",
    source: "made by this project; NumPy’s npy format",
    parity: "numpy",
}
