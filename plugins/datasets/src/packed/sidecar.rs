//! What stands beside packed pixels: where they come from and what was done to them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use lab_core::config::{PluginParams, Source, layout, read_source, to_ron};
use lab_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::contrast::Contrast;
use lab_formats::file_error;

/// The version of the format that is written and read.
pub(super) const FORMAT: u32 = 1;
/// Sidecars hold names and indices, not data.
const MAX_BYTES: u64 = 64 << 20;
/// Bytes of the number of a picture and of what stands around it and around a name, at most.
const AROUND: usize = 32;

/// The sidecar of a packed file, RON beside the pixels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sidecar {
    /// Version of the format.
    pub format: u32,
    /// Name of the dataset, for headings.
    pub name: String,
    /// The dataset as it was written when it was packed.
    pub source: String,
    /// BLAKE3 over what was packed and how: the source, names and sizes of its files, sets, labels, seed and contrast.
    pub source_hash: String,
    /// How many images there are.
    pub n_images: usize,
    /// Height and width of each, in pixels.
    pub size: usize,
    /// What was done to the contrast of each image.
    pub contrast: Contrast,
    /// BLAKE3 over the pixels, byte by byte.
    pub pixels_hash: String,
    /// Names of the classes; empty if there are no labels.
    pub classes: Vec<String>,
    /// BLAKE3 over the labels as little-endian words of 32 bits; empty if there are none.
    pub labels_hash: String,
    /// Images that are for testing, ascending.
    pub test: Vec<usize>,
    /// Names of the images, where they were cut from pictures; else empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The picture that each image was cut from, where they were: the same numbers as in the dataset that was packed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub picture_of: Vec<u32>,
    /// Width of the images in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
    /// Facts about the source that the report repeats.
    pub notes: Vec<String>,
}

impl PluginParams for Sidecar {}

/// The files that belong to packed pixels.
pub(super) struct Beside {
    /// Path of the sidecar.
    pub(super) sidecar: PathBuf,
    /// Path of the file of labels.
    pub(super) labels: PathBuf,
    /// The pixels while they are being written.
    pub(super) partial: PathBuf,
    /// How far the writing is.
    pub(super) progress: PathBuf,
}

impl Beside {
    /// The files beside `pixels`.
    ///
    /// # Errors
    /// Fails if the name does not end in `.npy`.
    pub(super) fn of(pixels: &Path) -> Result<Self> {
        if pixels.extension().is_none_or(|ending| ending != "npy") {
            let (expected, remedy) = ("a name that ends in .npy", "call it FILE.npy");
            let got = pixels.display().to_string();
            return Err(file_error(pixels, "", expected, got, remedy));
        }
        Ok(Self {
            sidecar: pixels.with_extension("ron"),
            labels: pixels.with_extension("labels.npy"),
            partial: pixels.with_extension("npy.partial"),
            progress: pixels.with_extension("npy.progress"),
        })
    }
}

impl Sidecar {
    /// Reads a sidecar.
    ///
    /// # Errors
    /// Fails if the file is missing or no sidecar of this format.
    pub fn read(path: &Path) -> Result<Self> {
        let n_bytes = fs::metadata(path)
            .map_err(Error::io("reading", path))?
            .len();
        if n_bytes > MAX_BYTES {
            let (expected, got) = ("a sidecar of packed images", format!("{n_bytes} bytes"));
            return Err(file_error(path, "", expected, got, "pack the images again"));
        }
        let text = fs::read_to_string(path).map_err(Error::io("reading", path))?;
        let source = Source::new(path.to_string_lossy(), text);
        let sidecar: Self = read_source("a sidecar of packed images", &source)?;
        if sidecar.format != FORMAT {
            let (expected, got) = (FORMAT.to_string(), sidecar.format.to_string());
            return Err(file_error(
                path,
                "format",
                expected,
                got,
                "pack the images again",
            ));
        }
        Ok(sidecar)
    }

    /// Refuses images whose names would make a sidecar that is too large to be read, before anything is packed.
    ///
    /// # Errors
    /// [`Error::Data`]
    pub(super) fn check_names(names: &[String]) -> Result<()> {
        let n_bytes: usize = names.iter().map(|name| name.len() + AROUND).sum();
        // The other half is for classes, test images and notes.
        if n_bytes as u64 <= MAX_BYTES / 2 {
            return Ok(());
        }
        Err(Error::Data {
            what: format!("packing {} images that were cut from pictures", names.len()),
            expected: format!("names of at most {} bytes together", MAX_BYTES / 2),
            got: n_bytes.to_string(),
            remedy: "ask for fewer crops, or pack parts of the folder and join them by union(parts: […])".into(),
        })
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = layout(&to_ron(self)?);
        replace(path, text.as_bytes())
    }
}

/// Puts a whole file in the place of another, in one step.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = File::create(&new).map_err(Error::io("creating", &new))?;
    file.write_all(bytes).map_err(Error::io("writing", &new))?;
    file.sync_all().map_err(Error::io("writing", &new))?;
    fs::rename(&new, path).map_err(Error::io("renaming to", path))
}

/// The first 128 bytes of a `.npy` file, as NumPy itself writes them.
pub(super) fn npy_header(descr: &str, shape: &[usize]) -> Vec<u8> {
    const LENGTH: usize = 128;
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let axes = axes.join(", ") + comma;
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((LENGTH as u16 - 10).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.resize(LENGTH - 1, b' ');
    bytes.push(b'\n');
    bytes
}
