//! MATLAB 5 files: the variables of a file, numeric, text or cells of text, plain or compressed.
//!
//! ```text
//! file    = header[128] element*
//! element = (type, n_bytes) data padding     or, for up to four bytes, one packed word and the data
//! matrix  = flags dims name values           with values stored in any numeric type, whatever the array's class
//! ```
//! Source: The `MathWorks`, *MAT-File Format*, Level 5.
//! Arrays are column-major: the first index runs fastest.

use std::fs;
use std::path::Path;

use lab_core::{Error, Result};

use super::file_error;
use super::mat5_element::{Cursor, read_elements};

/// The values of a variable, column-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Stored as bytes.
    Bytes(Vec<u8>),
    /// Stored as single precision.
    Singles(Vec<f32>),
    /// Everything else that is a number.
    Doubles(Vec<f64>),
    /// Text, one string a row.
    Text(Vec<String>),
    /// Cells of text.
    Cells(Vec<String>),
    /// A class that holds neither numbers nor text; its number.
    Other(u8),
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Values,
}

/// A file, read.
#[derive(Debug)]
pub(crate) struct MatFile {
    path: std::path::PathBuf,
    variables: Vec<Variable>,
}

impl MatFile {
    /// Reads every variable of a file.
    ///
    /// # Errors
    /// Fails if the file is missing, is no MATLAB 5 file, or ends too early.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(Error::io("reading", path))?;
        let variables = read_variables(&bytes).map_err(|(expected, got)| {
            file_error(
                path,
                "",
                expected,
                got,
                "copy the file again from its source, or save it anew with save('-v7', …)",
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            variables,
        })
    }

    /// Names of the variables, in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect()
    }

    /// The first variable that has one of these names.
    ///
    /// # Errors
    /// Fails with the list of variables if there is none.
    pub(crate) fn any_of(&self, names: &[&str]) -> Result<&Variable> {
        let found = names.iter().find_map(|name| {
            self.variables
                .iter()
                .find(|variable| variable.name == *name)
        });
        found.ok_or_else(|| {
            let got = if self.variables.is_empty() {
                "no variable".into()
            } else {
                self.names().join(", ")
            };
            file_error(
                &self.path,
                names[0],
                format!("a variable called {}", names.join(" or ")),
                got,
                "name the right file",
            )
        })
    }

    /// A variable's numbers in row-major order, and its dimensions.
    ///
    /// # Errors
    /// Fails if the variable holds no numbers.
    pub(crate) fn row_major(&self, variable: &Variable) -> Result<(Vec<usize>, Vec<f32>)> {
        let values: Vec<f32> = match &variable.values {
            Values::Bytes(bytes) => bytes.iter().map(|&value| f32::from(value)).collect(),
            Values::Singles(values) => values.clone(),
            Values::Doubles(values) => values.iter().map(|&value| value as f32).collect(),
            Values::Text(_) | Values::Cells(_) | Values::Other(_) => {
                let got = "text, cells or a structure";
                return Err(file_error(
                    &self.path,
                    &variable.name,
                    "numbers",
                    got,
                    "name another variable or file",
                ));
            }
        };
        Ok((variable.dims.clone(), to_row_major(&variable.dims, &values)))
    }
}

/// Moves the last index from slowest to fastest.
fn to_row_major(dims: &[usize], values: &[f32]) -> Vec<f32> {
    let mut strides = Vec::with_capacity(dims.len());
    let mut stride = 1;
    for &dim in dims {
        strides.push(stride);
        stride *= dim;
    }
    let mut out = Vec::with_capacity(values.len());
    let mut index = vec![0; dims.len()];
    for _ in 0..values.len() {
        let at: usize = index
            .iter()
            .zip(&strides)
            .map(|(index, stride)| index * stride)
            .sum();
        out.push(values[at]);
        for axis in (0..dims.len()).rev() {
            index[axis] += 1;
            if index[axis] < dims[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    out
}

/// What was expected and what was found instead.
pub(crate) type Mismatch = (String, String);

fn read_variables(bytes: &[u8]) -> Result<Vec<Variable>, Mismatch> {
    const HEADER: usize = 128;
    let expected = || "a MATLAB 5 file".to_owned();
    if bytes.starts_with(b"\x89HDF\r\n\x1a\n") || bytes.get(512..520) == Some(b"\x89HDF\r\n\x1a\n")
    {
        return Err((expected(), "an HDF5 file (MATLAB 7.3)".into()));
    }
    let Some(header) = bytes.get(..HEADER) else {
        return Err((
            expected(),
            format!("{} bytes, less than its header", bytes.len()),
        ));
    };
    let big_endian = match &header[126..] {
        b"IM" => false,
        b"MI" => true,
        _ => return Err((expected(), "a file without its byte-order mark".into())),
    };
    read_elements(Cursor {
        bytes: &bytes[HEADER..],
        big_endian,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_major_turns_the_axes_round() {
        // Column-major [2, 3]: (0,0) (1,0) (0,1) (1,1) (0,2) (1,2).
        assert_eq!(
            to_row_major(&[2, 3], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        );
    }

    #[test]
    fn garbage_and_short_files_are_refused() {
        for bytes in [vec![], vec![7; 64], vec![7; 4096]] {
            assert!(read_variables(&bytes).is_err());
        }
    }
}
