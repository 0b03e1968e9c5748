//! Python pickles, read without Python: plain values and arrays of numbers.
//!
//! A pickle is a program that makes values, and may name any function of any Python module to be called.
//! Here nothing is ever called: the few names that NumPy's arrays need are words for data ([`Global`]), and any other name
//! is refused. Arrays stay where they lie in the file.
//!
//! [`Global`]: value::Global

mod machine;
mod memory;
mod names;
mod numpy;
mod parts;
#[cfg(test)]
mod tests;
mod text;
mod torch;
mod value;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use lab_core::{Error, Result};

use super::file_error;
use super::in_file::{Array, n_bytes};
use crate::mmap::Mapped;

pub use text::Form;
use text::decode;
pub use value::{Dialect, Global, Id, Numbers, Storage, Stretch, Value, View};

/// A pickle, read.
#[derive(Debug)]
pub struct Pickle {
    file: Arc<Mapped>,
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Reads the pickle of a file.
    ///
    /// # Errors
    /// Fails if the file is missing, damaged, or holds more than plain values and arrays.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(Mapped::open(path)?)
    }

    /// Reads a mapped file.
    ///
    /// # Errors
    /// As [`Pickle::open`].
    pub fn of(file: Arc<Mapped>) -> Result<Self> {
        let outcome = machine::run(file.bytes(), 0, Dialect::Plain).map_err(|got| {
            let (expected, remedy) = (
                "a pickle of plain values and arrays of numbers",
                "copy the file again, or save its arrays with numpy.savez",
            );
            file_error(file.path(), "", expected, got, remedy)
        })?;
        Ok(Self {
            file,
            values: outcome.values,
            root: outcome.root,
        })
    }

    /// Reads a pickle of PyTorch's that lies among these bytes of a file; it, and the byte behind it.
    ///
    /// # Errors
    /// Fails if it is damaged, or holds more than plain values, arrays and tensors.
    pub fn of_torch(file: Arc<Mapped>, range: std::ops::Range<usize>) -> Result<(Self, usize)> {
        let bytes = file.bytes().get(..range.end).unwrap_or(file.bytes());
        let outcome = machine::run(bytes, range.start, Dialect::Torch).map_err(|got| {
            let (expected, remedy) = (
                "a PyTorch file of tensors and plain values",
                "save its state_dict alone: torch.save(net.state_dict(), …)",
            );
            file_error(file.path(), "", expected, got, remedy)
        })?;
        let pickle = Self {
            file: file.clone(),
            values: outcome.values,
            root: outcome.root,
        };
        Ok((pickle, outcome.end))
    }

    /// Every storage that the pickle names, some of them several times.
    pub(crate) fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(&**storage),
            _ => None,
        })
    }

    /// What a stretch of the file stands for.
    ///
    /// # Errors
    /// Fails with what was found.
    pub(crate) fn decoded(&self, stretch: &Stretch) -> Result<Cow<'_, [u8]>, String> {
        let written = self.file.bytes().get(stretch.range.clone());
        decode(written.unwrap_or_default(), stretch.form)
    }

    /// The value that the whole pickle stands for.
    pub fn root(&self) -> Id {
        self.root
    }

    /// A value.
    pub fn value(&self, id: Id) -> &Value {
        self.values.get(id as usize).unwrap_or(&Value::None)
    }

    /// Text, or bytes that are text, as Python 2 writes it; `None` for everything else.
    pub fn text(&self, id: Id) -> Option<String> {
        String::from_utf8(self.bytes(id)?.into_owned()).ok()
    }

    /// Bytes, or the bytes of a text; `None` for everything else.
    pub fn bytes(&self, id: Id) -> Option<Cow<'_, [u8]>> {
        match self.value(id) {
            Value::Text(stretch) | Value::Bytes(stretch) => {
                decode(&self.file.bytes()[stretch.range.clone()], stretch.form).ok()
            }
            _ => None,
        }
    }

    /// The entry of a dictionary; the last one if there are several.
    pub fn get(&self, dict: Id, key: &str) -> Option<Id> {
        let Value::Dict(entries) = self.value(dict) else {
            return None;
        };
        // A key that takes more bytes than any way of writing this one is not looked into, however often it occurs.
        let longest = 10 * key.len() + 2;
        let found = |entry: &&(Id, Id)| {
            let short = self.n_written(entry.0) <= longest;
            short
                && self
                    .bytes(entry.0)
                    .is_some_and(|found| *found == *key.as_bytes())
        };
        entries.iter().rfind(found).map(|entry| entry.1)
    }

    /// The first hundred keys of a dictionary that are short text, in their order.
    pub fn keys(&self, dict: Id) -> Vec<String> {
        let Value::Dict(entries) = self.value(dict) else {
            return Vec::new();
        };
        let short = entries
            .iter()
            .filter(|(key, _)| self.n_written(*key) <= 1000);
        let keys = short.filter_map(|(key, _)| self.text(*key));
        keys.take(100).collect()
    }

    /// Bytes of the file that a text takes; 0 for everything else.
    fn n_written(&self, id: Id) -> usize {
        match self.value(id) {
            Value::Text(stretch) | Value::Bytes(stretch) => stretch.range.len(),
            _ => 0,
        }
    }

    /// The array called `variable` in errors, left in its place unless it was written as text.
    ///
    /// # Errors
    /// Fails if the value is no array of numbers or lacks bytes.
    pub fn array(&self, id: Id, variable: &str) -> Result<Array> {
        let fail = |got: String| {
            let remedy = "copy the file again, or name another one";
            self.error(variable, "an array of numbers", got, remedy)
        };
        let Value::Array(numbers) = self.value(id) else {
            return Err(fail(self.kind(id).into()));
        };
        let dtype = numbers.dtype;
        let dtype = dtype.ok_or_else(|| fail("elements that are no numbers".into()))?;
        let Some(Value::Bytes(data)) = numbers.data.map(|data| self.value(data)) else {
            return Err(fail("an array without bytes".into()));
        };
        let (file, bytes) = if data.form == Form::Plain {
            (self.file.clone(), data.range.clone())
        } else {
            let written = &self.file.bytes()[data.range.clone()];
            let bytes = decode(written, data.form).map_err(fail)?.into_owned();
            let range = 0..bytes.len();
            (Mapped::unpacked(bytes, self.file.path())?, range)
        };
        let needed = n_bytes(&numbers.shape, dtype);
        if needed != Some(bytes.len()) {
            let (shape, n) = (&numbers.shape, bytes.len());
            return Err(fail(format!("{n} bytes for {shape:?} of {dtype}")));
        }
        Ok(Array {
            file,
            bytes,
            shape: numbers.shape.clone(),
            dtype,
            fortran: numbers.fortran,
            variable: variable.to_owned(),
        })
    }

    /// Whole numbers of a list, a tuple or an array of one axis, called `variable` in errors.
    ///
    /// # Errors
    /// Fails if there is something else.
    pub fn ints(&self, id: Id, variable: &str) -> Result<Vec<i64>> {
        let items = match self.value(id) {
            Value::Array(_) => return Ok(self.array(id, variable)?.i64()?.1),
            Value::List(items) | Value::Tuple(items) => items,
            _ => &Vec::new(),
        };
        let whole = |&item: &Id| match self.value(item) {
            Value::Int(value) => Ok(*value),
            _ => Err(self.kind(item)),
        };
        let is_list = matches!(self.value(id), Value::List(_) | Value::Tuple(_));
        let values = if is_list {
            items.iter().map(whole).collect::<Result<_, _>>()
        } else {
            Err(self.kind(id))
        };
        values.map_err(|got| {
            let remedy = "copy the file again, or name another one";
            self.error(variable, "a list of whole numbers", got.into(), remedy)
        })
    }

    /// What a value is, for errors.
    pub fn kind(&self, id: Id) -> &'static str {
        match self.value(id) {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Tuple(_) => "a tuple",
            Value::Dict(_) => "a dictionary",
            Value::Array(_) => "an array",
            Value::Dtype(_) => "a type of elements",
            Value::Storage(_) => "a storage",
            Value::Tensor(_) => "a tensor",
            Value::Global(_) => "a name",
        }
    }

    fn error(&self, variable: &str, expected: &str, got: String, remedy: &str) -> Error {
        file_error(self.file.path(), variable, expected, got, remedy)
    }
}
