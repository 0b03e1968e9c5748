//! `lab-formats`: readers of containers, one a file. Each says in its errors which file, which variable, what was expected
//! and found.
//!
//! | module | reads |
//! |---|---|
//! | [`npy`], [`npz`] | NumPy's arrays and archives |
//! | [`mat5`], [`hdf5`] | MATLAB's files and HDF5, behind one face in [`container`] |
//! | [`bdata`] | bdpy's tables |
//! | [`nifti`], [`mgh`] | volumes |
//! | [`pickle`] | Python's pickles: plain values and arrays of numbers, nothing is run |
//! | [`torch`] | PyTorch's files of tensors, new and old; nothing is run |
//! | [`tensors`] | weights of a network from any of these and from safetensors |
//! | [`parameters`] | which of those tensors belongs to which layer |
//! | [`pictures`]; [`table`], [`columns`] | pictures; text tables |
//!
//! Every file is opened by [`regular`], every folder gone through by [`walk`](mod@walk), and no file gets more memory than
//! [`limits`] allow. [`writers`] write some of them, for simulated data in the files of real datasets; [`latents`] knows one public file.
//! This is no plugin but a room that plugins share: the one crate beside the contract that they may depend on.
//! Errors are the contract's own: [`lab_core::Error::File`], which [`file_error`] makes.

pub mod array;
pub mod bdata;
pub mod columns;
pub mod container;
pub mod elements;
pub mod hdf5;
pub mod in_file;
pub mod latents;
pub mod limits;
pub mod mat5;
pub mod mat5_element;
mod mat5_numbers;
mod mat5_value;
pub mod mgh;
pub mod mmap;
#[cfg(any(test, feature = "testing"))]
pub mod mutations;
pub mod natural;
pub mod nifti;
pub mod npy;
mod npy_advice;
mod npy_header;
pub mod npz;
pub mod parameters;
pub mod pickle;
mod picture_frames;
mod picture_ground;
pub mod pictures;
pub mod regular;
pub mod table;
mod tensor_norms;
pub mod tensors;
#[cfg(test)]
mod tests;
mod text_table;
pub mod torch;
pub mod walk;
pub mod writers;
mod zip;

use std::path::Path;

use lab_core::{Error, Result, listed};

/// Variables or columns of a file that an error names before it counts the rest.
pub const MAX_NAMED: usize = 40;

/// An [`Error::File`] in one call.
pub fn file_error(
    path: &Path,
    variable: &str,
    expected: impl Into<String>,
    got: impl Into<String>,
    remedy: impl Into<String>,
) -> Error {
    Error::File {
        path: path.to_owned(),
        variable: variable.to_owned(),
        expected: expected.into(),
        got: got.into(),
        remedy: remedy.into(),
    }
}

/// The first of `names` that is `known`.
///
/// # Errors
/// Fails with what is known if there is none.
pub fn any_of<'a>(path: &Path, known: &[&str], names: &[&'a str]) -> Result<&'a str> {
    let found = names.iter().find(|name| known.contains(name));
    found.copied().ok_or_else(|| {
        let got = if known.is_empty() {
            "no variable".into()
        } else {
            listed(known, MAX_NAMED)
        };
        file_error(
            path,
            names.first().copied().unwrap_or_default(),
            format!("a variable called {}", names.join(" or ")),
            got,
            "name the right file",
        )
    })
}
