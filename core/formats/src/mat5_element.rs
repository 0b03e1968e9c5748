//! The elements that a MATLAB 5 file is made of, read from a stream.

use std::io::Read;

use super::array::{Array, Fastest, Number};
use super::limits;
use super::mat5_value::OPAQUE;
pub use super::mat5_value::{Head, Mismatch, Value};

pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;

/// Cells in cells and structures in structures are read this deep.
const DEEPEST: usize = 16;
/// Axes that an array may have.
const MOST_AXES: usize = 32;
/// Bytes that are turned into numbers at a time.
pub(super) const BLOCK: usize = 1 << 16;

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
    /// Bytes that the file has for all of this.
    n_stored: u64,
    /// Bytes of memory that were asked for.
    claimed: u64,
}

impl<R: Read> Stream<R> {
    /// A stream of at most `left` bytes, for which the file has `n_stored`.
    pub(super) fn new(inner: R, big_endian: bool, left: u64, n_stored: u64) -> Self {
        Self {
            inner,
            big_endian,
            left,
            n_stored,
            claimed: 0,
        }
    }

    /// Counts memory for `n` more values of `width` bytes.
    ///
    /// # Errors
    /// Fails if a variable takes more than its bytes explain.
    pub(super) fn claim(&mut self, n: usize, width: usize) -> Result<(), Mismatch> {
        let more = (n as u64).saturating_mul(width as u64);
        self.claimed = self.claimed.saturating_add(more);
        limits::complaint(self.claimed, 1, self.n_stored).map_or(Ok(()), |got| {
            let expected = format!("bytes in memory within the limit ({})", limits::remedy());
            Err((expected, got))
        })
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
        self.claim(tag.n_bytes as usize, 1)?;
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
        let class = (flags & 0xff) as u8;
        if class == OPAQUE {
            return self.opaque();
        }
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
            class,
            is_complex: flags & 0x800 != 0,
            is_logical: flags & 0x200 != 0,
            object: String::new(),
        })
    }

    /// What stands behind the flags of an object that only MATLAB knows: its name, a system of types, and its class, but no
    /// dimensions.
    fn opaque(&mut self) -> Result<Head, Mismatch> {
        let mut word = || -> Result<String, Mismatch> {
            let tag = self.tag()?;
            Ok(String::from_utf8_lossy(&self.data(&tag)?).into_owned())
        };
        let (name, _system, object) = (word()?, word()?, word()?);
        Ok(Head {
            name,
            shape: Vec::new(),
            class: OPAQUE,
            is_complex: false,
            is_logical: false,
            object,
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
            self.claim(1, 2 * size_of::<Value<T>>())?;
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
            self.claim(1, 2 * size_of::<(String, Value<T>)>())?;
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
            // Units of 16 bits, characters and text stand beside each other.
            self.claim(n_values, 8)?;
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
