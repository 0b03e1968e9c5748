//! Readers of containers, one a file. Each says in its errors which file, which variable, what was expected and found.

pub(crate) mod mat5;
pub(crate) mod mat5_element;
pub(crate) mod npy;
pub(crate) mod pictures;
pub(crate) mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use lab_core::Error;

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
