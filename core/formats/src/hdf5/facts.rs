//! What is known of a dataset without reading it.

use std::io::Read;
use std::path::Path;

use lab_core::Result;
use serde::{Deserialize, Serialize};

use crate::{file_error, limits, regular};

/// Bytes that one stored byte may become, by compression or by fill values that are not stored.
const MOST_UNPACKED: u64 = 1032;
/// Bytes that any file may ask for.
const ALWAYS: u64 = 1 << 24;

/// Bytes of a value in double precision.
const IN_MEMORY: usize = 8;

/// What is known of a dataset without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Length of each axis, as the program that wrote the file shows it.
    pub shape: Vec<usize>,
    /// What the values are, such as `float64`.
    pub kind: String,
    /// How they are stored, such as `chunked, deflate`.
    pub storage: String,
    /// Length of each axis, as the file stores it.
    pub(super) stored: Vec<usize>,
    /// Bytes of an element.
    pub(super) width: usize,
    /// Whether it is an empty array of MATLAB's, in whose place its shape is stored.
    pub(super) is_empty: bool,
}

impl Facts {
    /// Entries along the axis that runs slowest.
    pub(super) fn n_slices(&self) -> usize {
        self.stored.first().copied().unwrap_or(1)
    }

    /// Values of one such entry.
    pub(super) fn n_in_a_slice(&self) -> usize {
        self.stored.iter().skip(1).product()
    }
}

/// Refuses a dataset that the file could not hold.
///
/// # Errors
/// Fails if it claims more than any compression allows.
pub(super) fn check_size(path: &Path, n_bytes: u64, name: &str, facts: &Facts) -> Result<()> {
    let asked = facts
        .stored
        .iter()
        .try_fold(facts.width.max(1) as u64, |n, &dim| {
            n.checked_mul(dim as u64)
        });
    let most = n_bytes.saturating_mul(MOST_UNPACKED).max(ALWAYS);
    if asked.is_some_and(|asked| asked <= most) {
        let n_values = facts.stored.iter().map(|&dim| dim as u64).product();
        return limits::check(path, name, n_values, IN_MEMORY, n_bytes);
    }
    Err(file_error(
        path,
        name,
        format!("an array that a file of {n_bytes} bytes can hold"),
        format!("{:?} elements of {} bytes", facts.stored, facts.width),
        "copy the file again from its source",
    ))
}

/// Whether the block before the file's own header is MATLAB's. Old versions call themselves 7.0 there.
pub(super) fn has_matlab_header(path: &Path) -> Result<bool> {
    let mut header = [0; 116];
    let mut file = regular::open(path)?;
    let whole = file.read_exact(&mut header).is_ok();
    let is_hdf5 = header.windows(4).any(|word| word == b"HDF5");
    Ok(whole && (header.starts_with(b"MATLAB 7.3") || header.starts_with(b"MATLAB") && is_hdf5))
}
