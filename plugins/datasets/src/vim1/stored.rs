//! An array of vim-1, whatever container holds it.

use std::path::Path;

use lab_core::Result;

use lab_formats::array::{Array, Fastest};
use lab_formats::container::{Container, Kind, sniff};
use lab_formats::npz::Npz;

/// Its shape, as the program that wrote it shows it.
///
/// # Errors
/// Fails if the file is damaged or has no such array.
pub(super) fn shape(path: &Path, variable: &str) -> Result<Vec<usize>> {
    match sniff(path)? {
        Kind::Zip => Ok(Npz::open(path)?.array(variable)?.shape),
        _ => Container::open(path)?.shape(variable),
    }
}

/// The array that is stored under a name.
///
/// # Errors
/// As [`shape`].
pub(super) fn array(path: &Path, variable: &str) -> Result<Array<f32>> {
    match sniff(path)? {
        Kind::Zip => {
            let (shape, values) = Npz::open(path)?.array(variable)?.f32();
            let fastest = Fastest::Last;
            Ok(Array {
                shape,
                fastest,
                values,
            })
        }
        _ => Container::open(path)?.array(variable),
    }
}
