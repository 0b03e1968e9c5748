//! An array that still lies in its file: shape, type, and the place of its bytes.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use lab_core::{Error, Result};

use super::array::Fastest;
use super::elements::Dtype;
use super::file_error;
use crate::mmap::Mapped;

/// An array of numbers whose bytes have not been looked at.
#[derive(Debug, Clone)]
pub struct Array {
    /// The file that holds the bytes.
    pub file: Arc<Mapped>,
    /// The bytes of the array in the file.
    pub bytes: Range<usize>,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Type of the elements.
    pub dtype: Dtype,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    /// Name of the variable, for errors; may be empty.
    pub variable: String,
}

/// Bytes that an array of this shape takes; `None` if no file can be that large.
pub fn n_bytes(shape: &[usize], dtype: Dtype) -> Option<usize> {
    // A factor of 0 must not hide that the others are absurd.
    let product = |n: usize, dim: &usize| n.checked_mul((*dim).max(1));
    let n = shape.iter().try_fold(dtype.size, product)?;
    let empty = shape.contains(&0);
    isize::try_from(n).ok()?;
    Some(if empty { 0 } else { n })
}

impl Array {
    /// The file, for errors.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The bytes as they lie in the file.
    pub fn raw(&self) -> &[u8] {
        self.file.bytes().get(self.bytes.clone()).unwrap_or(&[])
    }

    /// Shape and values in row-major order, in single precision.
    pub fn f32(&self) -> (Vec<usize>, Vec<f32>) {
        self.ordered(self.dtype.f32s(self.raw()))
    }

    /// Shape and values in row-major order, in double precision.
    pub fn f64(&self) -> (Vec<usize>, Vec<f64>) {
        self.ordered(self.dtype.f64s(self.raw()))
    }

    /// Shape and values in row-major order, as whole numbers.
    ///
    /// # Errors
    /// Fails if an element is no whole number.
    pub fn i64(&self) -> Result<(Vec<usize>, Vec<i64>)> {
        let values = self.dtype.i64s(self.raw());
        Ok(self.ordered(values.map_err(|got| self.unfit("whole numbers", got))?))
    }

    fn unfit(&self, expected: &str, got: String) -> Error {
        let remedy = "convert the array and save it anew";
        file_error(self.path(), &self.variable, expected, got, remedy)
    }

    fn ordered<T: Copy>(&self, values: Vec<T>) -> (Vec<usize>, Vec<T>) {
        let array = super::array::Array {
            shape: self.shape.clone(),
            fastest: if self.fortran {
                Fastest::First
            } else {
                Fastest::Last
            },
            values,
        };
        array.row_major()
    }
}
