//! The elements that a MATLAB 5 file is made of.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::mat5::{Mismatch, Values, Variable};

const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// What is left of the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) big_endian: bool,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], Mismatch> {
        if n_bytes > self.bytes.len() {
            return Err((
                format!("{n_bytes} more bytes"),
                format!("the end of the file after {}", self.bytes.len()),
            ));
        }
        let (taken, rest) = self.bytes.split_at(n_bytes);
        self.bytes = rest;
        Ok(taken)
    }

    fn word(&self, bytes: &[u8]) -> u32 {
        let word = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        }
    }

    /// The next element: its type and its data.
    fn element(&mut self) -> Result<(u32, &'a [u8]), Mismatch> {
        let tag = self.take(8)?;
        let kind = self.word(tag);
        let packed = (kind >> 16) as usize;
        if packed > 0 {
            if packed > 4 {
                return Err((
                    "an element of up to four packed bytes".into(),
                    format!("one of {packed}"),
                ));
            }
            return Ok((kind & 0xffff, &tag[4..4 + packed]));
        }
        let n_bytes = self.word(&tag[4..]) as usize;
        let data = self.take(n_bytes)?;
        if kind != COMPRESSED {
            let padding = n_bytes.next_multiple_of(8) - n_bytes;
            self.take(padding.min(self.bytes.len()))?;
        }
        Ok((kind, data))
    }
}

/// Every variable from here to the end.
pub(crate) fn read_elements(mut cursor: Cursor<'_>) -> Result<Vec<Variable>, Mismatch> {
    let mut variables = Vec::new();
    while cursor.bytes.len() >= 8 {
        match cursor.element()? {
            (MATRIX, data) => variables.push(matrix(data, cursor.big_endian)?),
            (COMPRESSED, data) => {
                let mut plain = Vec::new();
                let unpacked = ZlibDecoder::new(data).read_to_end(&mut plain);
                unpacked
                    .map_err(|error| ("compressed data that unpacks".into(), error.to_string()))?;
                variables.extend(read_elements(Cursor {
                    bytes: &plain,
                    big_endian: cursor.big_endian,
                })?);
            }
            _ => {}
        }
    }
    Ok(variables)
}

fn matrix(data: &[u8], big_endian: bool) -> Result<Variable, Mismatch> {
    let mut cursor = Cursor {
        bytes: data,
        big_endian,
    };
    let (_, flags) = cursor.element()?;
    if flags.len() < 4 {
        return Err(("array flags".into(), format!("{} bytes", flags.len())));
    }
    let class = (cursor.word(flags) & 0xff) as u8;
    let is_complex = cursor.word(flags) & 0x800 != 0;
    let (kind, dims) = cursor.element()?;
    let dims: Vec<usize> = numbers(&cursor, kind, dims)?
        .into_iter()
        .map(|dim| dim.max(0.0) as usize)
        .collect();
    let (_, name) = cursor.element()?;
    let name = String::from_utf8_lossy(name).into_owned();
    let n_values = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    let n_values = n_values.ok_or_else(|| {
        (
            "dimensions that fit into memory".to_owned(),
            format!("{dims:?}"),
        )
    })?;
    let values = match class {
        1 => cells(&mut cursor, n_values)?,
        4 => text(&mut cursor, &dims)?,
        6..=15 if !is_complex => numeric(&mut cursor, &name, &dims, n_values)?,
        other => Values::Other(other),
    };
    Ok(Variable { name, dims, values })
}

fn numeric(
    cursor: &mut Cursor<'_>,
    name: &str,
    dims: &[usize],
    n_values: usize,
) -> Result<Values, Mismatch> {
    let (kind, data) = cursor.element()?;
    let (values, got) = match kind {
        2 => (Values::Bytes(data.to_vec()), data.len()),
        7 => {
            let read = |word: &[u8]| f32::from_bits(cursor.word(word));
            let values: Vec<f32> = data.chunks_exact(4).map(read).collect();
            let n = values.len();
            (Values::Singles(values), n)
        }
        kind => {
            let values = numbers(cursor, kind, data)?;
            let n = values.len();
            (Values::Doubles(values), n)
        }
    };
    if got != n_values {
        return Err((
            format!("{n_values} values for '{name}' of {dims:?}"),
            got.to_string(),
        ));
    }
    Ok(values)
}

/// Numbers stored in any type.
fn numbers(cursor: &Cursor<'_>, kind: u32, data: &[u8]) -> Result<Vec<f64>, Mismatch> {
    macro_rules! read {
        ($number:ty) => {{
            const SIZE: usize = size_of::<$number>();
            let read = |chunk: &[u8]| {
                let mut bytes = [0u8; SIZE];
                bytes.copy_from_slice(chunk);
                let value = if cursor.big_endian {
                    <$number>::from_be_bytes(bytes)
                } else {
                    <$number>::from_le_bytes(bytes)
                };
                value as f64
            };
            data.chunks_exact(SIZE).map(read).collect()
        }};
    }
    Ok(match kind {
        1 => read!(i8),
        2 | 16 => read!(u8),
        3 => read!(i16),
        4 | 17 => read!(u16),
        5 => read!(i32),
        6 | 18 => read!(u32),
        7 => read!(f32),
        9 => read!(f64),
        12 => read!(i64),
        13 => read!(u64),
        other => return Err(("a numeric type".into(), format!("type {other}"))),
    })
}

fn text(cursor: &mut Cursor<'_>, dims: &[usize]) -> Result<Values, Mismatch> {
    let (kind, data) = cursor.element()?;
    let letters: Vec<char> = if kind == 16 {
        String::from_utf8_lossy(data).chars().collect()
    } else {
        let units: Vec<u16> = numbers(cursor, kind, data)?
            .into_iter()
            .map(|unit| unit as u16)
            .collect();
        String::from_utf16_lossy(&units).chars().collect()
    };
    let n_rows = dims.first().copied().unwrap_or(0);
    let row = |row: usize| {
        letters
            .iter()
            .skip(row)
            .step_by(n_rows.max(1))
            .collect::<String>()
    };
    Ok(Values::Text(
        (0..n_rows.min(letters.len())).map(row).collect(),
    ))
}

/// Cells that all hold text; anything else is not read.
fn cells(cursor: &mut Cursor<'_>, n_cells: usize) -> Result<Values, Mismatch> {
    let mut texts = Vec::new();
    for _ in 0..n_cells {
        let (kind, data) = cursor.element()?;
        if kind != MATRIX {
            return Err(("a cell".into(), format!("an element of type {kind}")));
        }
        match matrix(data, cursor.big_endian)?.values {
            Values::Text(rows) => texts.push(rows.concat()),
            _ => return Ok(Values::Other(1)),
        }
    }
    Ok(Values::Cells(texts))
}
