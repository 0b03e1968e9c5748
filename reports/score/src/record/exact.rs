//! Numbers of a record as JSON and back, bit by bit.
//!
//! JSON has no word for a number that is none or that is infinite, so these become texts: `"inf"`, `"-inf"`, `"NaN"`, and
//! `"NaN(0xfff8000000000000)"` for a NaN with other bits, which tables would write as other bytes. Every other number stands
//! as the shortest decimal that means it.
//!
//! `serde_json` reads decimals of 17 digits with an error in the last bit, unless a feature is switched on that would then
//! move what stages of the store read. So a decimal comes here as a text too (see [`quote_decimals`]) and is read by the
//! standard library, which is exact.

use std::collections::BTreeMap;
use std::fmt;

use lab_core::events::Curve;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For `#[serde(with = "exact")]`.
pub(super) fn serialize<T: Exact, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.to_written().serialize(serializer)
}

/// For `#[serde(with = "exact")]`.
pub(super) fn deserialize<'de, T: Exact, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::Written::deserialize(deserializer).map(T::of_written)
}

/// A value whose numbers are written exactly.
pub(super) trait Exact {
    /// The same value with every number as a [`Number`].
    type Written: Serialize + DeserializeOwned;

    fn to_written(&self) -> Self::Written;
    fn of_written(written: Self::Written) -> Self;
}

/// A number that JSON may not be able to hold.
#[derive(Clone, Copy)]
pub(super) struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else if self.0.is_nan() && self.0.to_bits() != f64::NAN.to_bits() {
            serializer.collect_str(&format_args!("NaN({:#018x})", self.0.to_bits()))
        } else {
            serializer.collect_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Number)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        let bits = text
            .strip_prefix("NaN(0x")
            .and_then(|rest| u64::from_str_radix(rest.strip_suffix(')')?, 16).ok());
        let value = bits.map_or_else(|| text.parse().ok(), |bits| Some(f64::from_bits(bits)));
        value.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

impl Exact for f64 {
    type Written = Number;

    fn to_written(&self) -> Number {
        Number(*self)
    }

    fn of_written(written: Number) -> Self {
        written.0
    }
}

impl<T: Exact> Exact for Option<T> {
    type Written = Option<T::Written>;

    fn to_written(&self) -> Self::Written {
        self.as_ref().map(T::to_written)
    }

    fn of_written(written: Self::Written) -> Self {
        written.map(T::of_written)
    }
}

impl<A: Exact, B: Exact> Exact for (A, B) {
    type Written = (A::Written, B::Written);

    fn to_written(&self) -> Self::Written {
        (self.0.to_written(), self.1.to_written())
    }

    fn of_written((a, b): Self::Written) -> Self {
        (A::of_written(a), B::of_written(b))
    }
}

impl<T: Exact> Exact for Vec<T> {
    type Written = Vec<T::Written>;

    fn to_written(&self) -> Self::Written {
        self.iter().map(T::to_written).collect()
    }

    fn of_written(written: Self::Written) -> Self {
        written.into_iter().map(T::of_written).collect()
    }
}

impl<T: Exact> Exact for BTreeMap<String, T> {
    type Written = BTreeMap<String, T::Written>;

    fn to_written(&self) -> Self::Written {
        let entries = self.iter();
        entries
            .map(|(name, value)| (name.clone(), value.to_written()))
            .collect()
    }

    fn of_written(written: Self::Written) -> Self {
        let entries = written.into_iter();
        entries
            .map(|(name, value)| (name, T::of_written(value)))
            .collect()
    }
}

impl Exact for String {
    type Written = Self;

    fn to_written(&self) -> Self {
        self.clone()
    }

    fn of_written(written: Self) -> Self {
        written
    }
}

/// A [`Curve`] with the same keys.
#[derive(Serialize, Deserialize)]
pub(super) struct WrittenCurve {
    name: String,
    x_label: String,
    points: Vec<(Number, Number)>,
}

impl Exact for Curve {
    type Written = WrittenCurve;

    fn to_written(&self) -> WrittenCurve {
        WrittenCurve {
            name: self.name.clone(),
            x_label: self.x_label.clone(),
            points: self.points.to_written(),
        }
    }

    fn of_written(written: WrittenCurve) -> Self {
        Self {
            name: written.name,
            x_label: written.x_label,
            points: Vec::of_written(written.points),
        }
    }
}

/// JSON with every number that has a point or an exponent in quotation marks; whole numbers and texts stay as they are.
pub(super) fn quote_decimals(json: &str) -> String {
    let mut quoted = String::with_capacity(json.len() + json.len() / 8);
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        quoted.push_str(&rest[..start]);
        rest = &rest[start..];
        let is_text = rest.starts_with('"');
        let length = if is_text {
            text_length(rest)
        } else {
            let ends = |c: char| !(c.is_ascii_digit() || "+-.eE".contains(c));
            rest.find(ends).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(length);
        if !is_text && token.contains(['.', 'e', 'E']) {
            quoted.push('"');
            quoted.push_str(token);
            quoted.push('"');
        } else {
            quoted.push_str(token);
        }
        rest = after;
    }
    quoted + rest
}

/// Bytes of the text that `json` begins with, both quotation marks among them; all of it if the text does not end.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    for (place, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    json.len()
}
