//! PyTorch's files of tensors (`.pth`, `.pt`), read without PyTorch. Nothing in them is ever run.
//!
//! | written by | is |
//! |---|---|
//! | `torch.save` since 1.6 | a zip archive: `NAME/data.pkl`, `NAME/data/KEY` for each storage, perhaps `NAME/byteorder` |
//! | `torch.save` before | five pickles (magic, protocol, system, object, keys), then each storage behind its length |
//!
//! The object is walked as dictionaries and lists: `{"state_dict": {"a.weight": …}}` holds `state_dict.a.weight`.
//! Numbers, text and the like beside the tensors are left aside.

mod archive;
mod flatten;
mod legacy;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use lab_core::{Error, Result};

use crate::elements::Dtype;
use crate::file_error;
use crate::in_file::n_bytes;
use crate::mmap::Mapped;
use crate::pickle::View;

pub(crate) use archive::is_torch as is_torch_archive;
pub(crate) use legacy::is_legacy;

/// Numbers that a tensor may repeat from a smaller storage, by steps of length 0.
const MOST_REPEATED: usize = 1 << 22;

/// A tensor of a file, not read yet.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Its name: the keys that lead to it, with points between.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Type of its numbers.
    pub dtype: Dtype,
    offset: usize,
    strides: Vec<usize>,
    /// Bytes of the storage.
    bytes: Range<usize>,
}

/// A file, opened.
#[derive(Debug)]
pub struct Checkpoint {
    file: Arc<Mapped>,
    tensors: Vec<Tensor>,
}

/// Where the storages lie, whose numbers have the order of bytes that the file says.
struct Storages {
    places: std::collections::BTreeMap<Vec<u8>, Range<usize>>,
    big_endian: bool,
}

/// Whether a file is one of PyTorch's, new or old.
///
/// # Errors
/// Fails if it cannot be read.
pub fn is_torch(path: &Path) -> Result<bool> {
    let file = Mapped::open(path)?;
    Ok(is_legacy(file.bytes()) || is_torch_archive(file.bytes()))
}

impl Checkpoint {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails if the file is missing, damaged, or holds more than tensors and plain values.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(Mapped::open(path)?)
    }

    /// Opens a mapped file.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn of(file: Arc<Mapped>) -> Result<Self> {
        let (pickle, storages) = if legacy::is_legacy(file.bytes()) {
            legacy::open(&file)?
        } else {
            archive::open(&file)?
        };
        let mut tensors = Vec::new();
        for (name, view) in flatten::tensors(&pickle).map_err(|got| unfit(&file, "", got))? {
            let key = pickle
                .decoded(&view.storage.key)
                .map_err(|got| unfit(&file, &name, got))?;
            let place = storages.places.get(&*key).cloned();
            let tensor = tensor(name.clone(), view, place, storages.big_endian);
            tensors.push(tensor.map_err(|got| unfit(&file, &name, got))?);
        }
        Ok(Self { file, tensors })
    }

    /// Its tensors, in the order of the file.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The numbers of one of its tensors, the last axis fastest.
    pub fn values(&self, tensor: &Tensor) -> Vec<f32> {
        let n: usize = tensor.shape.iter().product();
        if n == 0 {
            return Vec::new();
        }
        // Many tensors may share one storage: each looks at its own part alone.
        let axes = tensor.shape.iter().zip(&tensor.strides);
        let last = axes.fold(tensor.offset, |at, (n, step)| at + (n - 1) * step);
        let size = tensor.dtype.size;
        let start = tensor.bytes.start + size * tensor.offset;
        let end = (tensor.bytes.start + size * (last + 1)).min(tensor.bytes.end);
        let bytes = self.file.bytes().get(start..end);
        let stored = tensor.dtype.f32s(bytes.unwrap_or_default());
        let mut values = Vec::with_capacity(n);
        let mut index = vec![0; tensor.shape.len()];
        let mut at = 0;
        for _ in 0..n {
            values.push(stored.get(at).copied().unwrap_or(f32::NAN));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += tensor.strides[axis];
                if index[axis] < tensor.shape[axis] {
                    break;
                }
                at -= tensor.strides[axis] * tensor.shape[axis];
                index[axis] = 0;
            }
        }
        values
    }
}

/// A view of a storage, checked against the storage's bytes.
fn tensor(
    name: String,
    view: &View,
    place: Option<Range<usize>>,
    big_endian: bool,
) -> Result<Tensor, String> {
    let View {
        storage,
        offset,
        shape,
        strides,
    } = view;
    let place = place.ok_or("a storage that the file lacks")?;
    let needed = storage.n.checked_mul(storage.dtype.size);
    if needed != Some(place.len()) {
        return Err(format!(
            "{} bytes for {} numbers of {}",
            place.len(),
            storage.n,
            storage.dtype
        ));
    }
    check_steps(view)?;
    Ok(Tensor {
        name,
        shape: shape.clone(),
        dtype: Dtype {
            big_endian: big_endian && storage.dtype.size > 1,
            ..storage.dtype
        },
        offset: *offset,
        strides: strides.clone(),
        bytes: place,
    })
}

/// Refuses a view that leaves its storage, or repeats it without reason.
fn check_steps(view: &View) -> Result<(), String> {
    let View {
        storage,
        offset,
        shape,
        strides,
    } = view;
    let outside = || format!("{shape:?} with steps {strides:?} of {} numbers", storage.n);
    let n = n_bytes(shape, storage.dtype).ok_or_else(outside)? / storage.dtype.size;
    if n > storage.n.max(MOST_REPEATED) {
        return Err(outside());
    }
    if n == 0 {
        return Ok(());
    }
    // Steps are used as they are while walking, one round beyond the last entry at most.
    let reach = |sum: usize, (n, step): (&usize, &usize)| sum.checked_add(n.checked_mul(*step)?);
    let axes = || shape.iter().zip(strides);
    axes().try_fold(*offset, reach).ok_or_else(outside)?;
    let last = axes().fold(*offset, |at, (n, step)| at + (n - 1) * step);
    if last < storage.n {
        Ok(())
    } else {
        Err(outside())
    }
}

fn unfit(file: &Mapped, variable: &str, got: impl Into<String>) -> Error {
    let remedy = "copy the file again, or save its state_dict anew with torch.save";
    file_error(
        file.path(),
        variable,
        "tensors of a PyTorch file",
        got,
        remedy,
    )
}
