//! Writes MATLAB 5 files: real arrays, compressed one by one.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::prelude::*;

const DOUBLE_CLASS: u32 = 6;
const SINGLE_CLASS: u32 = 7;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Numbers of a variable, first axis fastest.
pub enum Numbers<'a> {
    /// Class double, kept as bytes, as MATLAB keeps whole numbers.
    Bytes(&'a [u8]),
    /// Numbers of MATLAB's class `single`.
    Singles(&'a [f32]),
    /// Numbers of MATLAB's class `double`.
    Doubles(&'a [f64]),
}

/// A variable.
pub struct Variable<'a> {
    /// Name of the variable.
    pub name: &'a str,
    /// Its shape, in MATLAB's order.
    pub shape: Vec<usize>,
    /// Its numbers, column by column.
    pub numbers: Numbers<'a>,
}

/// The bytes of a file with these variables.
pub fn file(variables: &[Variable<'_>]) -> Vec<u8> {
    let mut bytes =
        format!("{:<116}", "MATLAB 5.0 MAT-file, written by lab, simulated").into_bytes();
    bytes.extend([0; 8]);
    bytes.extend([0, 1]);
    bytes.extend(b"IM");
    let packed: Vec<Vec<u8>> = variables.par_iter().map(|v| packed(&matrix(v))).collect();
    for data in packed {
        bytes.extend(COMPRESSED.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
    }
    bytes
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn matrix(variable: &Variable<'_>) -> Vec<u8> {
    let class = match variable.numbers {
        Numbers::Singles(_) => SINGLE_CLASS,
        Numbers::Bytes(_) | Numbers::Doubles(_) => DOUBLE_CLASS,
    };
    let mut body = Vec::new();
    element(&mut body, 6, &[class.to_le_bytes(), [0; 4]].concat());
    let dims: Vec<u8> = variable
        .shape
        .iter()
        .flat_map(|&dim| (dim as i32).to_le_bytes())
        .collect();
    element(&mut body, 5, &dims);
    element(&mut body, 1, variable.name.as_bytes());
    match variable.numbers {
        Numbers::Bytes(values) => element(&mut body, 2, values),
        Numbers::Singles(values) => {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            element(&mut body, 7, &bytes);
        }
        Numbers::Doubles(values) => {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            element(&mut body, 9, &bytes);
        }
    }
    let mut out = Vec::with_capacity(body.len() + 8);
    out.extend(MATRIX.to_le_bytes());
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    out
}

fn element(out: &mut Vec<u8>, kind: u32, data: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out.resize(out.len().next_multiple_of(8), 0);
}
