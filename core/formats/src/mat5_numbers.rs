//! Numbers of MATLAB 5 elements: stored in any type, read into one.

use std::io::Read;

use super::array::Number;
use super::mat5_element::{BLOCK, Mismatch, Stream, Tag};

impl<R: Read> Stream<R> {
    /// `n` numbers, stored in any type.
    pub(super) fn numbers<T: Number>(&mut self, tag: &Tag, n: usize) -> Result<Vec<T>, Mismatch> {
        let mut values = Vec::new();
        self.numbers_into(tag, n, &mut values)?;
        Ok(values)
    }

    /// Appends the numbers to `out`.
    pub(super) fn numbers_into<T: Number>(
        &mut self,
        tag: &Tag,
        n: usize,
        out: &mut Vec<T>,
    ) -> Result<(), Mismatch> {
        macro_rules! read {
            ($stored:ty) => {{
                let of = |bytes: &[u8]| {
                    let mut word = [0u8; size_of::<$stored>()];
                    word.copy_from_slice(bytes);
                    T::of(<$stored>::from_le_bytes(word) as f64)
                };
                self.converted(tag, n, size_of::<$stored>(), of, out)
            }};
        }
        match tag.kind {
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
            other => Err(("a numeric type".into(), format!("type {other}"))),
        }
    }

    fn converted<T>(
        &mut self,
        tag: &Tag,
        n: usize,
        width: usize,
        of: impl Fn(&[u8]) -> T,
        out: &mut Vec<T>,
    ) -> Result<(), Mismatch> {
        let stored = tag.n_bytes / width as u64;
        if stored != n as u64 || !tag.n_bytes.is_multiple_of(width as u64) {
            return Err((
                format!("{n} values"),
                format!("{stored}, in {} bytes", tag.n_bytes),
            ));
        }
        if let Some(mut packed) = tag.packed {
            let bytes = &mut packed[..tag.n_bytes as usize];
            self.little_endian(bytes, width);
            out.extend(bytes.chunks_exact(width).map(of));
            return Ok(());
        }
        if tag.n_bytes > self.left {
            let got = format!("an end after {}", self.left);
            return Err((format!("{} more bytes", tag.n_bytes), got));
        }
        self.claim(n, size_of::<T>())?;
        reserve(out, n)?;
        let mut block = vec![0; BLOCK.min(tag.n_bytes as usize)];
        let mut left = tag.n_bytes as usize;
        while left > 0 {
            let bytes = &mut block[..left.min(BLOCK)];
            self.exact(bytes)?;
            self.little_endian(bytes, width);
            out.extend(bytes.chunks_exact(width).map(&of));
            left -= bytes.len();
        }
        self.pass_padding(tag.n_bytes)
    }

    /// Numbers of this machine's order.
    fn little_endian(&self, bytes: &mut [u8], width: usize) {
        if self.big_endian {
            bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
    }
}

/// Makes room for `n` more values, if there is any.
fn reserve<T>(values: &mut Vec<T>, n: usize) -> Result<(), Mismatch> {
    if values.capacity() - values.len() >= n {
        return Ok(());
    }
    let refused = |_| ("values that fit into memory".into(), format!("{n} of them"));
    values.try_reserve_exact(n).map_err(refused)
}
