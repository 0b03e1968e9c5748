//! Elements of numeric arrays: from bytes of any width, sign and byte order to numbers.

use std::fmt;

use safetensors::tensor::Dtype as Stored;

/// What kind of number an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, two's complement.
    Int,
    /// Unsigned integers.
    Uint,
    /// IEEE 754.
    Float,
    /// The upper half of a single-precision number: bfloat16.
    Brain,
}

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dtype {
    /// What the bytes mean.
    pub kind: Kind,
    /// Bytes of an element: 1, 2, 4 or 8.
    pub size: usize,
    /// Whether the first byte is the most significant.
    pub big_endian: bool,
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Bool => return write!(f, "bool"),
            Kind::Int => "int",
            Kind::Uint => "uint",
            Kind::Float => "float",
            Kind::Brain => "bfloat",
        };
        let order = if self.big_endian { ", big-endian" } else { "" };
        write!(f, "{name}{}{order}", 8 * self.size)
    }
}

impl Dtype {
    /// Reads NumPy's short form, such as `<f8`, `|u1` or `i4`; `None` for everything that is no real number.
    pub fn parse(text: &str) -> Option<Self> {
        let (order, rest) = match text.as_bytes().first()? {
            b'<' | b'>' | b'|' | b'=' => text.split_at(1),
            _ => ("=", text),
        };
        let kind = match rest.as_bytes().first()? {
            b'b' | b'?' => Kind::Bool,
            b'i' => Kind::Int,
            b'u' => Kind::Uint,
            b'f' => Kind::Float,
            _ => return None,
        };
        let size = match &rest[1..] {
            "" if rest == "?" => 1,
            digits => digits.parse().ok()?,
        };
        let fits = match kind {
            Kind::Bool => size == 1,
            Kind::Int | Kind::Uint => [1, 2, 4, 8].contains(&size),
            Kind::Float => [2, 4, 8].contains(&size),
            // NumPy has no such type.
            Kind::Brain => false,
        };
        fits.then_some(Self {
            kind,
            size,
            big_endian: size > 1 && (order == ">" || order == "=" && cfg!(target_endian = "big")),
        })
    }

    /// The type of a tensor of safetensors; `None` for everything that is no real number of up to 64 bits.
    pub(super) fn of_safetensors(stored: Stored) -> Option<Self> {
        let (kind, size) = match stored {
            Stored::F64 => (Kind::Float, 8),
            Stored::F32 => (Kind::Float, 4),
            Stored::F16 => (Kind::Float, 2),
            Stored::BF16 => (Kind::Brain, 2),
            Stored::I64 => (Kind::Int, 8),
            Stored::I32 => (Kind::Int, 4),
            Stored::I16 => (Kind::Int, 2),
            Stored::I8 => (Kind::Int, 1),
            Stored::U64 => (Kind::Uint, 8),
            Stored::U32 => (Kind::Uint, 4),
            Stored::U16 => (Kind::Uint, 2),
            Stored::U8 => (Kind::Uint, 1),
            Stored::BOOL => (Kind::Bool, 1),
            _ => return None,
        };
        Some(Self {
            kind,
            size,
            big_endian: false,
        })
    }

    /// All elements, rounded to single precision.
    pub fn f32s(self, bytes: &[u8]) -> Vec<f32> {
        match (self.kind, self.size) {
            (Kind::Float, 4) => self.words(bytes, f32::from_le_bytes),
            (Kind::Float, 2) => self.words(bytes, half),
            (Kind::Float, _) => self.words(bytes, |word| f64::from_le_bytes(word) as f32),
            (Kind::Brain, _) => self.words(bytes, |word| {
                f32::from_bits(u32::from(u16::from_le_bytes(word)) << 16)
            }),
            (Kind::Bool | Kind::Uint, 1) => bytes.iter().map(|&byte| f32::from(byte)).collect(),
            _ => self.integers(bytes, |value| value as f32),
        }
    }

    /// All elements in double precision.
    pub fn f64s(self, bytes: &[u8]) -> Vec<f64> {
        match (self.kind, self.size) {
            (Kind::Float, 8) => self.words(bytes, f64::from_le_bytes),
            (Kind::Float | Kind::Brain, _) => self.f32s(bytes).into_iter().map(f64::from).collect(),
            _ => self.integers(bytes, |value| value as f64),
        }
    }

    /// All elements as whole numbers.
    ///
    /// # Errors
    /// Fails with the first element that is none or does not fit.
    pub fn i64s(self, bytes: &[u8]) -> Result<Vec<i64>, String> {
        let whole: Vec<Option<i64>> = if matches!(self.kind, Kind::Float | Kind::Brain) {
            let whole = |value: f64| {
                let fits = value.fract() == 0.0 && value.abs() < 9e15;
                fits.then_some(value as i64)
            };
            self.f64s(bytes).into_iter().map(whole).collect()
        } else {
            self.integers(bytes, |value| i64::try_from(value).ok())
        };
        let n = whole.len();
        let found: Vec<i64> = whole.into_iter().map_while(|value| value).collect();
        if found.len() == n {
            return Ok(found);
        }
        let first = found.len() * self.size;
        let value = self.f64s(&bytes[first..first + self.size]);
        Err(value.first().map_or_else(String::new, f64::to_string))
    }

    fn integers<T>(self, bytes: &[u8], convert: impl Fn(i128) -> T) -> Vec<T> {
        match (self.kind, self.size) {
            (Kind::Int, 1) => self.words(bytes, |word| convert(i8::from_le_bytes(word).into())),
            (Kind::Int, 2) => self.words(bytes, |word| convert(i16::from_le_bytes(word).into())),
            (Kind::Int, 4) => self.words(bytes, |word| convert(i32::from_le_bytes(word).into())),
            (Kind::Int, _) => self.words(bytes, |word| convert(i64::from_le_bytes(word).into())),
            (_, 2) => self.words(bytes, |word| convert(u16::from_le_bytes(word).into())),
            (_, 4) => self.words(bytes, |word| convert(u32::from_le_bytes(word).into())),
            (_, 8) => self.words(bytes, |word| convert(u64::from_le_bytes(word).into())),
            _ => bytes.iter().map(|&byte| convert(byte.into())).collect(),
        }
    }

    fn words<const N: usize, T>(self, bytes: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (words, _) = bytes.as_chunks::<N>();
        if !self.big_endian {
            return words.iter().map(|word| convert(*word)).collect();
        }
        let turned = |word: &[u8; N]| {
            let mut word = *word;
            word.reverse();
            convert(word)
        };
        words.iter().map(turned).collect()
    }
}

/// A half-precision number: one sign bit, five of exponent, ten of fraction.
fn half(word: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(word);
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    match exponent {
        0 => sign * fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_read_and_others_refused() {
        for (text, name) in [
            ("<f8", "float64"),
            (">i2", "int16, big-endian"),
            ("|u1", "uint8"),
            ("?", "bool"),
            ("|b1", "bool"),
        ] {
            assert_eq!(Dtype::parse(text).unwrap().to_string(), name);
        }
        for text in ["", "<", "|O", "<U3", "<c8", "<f3", "<i16", "b4", "|S1", "é"] {
            assert!(Dtype::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_named() {
        let long = Dtype::parse(">u8").unwrap();
        assert_eq!(long.i64s(&[0, 0, 0, 0, 0, 0, 1, 2]).unwrap(), [258]);
        assert_eq!(long.i64s(&[255; 8]).unwrap_err(), "18446744073709552000");
        let real = Dtype::parse("<f4").unwrap();
        assert_eq!(real.i64s(&1.5f32.to_le_bytes()).unwrap_err(), "1.5");
    }

    #[test]
    fn halves_are_those_of_the_standard() {
        let halves: Vec<u8> = [0x3c00u16, 0xc000, 0x7bff, 0x0001, 0x7c00]
            .iter()
            .flat_map(|bits| bits.to_le_bytes())
            .collect();
        let values = Dtype::parse("<f2").unwrap().f32s(&halves);
        assert_eq!(values, [1.0, -2.0, 65504.0, 2f32.powi(-24), f32::INFINITY]);
    }
}
