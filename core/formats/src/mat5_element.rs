//! The elements that a MATLAB 5 file is made of, read from a stream.

use std::io::Read;

use super::array::{Array, Fastest, Number};

pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;

/// What was expected and what was found instead.
pub type Mismatch = (String, String);

/// Cells in cells and structures in structures are read this deep.
const DEEPEST: usize = 16;
/// Axes that an array may have.
const MOST_AXES: usize = 32;
/// Bytes that are turned into numbers at a time.
pub(super) const BLOCK: usize = 1 << 16;

/// What stands before the values of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of the variable.
    pub name: String,
    /// Length of each axis, as MATLAB shows it.
    pub shape: Vec<usize>,
    class: u8,
    is_complex: bool,
    is_logical: bool,
}

impl Head {
    /// MATLAB's name of the class.
    pub fn class(&self) -> &'static str {
        match self.class {
            _ if self.is_complex => "complex",
            _ if self.is_logical => "logical",
            1 => "cell",
            2 => "struct",
            3 => "object",
            4 => "char",
            5 => "sparse",
            6 => "double",
            7 => "single",
            8 => "int8",
            9 => "uint8",
            10 => "int16",
            11 => "uint16",
            12 => "int32",
            13 => "uint32",
            14 => "int64",
            15 => "uint64",
            _ => "unknown",
        }
    }

    fn n_values(&self) -> Result<usize, Mismatch> {
        let n = self
            .shape
            .iter()
            .try_fold(1usize, |n, &dim| n.checked_mul(dim));
        n.ok_or_else(|| {
            (
                "dimensions that fit into memory".into(),
                format!("{:?}", self.shape),
            )
        })
    }
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<T> {
    /// Real numbers of any class.
    Numbers(Array<T>),
    /// Text, one string a row.
    Text(Vec<String>),
    /// Cells, first axis fastest.
    Cells(Vec<Value<T>>),
    /// Fields of a structure.
    Structure(Vec<(String, Value<T>)>),
    /// Objects, sparse, complex and structure arrays, which are not read.
    Other,
}

impl<T> Value<T> {
    /// What it is, for errors.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "numbers",
            Self::Text(_) => "text",
            Self::Cells(_) => "cells",
            Self::Structure(_) => "a structure",
            Self::Other => "an object, or a sparse or complex array",
        }
    }

    /// The field of a structure.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Structure(fields) = self else {
            return None;
        };
        fields
            .iter()
            .find_map(|(field, value)| (field == name).then_some(value))
    }

    /// Text or cells of text, one string each; cells that hold none are empty.
    pub fn strings(&self) -> Option<Vec<String>> {
        match self {
            Self::Text(rows) => Some(rows.clone()),
            Self::Cells(cells) => {
                let text = |cell: &Self| match cell {
                    Self::Text(rows) => rows.concat(),
                    _ => String::new(),
                };
                Some(cells.iter().map(text).collect())
            }
            _ => None,
        }
    }
}

/// The tag of an element.
pub(super) struct Tag {
    pub(super) kind: u32,
    pub(super) n_bytes: u64,
    /// The data of an element of up to four bytes.
    pub(super) packed: Option<[u8; 4]>,
}

/// Elements, one after the other.
pub(super) struct Stream<R> {
    inner: R,
    pub(super) big_endian: bool,
    /// Bytes that may still come.
    pub(super) left: u64,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(inner: R, big_endian: bool, left: u64) -> Self {
        Self {
            inner,
            big_endian,
            left,
        }
    }

    pub(super) fn exact(&mut self, out: &mut [u8]) -> Result<(), Mismatch> {
        let n = out.len() as u64;
        let wanted = || format!("{n} more bytes");
        if n > self.left {
            return Err((wanted(), format!("an end after {}", self.left)));
        }
        self.inner
            .read_exact(out)
            .map_err(|error| (wanted(), error.to_string()))?;
        self.left -= n;
        Ok(())
    }

    fn word(&self, word: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        }
    }

    pub(super) fn tag(&mut self) -> Result<Tag, Mismatch> {
        let mut tag = [0; 8];
        self.exact(&mut tag)?;
        let (first, last) = tag.split_at(4);
        let last = [last[0], last[1], last[2], last[3]];
        let kind = self.word([first[0], first[1], first[2], first[3]]);
        let packed = kind >> 16;
        if packed > 4 {
            let expected = "an element of up to four packed bytes".into();
            return Err((expected, format!("one of {packed}")));
        }
        Ok(if packed > 0 {
            Tag {
                kind: kind & 0xffff,
                n_bytes: u64::from(packed),
                packed: Some(last),
            }
        } else {
            Tag {
                kind,
                n_bytes: u64::from(self.word(last)),
                packed: None,
            }
        })
    }

    /// Passes the tag of the matrix that a compressed element holds.
    pub(super) fn skip_tag(&mut self) -> Result<(), Mismatch> {
        let tag = self.tag()?;
        if tag.kind != MATRIX {
            return Err(("a compressed array".into(), format!("type {}", tag.kind)));
        }
        Ok(())
    }

    /// The data of a small element.
    fn data(&mut self, tag: &Tag) -> Result<Vec<u8>, Mismatch> {
        const MOST: u64 = 1 << 26;
        if let Some(packed) = tag.packed {
            return Ok(packed[..tag.n_bytes as usize].to_vec());
        }
        if tag.n_bytes > MOST.min(self.left) {
            let got = format!("one of {} bytes", tag.n_bytes);
            return Err(("a small element".into(), got));
        }
        let mut data = vec![0; tag.n_bytes as usize];
        self.exact(&mut data)?;
        self.pass_padding(tag.n_bytes)?;
        Ok(data)
    }

    pub(super) fn pass_padding(&mut self, n_bytes: u64) -> Result<(), Mismatch> {
        let padding = (n_bytes.next_multiple_of(8) - n_bytes).min(self.left);
        let mut none = [0; 8];
        self.exact(&mut none[..padding as usize])
    }

    /// Flags, dimensions and name.
    pub(super) fn head(&mut self) -> Result<Head, Mismatch> {
        let tag = self.tag()?;
        let flags = self.data(&tag)?;
        let Some(&[a, b, c, d]) = flags.first_chunk() else {
            return Err(("array flags".into(), format!("{} bytes", flags.len())));
        };
        let flags = self.word([a, b, c, d]);
        let tag = self.tag()?;
        let n_axes = (tag.n_bytes / 4) as usize;
        if n_axes > MOST_AXES {
            return Err((format!("at most {MOST_AXES} axes"), n_axes.to_string()));
        }
        let shape: Vec<f64> = self.numbers(&tag, n_axes)?;
        let tag = self.tag()?;
        let name = String::from_utf8_lossy(&self.data(&tag)?).into_owned();
        Ok(Head {
            name,
            shape: shape.into_iter().map(|dim| dim.max(0.0) as usize).collect(),
            class: (flags & 0xff) as u8,
            is_complex: flags & 0x800 != 0,
            is_logical: flags & 0x200 != 0,
        })
    }

    /// Appends the numbers of a variable, whose tag was passed; its head and whether it holds numbers.
    pub(super) fn append<T: Number>(&mut self, out: &mut Vec<T>) -> Result<(Head, bool), Mismatch> {
        let head = self.head()?;
        let is_numeric = (6..=15).contains(&head.class) && !head.is_complex;
        if is_numeric {
            let tag = self.tag()?;
            let n = head.n_values()?;
            self.numbers_into(&tag, n, out)?;
        }
        Ok((head, is_numeric))
    }

    /// A variable, whose tag was passed.
    pub(super) fn matrix<T: Number>(&mut self) -> Result<(Head, Value<T>), Mismatch> {
        self.nested(0)
    }

    fn nested<T: Number>(&mut self, depth: usize) -> Result<(Head, Value<T>), Mismatch> {
        if depth > DEEPEST {
            let expected = format!("cells and structures at most {DEEPEST} deep");
            return Err((expected, "deeper ones".into()));
        }
        let head = self.head()?;
        let n_values = head.n_values()?;
        let value = match head.class {
            1 => Value::Cells(self.cells(n_values, depth)?),
            2 if n_values == 1 => Value::Structure(self.fields(depth)?),
            4 => self.text(&head)?,
            6..=15 if !head.is_complex => {
                let tag = self.tag()?;
                let values = self.numbers(&tag, n_values)?;
                Value::Numbers(Array {
                    shape: head.shape.clone(),
                    fastest: Fastest::First,
                    values,
                })
            }
            _ => Value::Other,
        };
        Ok((head, value))
    }

    /// An array within an array, and the bytes behind it that are not read.
    fn inner<T: Number>(&mut self, depth: usize) -> Result<Value<T>, Mismatch> {
        let tag = self.tag()?;
        if tag.kind != MATRIX {
            return Err((
                "an array".into(),
                format!("an element of type {}", tag.kind),
            ));
        }
        if tag.n_bytes == 0 {
            return Ok(Value::Other);
        }
        let after = self.left.checked_sub(tag.n_bytes).ok_or_else(|| {
            let got = format!("an end after {}", self.left);
            (format!("{} more bytes", tag.n_bytes), got)
        })?;
        let (_, value) = self.nested(depth + 1)?;
        let unread = self.left.checked_sub(after).ok_or_else(|| {
            let expected = format!("an array of {} bytes", tag.n_bytes);
            (expected, "a longer one".into())
        })?;
        self.skip(unread)?;
        self.pass_padding(tag.n_bytes)?;
        Ok(value)
    }

    fn skip(&mut self, n_bytes: u64) -> Result<(), Mismatch> {
        let mut block = vec![0; BLOCK.min(n_bytes as usize)];
        let mut left = n_bytes as usize;
        while left > 0 {
            let n = left.min(BLOCK);
            self.exact(&mut block[..n])?;
            left -= n;
        }
        Ok(())
    }

    fn cells<T: Number>(&mut self, n: usize, depth: usize) -> Result<Vec<Value<T>>, Mismatch> {
        let mut cells = Vec::new();
        for _ in 0..n {
            cells.push(self.inner(depth)?);
        }
        Ok(cells)
    }

    fn fields<T: Number>(&mut self, depth: usize) -> Result<Vec<(String, Value<T>)>, Mismatch> {
        let tag = self.tag()?;
        let width: Vec<f64> = self.numbers(&tag, 1)?;
        let width = width.first().map_or(0, |&width| width as usize);
        let tag = self.tag()?;
        let names = self.data(&tag)?;
        if width == 0 {
            return Err(("names of fields".into(), "names of no length".into()));
        }
        let name = |name: &[u8]| {
            let end = name.iter().position(|&c| c == 0).unwrap_or(name.len());
            String::from_utf8_lossy(&name[..end]).into_owned()
        };
        let names: Vec<String> = names.chunks_exact(width).map(name).collect();
        let mut fields = Vec::new();
        for name in names {
            fields.push((name, self.inner(depth)?));
        }
        Ok(fields)
    }

    fn text<T>(&mut self, head: &Head) -> Result<Value<T>, Mismatch> {
        const UTF_8: u32 = 16;
        let tag = self.tag()?;
        let letters: Vec<char> = if tag.kind == UTF_8 {
            String::from_utf8_lossy(&self.data(&tag)?).chars().collect()
        } else {
            let n_values = head.n_values()?;
            let units: Vec<f64> = self.numbers(&tag, n_values)?;
            let units: Vec<u16> = units.into_iter().map(|unit| unit as u16).collect();
            String::from_utf16_lossy(&units).chars().collect()
        };
        let n_rows = head.shape.first().copied().unwrap_or(0);
        let row = |row: usize| letters.iter().skip(row).step_by(n_rows).collect();
        Ok(Value::Text(
            (0..n_rows.min(letters.len())).map(row).collect(),
        ))
    }
}
