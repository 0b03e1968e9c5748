//! NumPy arrays of any numeric type and order, as `f32`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lab_core::{Error, Result};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};

use super::file_error;

/// Reads a `.npy` file: shape and values in row-major order.
///
/// # Errors
/// Fails if the file is missing, damaged, or holds no numbers.
pub(crate) fn read(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    let damaged = |got: String| {
        file_error(
            path,
            "",
            "a NumPy array of numbers",
            got,
            "save it with numpy.save",
        )
    };
    let attempts = [
        typed::<f32>(path, |value| value),
        typed::<f64>(path, |value| value as f32),
        typed::<u8>(path, f32::from),
        typed::<i16>(path, f32::from),
        typed::<u16>(path, f32::from),
        typed::<i32>(path, |value| value as f32),
        typed::<i64>(path, |value| value as f32),
        typed::<bool>(path, |value| f32::from(u8::from(value))),
    ];
    let mut last = String::from("nothing");
    for attempt in attempts {
        match attempt()? {
            Ok(array) => {
                let shape = array.shape().to_vec();
                // Iteration is in logical order, whatever the order in memory.
                return Ok((shape, array.iter().copied().collect()));
            }
            Err(ReadNpyError::WrongDescriptor(found)) => last = format!("elements of type {found}"),
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
    Err(damaged(last))
}

type Attempt<'a> = Box<dyn FnOnce() -> Result<Result<ArrayD<f32>, ReadNpyError>> + 'a>;

fn typed<'a, T: ReadableElement + Copy + 'a>(path: &'a Path, convert: fn(T) -> f32) -> Attempt<'a> {
    Box::new(move || {
        let file = File::open(path).map_err(Error::io("reading", path))?;
        let array = ndarray::Array::<T, IxDyn>::read_npy(BufReader::new(file));
        Ok(array.map(|array| array.mapv(convert)))
    })
}
