//! NumPy arrays: what is in a `.npy` file, and its values.
//!
//! ```text
//! file = "\x93NUMPY" major minor n_bytes header data
//! header = {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}
//! ```
//! Source: NumPy enhancement proposal 1, format versions 1.0 to 3.0.

use std::path::Path;
use std::sync::Arc;

use lab_core::Result;

use super::elements::Dtype;
use super::file_error;
use super::in_file::{Array, n_bytes};
use super::npy_advice::{self, Advice};
pub use super::npy_header::{MAGIC, MAX_HEADER};
use super::npy_header::{Written, written};
use crate::mmap::Mapped;

/// What a file says about its array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Type of the elements.
    pub dtype: Dtype,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    /// Where the data begin, in bytes from the beginning of the file.
    pub offset: usize,
    /// Size of the data, in bytes.
    pub n_bytes: usize,
}

/// The array of a `.npy` file, left where it is.
///
/// # Errors
/// Fails if the file is missing, damaged, holds no numbers, or ends too early.
pub fn open(path: &Path) -> Result<Array> {
    array(Mapped::open(path)?)
}

/// The array of a mapped `.npy` file.
///
/// # Errors
/// As [`open`].
pub fn array(file: Arc<Mapped>) -> Result<Array> {
    let bytes = file.bytes();
    let header = checked(bytes, bytes.len() as u64);
    let header = header.map_err(|got| {
        let expected = "a NumPy array of numbers";
        if let Some(Advice { got, remedy }) = npy_advice::of(bytes) {
            file_error(file.path(), "", expected, got, remedy)
        } else {
            let remedy = "copy the file again from its source, or save it with numpy.save";
            file_error(file.path(), "", expected, got, remedy)
        }
    })?;
    Ok(Array {
        bytes: header.offset..header.offset + header.n_bytes,
        file,
        shape: header.shape,
        dtype: header.dtype,
        fortran: header.fortran,
        variable: String::new(),
    })
}

/// Reads a `.npy` file: shape and values in row-major order.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    Ok(open(path)?.f32())
}

/// The header of a file of `length` bytes that begins with `start`.
fn checked(start: &[u8], length: u64) -> Result<Header, String> {
    let header = parse(start)?;
    let needed = header.offset as u64 + header.n_bytes as u64;
    if needed > length {
        let (shape, dtype) = (&header.shape, header.dtype);
        return Err(format!(
            "{length} bytes, where {shape:?} of {dtype} need {needed}"
        ));
    }
    Ok(header)
}

/// Reads a header from the first bytes of a file.
///
/// # Errors
/// Fails with what was found instead.
pub fn parse(start: &[u8]) -> Result<Header, String> {
    let Written {
        descr,
        fortran,
        shape,
        offset,
    } = written(start)?;
    let dtype = Dtype::parse(descr).ok_or_else(|| {
        let shown: String = descr.chars().take(80).collect();
        format!("elements of type '{shown}'")
    })?;
    let n_bytes = n_bytes(&shape, dtype).ok_or_else(|| format!("the shape {shape:?}"))?;
    Ok(Header {
        shape,
        dtype,
        fortran,
        offset,
        n_bytes,
    })
}

/// Words of a whole `.npy` file that holds text, such as `<U6` or `|S6`, in the order of the file.
///
/// # Errors
/// Fails with what was found instead.
pub fn words(file: &[u8]) -> Result<Vec<String>, String> {
    let written = written(file)?;
    let text = || format!("elements of type '{}'", written.descr);
    let (order, kind) = written.descr.split_at_checked(1).ok_or_else(text)?;
    let (kind, n_letters) = kind.split_at_checked(1).ok_or_else(text)?;
    let n_letters: usize = n_letters.parse().map_err(|_| text())?;
    let width = match kind {
        "U" => 4,
        "S" => 1,
        _ => return Err(text()),
    };
    let letter = |bytes: &[u8]| match *bytes {
        [a, b, c, d] if order == ">" => char::from_u32(u32::from_be_bytes([a, b, c, d])),
        [a, b, c, d] => char::from_u32(u32::from_le_bytes([a, b, c, d])),
        [a] => Some(char::from(a)),
        _ => None,
    };
    let n_bytes = n_letters.checked_mul(width).filter(|&n| n > 0);
    let n_bytes = n_bytes.ok_or_else(text)?;
    let data = file.get(written.offset..).unwrap_or(&[]);
    let needed = written
        .shape
        .iter()
        .try_fold(n_bytes, |n, &dim| n.checked_mul(dim));
    if needed != Some(data.len()) {
        return Err(format!("{} bytes of text", data.len()));
    }
    let word = |bytes: &[u8]| {
        let letters = bytes.chunks_exact(width).map(letter);
        let word: Option<String> = letters.collect();
        word.map(|word| word.trim_end_matches('\0').to_owned())
            .ok_or_else(|| "letters that are none".to_owned())
    };
    data.chunks_exact(n_bytes).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes
    }

    #[test]
    fn headers_of_every_writer_are_understood() {
        for (text, shape) in [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  \n",
                vec![3, 4],
            ),
            (
                "{\"shape\":(7L,),\"descr\":\"|u1\",\"fortran_order\":True}",
                vec![7],
            ),
            (
                "{'descr': '>i2', 'fortran_order': False, 'shape': ()}",
                vec![],
            ),
        ] {
            assert_eq!(parse(&file(text)).unwrap().shape, shape, "{text}");
        }
    }

    #[test]
    fn words_have_no_padding_and_bad_ones_are_refused() {
        let of = |descr: &str, data: &[u8]| {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,)}}");
            words(&[file(&header), data.to_vec()].concat())
        };
        assert_eq!(of("|S3", b"V1\0V3A").unwrap(), ["V1", "V3A"]);
        let wide: Vec<u8> = "V1\0V3A".bytes().flat_map(|b| [b, 0, 0, 0]).collect();
        assert_eq!(of("<U3", &wide).unwrap(), ["V1", "V3A"]);
        let backwards: Vec<u8> = wide
            .chunks(4)
            .flat_map(|b| [b[3], b[2], b[1], b[0]])
            .collect();
        assert_eq!(of(">U3", &backwards).unwrap(), ["V1", "V3A"]);
        for (descr, data) in [
            ("<f8", &wide[..16]),
            ("<U3", &wide[..20]),
            ("<U0", &[]),
            ("é", &[]),
        ] {
            assert!(of(descr, data).is_err(), "{descr}");
        }
        assert!(of("<U3", &[0xff; 24]).is_err());
    }

    #[test]
    fn bad_headers_are_refused_with_what_they_hold() {
        for (text, part) in [
            (
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
                "'|O'",
            ),
            ("{'descr': '<f8', 'fortran_order': False}", "without"),
            (
                "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
                "[('a'",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}",
                "4294967296",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
                "-1",
            ),
        ] {
            let got = parse(&file(text)).unwrap_err();
            assert!(got.contains(part), "{got}");
        }
        let claim = file("{'descr': '<f8', 'fortran_order': False, 'shape': (99, 99999)}");
        assert!(checked(&claim, 4096).unwrap_err().contains("4096 bytes"));
    }
}
