//! A record and its pictures as bytes, and back without a change.
//!
//! | file | holds |
//! |---|---|
//! | [`RECORD_FILE`] | JSON: `format`, a whole number that a changed meaning of any key raises, then the fields of [`Record`] |
//! | [`PICTURES_FILE`] | safetensors: each gallery by its name, f32 `[n, height, width]` in `[−1, 1]`; `format` in its metadata |

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::exact::quote_decimals;
use super::{Gallery, Pictures, Record};
use crate::{Error, Result};

/// Name of the record's file in the folder of a run.
pub const RECORD_FILE: &str = "record.json";
/// Name of the pictures' file in the folder of a run.
pub const PICTURES_FILE: &str = "pictures.safetensors";

/// The format that this version writes and reads, of both files.
const FORMAT: u32 = 1;
/// The key that names it.
const FORMAT_KEY: &str = "format";

const RECORD: &str = "the record";
const PICTURES: &str = "the pictures";

/// What stands in the file.
#[derive(Serialize)]
struct Stored<'a> {
    format: u32,
    #[serde(flatten)]
    record: &'a Record,
}

/// The format alone, of a file that may hold anything else.
#[derive(Deserialize)]
struct Format {
    format: Option<serde_json::Value>,
}

impl Record {
    /// The record as indented JSON; the same record gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a value cannot be written as JSON, which would be a mistake in this crate.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let stored = Stored {
            format: FORMAT,
            record: self,
        };
        serde_json::to_vec_pretty(&stored).map_err(damaged(RECORD))
    }

    /// Reads what [`Record::to_json`] wrote; every number has the bits that it had.
    ///
    /// # Errors
    /// - [`Error::Format`] if another version wrote it.
    /// - [`Error::Damaged`] if it is no record.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(damaged(RECORD))?;
        let found: Format = serde_json::from_str(text).map_err(damaged(RECORD))?;
        check_format(RECORD, found.format.map(|format| format.to_string()))?;
        serde_json::from_str(&quote_decimals(text)).map_err(damaged(RECORD))
    }
}

impl Pictures {
    /// The pictures as safetensors; the same pictures give the same bytes.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a gallery has another number of pixels than its images.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes: Vec<Vec<u8>> = self
            .galleries
            .values()
            .map(|gallery| {
                gallery
                    .pixels
                    .iter()
                    .flat_map(|v| v.to_le_bytes())
                    .collect()
            })
            .collect();
        let views = self.galleries.iter().zip(&bytes);
        let views = views.map(|((name, gallery), bytes)| {
            let shape = vec![gallery.len(), gallery.height, gallery.width];
            let view = TensorView::new(Dtype::F32, shape, bytes).map_err(damaged(PICTURES))?;
            Ok((name.as_str(), view))
        });
        let views = views.collect::<Result<Vec<_>>>()?;
        let facts = HashMap::from([(FORMAT_KEY.to_owned(), FORMAT.to_string())]);
        safetensors::serialize(views, Some(facts)).map_err(damaged(PICTURES))
    }

    /// Reads what [`Pictures::to_bytes`] wrote; every pixel has the bits that it had.
    ///
    /// # Errors
    /// - [`Error::Format`] if another version wrote them.
    /// - [`Error::Damaged`] if they are no pictures.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged(PICTURES))?;
        let facts = header.metadata().as_ref();
        check_format(
            PICTURES,
            facts.and_then(|facts| facts.get(FORMAT_KEY).cloned()),
        )?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged(PICTURES))?;
        let galleries: BTreeMap<String, Gallery> = tensors
            .iter()
            .map(|(name, view)| Ok((name.to_owned(), gallery(name, &view)?)))
            .collect::<Result<_>>()?;
        Ok(Self { galleries })
    }
}

fn gallery(name: &str, view: &TensorView<'_>) -> Result<Gallery> {
    let (Dtype::F32, &[_, height, width]) = (view.dtype(), view.shape()) else {
        return Err(Error::Damaged {
            what: PICTURES,
            problem: format!(
                "'{name}': expected f32 [n, height, width], got {:?} {:?}",
                view.dtype(),
                view.shape()
            ),
        });
    };
    let (pixels, _) = view.data().as_chunks::<4>();
    Ok(Gallery {
        height,
        width,
        pixels: pixels
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    })
}

fn check_format(what: &'static str, found: Option<String>) -> Result<()> {
    let got = found.unwrap_or_else(|| "none".into());
    if got == FORMAT.to_string() {
        return Ok(());
    }
    Err(Error::Format {
        what,
        expected: FORMAT,
        got,
    })
}

fn damaged<E: ToString>(what: &'static str) -> impl FnOnce(E) -> Error {
    move |source| Error::Damaged {
        what,
        problem: source.to_string(),
    }
}
