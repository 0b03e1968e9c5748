//! Readers of containers, one a file. Each says in its errors which file, which variable, what was expected and found.

pub(crate) mod array;
pub(crate) mod bdata;
pub(crate) mod container;
pub(crate) mod elements;
pub(crate) mod hdf5;
pub(crate) mod in_file;
pub(crate) mod mat5;
pub(crate) mod mat5_element;
mod mat5_numbers;
#[cfg(test)]
pub(crate) mod mutations;
pub(crate) mod nifti;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod pickle;
pub(crate) mod pictures;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_numpy;
pub(crate) mod zip;

use std::path::Path;

use lab_core::{Error, Result};

/// An [`Error::File`] in one call.
pub(crate) fn file_error(
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
pub(crate) fn any_of<'a>(path: &Path, known: &[&str], names: &[&'a str]) -> Result<&'a str> {
    let found = names.iter().find(|name| known.contains(name));
    found.copied().ok_or_else(|| {
        let got = if known.is_empty() {
            "no variable".into()
        } else {
            known.join(", ")
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
