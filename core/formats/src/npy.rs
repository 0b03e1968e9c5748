//! NumPy arrays: what is in a `.npy` file, and its values.
//!
//! ```text
//! file = "\x93NUMPY" major minor n_bytes header data
//! header = {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}
//! ```
//! Source: NumPy enhancement proposal 1, format versions 1.0 to 3.0.

use std::path::Path;
use std::sync::Arc;

use lab_core::{Error, Result};

use super::elements::Dtype;
use super::file_error;
use super::in_file::{Array, n_bytes};
use crate::mmap::Mapped;

/// First bytes of every file.
pub const MAGIC: &[u8] = b"\x93NUMPY";
/// Headers of plain arrays have a few dozen bytes; NumPy itself refuses more than 10 000.
pub const MAX_HEADER: usize = 16 * 1024;
/// Axes that NumPy allows.
const MAX_AXES: usize = 64;

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
    let header = checked(bytes, bytes.len() as u64).map_err(|got| damaged(file.path(), got))?;
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

fn damaged(path: &Path, got: String) -> Error {
    let (expected, remedy) = ("a NumPy array of numbers", "save it with numpy.save");
    file_error(path, "", expected, got, remedy)
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
    let dtype = Dtype::parse(descr).ok_or_else(|| format!("elements of type '{descr}'"))?;
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

/// What a header says, as it is written.
struct Written<'a> {
    descr: &'a str,
    fortran: bool,
    shape: Vec<usize>,
    offset: usize,
}

fn written(start: &[u8]) -> Result<Written<'_>, String> {
    if !start.starts_with(MAGIC) {
        return Err("a file that does not begin like one".into());
    }
    let (n_length, length) = match (start.get(6), start.get(8..10), start.get(8..12)) {
        (Some(1), Some(&[a, b]), _) => (2, usize::from(u16::from_le_bytes([a, b]))),
        (Some(2 | 3), _, Some(&[a, b, c, d])) => (4, u32::from_le_bytes([a, b, c, d]) as usize),
        (Some(version @ 4..), ..) => return Err(format!("format version {version}")),
        _ => return Err("a file that ends in its header".into()),
    };
    let offset = 8 + n_length + length;
    if offset > MAX_HEADER {
        return Err(format!("a header of {length} bytes"));
    }
    let text = start.get(8 + n_length..offset);
    let text = text.ok_or("a file that ends in its header")?;
    let text = std::str::from_utf8(text).map_err(|_| "a header that is no text")?;
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    let mut rest = Literal(text);
    rest.expect('{')?;
    while !rest.follows('}') {
        let key = rest.string()?;
        rest.expect(':')?;
        match key {
            "descr" => descr = Some(rest.string()?),
            "fortran_order" => fortran = Some(rest.truth()?),
            "shape" => shape = Some(rest.tuple()?),
            _ => return Err(format!("a header with '{key}'")),
        }
        if !rest.follows(',') {
            rest.expect('}')?;
            break;
        }
    }
    let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else {
        return Err("a header without descr, fortran_order or shape".into());
    };
    Ok(Written {
        descr,
        fortran,
        shape,
        offset,
    })
}

/// What is left of a Python literal.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn follows(&mut self, wanted: char) -> bool {
        let rest = self.0.trim_start().strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        let found = self.follows(wanted);
        found.then_some(()).ok_or_else(|| self.surprise())
    }

    fn surprise(&self) -> String {
        let near: String = self.0.trim().chars().take(24).collect();
        format!("a header with '{near}' where it makes no sense")
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let text = self.0.trim_start();
        let quote = text
            .chars()
            .next()
            .filter(|quote| ['\'', '"'].contains(quote));
        let quote = quote.ok_or_else(|| self.surprise())?;
        let (inside, rest) = text[1..].split_once(quote).ok_or_else(|| self.surprise())?;
        self.0 = rest;
        Ok(inside)
    }

    fn truth(&mut self) -> Result<bool, String> {
        let text = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = text.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err(self.surprise())
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        self.expect('(')?;
        let mut values = Vec::new();
        while !self.follows(')') {
            let text = self.0.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit());
            let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
            values.push(digits.parse().map_err(|_| self.surprise())?);
            // Python 2 marked long numbers with an L.
            self.0 = rest.strip_prefix('L').unwrap_or(rest);
            if values.len() > MAX_AXES {
                return Err(format!("more than {MAX_AXES} axes"));
            }
            if !self.follows(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(values)
    }
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
            ("{'descr': [('a', '<f8')], 'shape': (1,)}", "[('a'"),
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
