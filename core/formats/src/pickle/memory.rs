//! The values that a pickle has made so far, and what the readers of NumPy's and PyTorch's objects ask of them.

use super::text::decode;
use super::value::{Dialect, Id, Value};

/// Axes that NumPy allows.
pub(super) const MAX_AXES: usize = 64;
/// Longest text that is looked at here: names of types and encodings, and the bytes of one number.
const MAX_TEXT: usize = 64;

/// The values made so far, and the bytes that texts and arrays lie in.
pub(super) struct Memory<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) dialect: Dialect,
    pub(super) values: Vec<Value>,
}

impl Memory<'_> {
    /// The value of an id, every one of which was handed out when its value was made.
    pub(super) fn value(&self, id: Id) -> &Value {
        &self.values[id as usize]
    }
}

/// Lengths of axes, or steps along them.
pub(super) fn lengths(memory: &Memory<'_>, axes: &[Id]) -> Result<Vec<usize>, String> {
    let length = |id: &Id| match memory.value(*id) {
        Value::Int(n) => usize::try_from(*n).map_err(|_| format!("an axis of length {n}")),
        _ => Err("an axis whose length is no number".to_owned()),
    };
    axes.iter().map(length).collect()
}

/// The items of a tuple.
///
/// # Errors
/// Fails if the value is none.
pub(super) fn tuple<'a>(memory: &'a Memory<'_>, id: Id) -> Result<&'a [Id], String> {
    match memory.value(id) {
        Value::Tuple(items) => Ok(items),
        _ => Err("something else than a tuple".into()),
    }
}

/// Text or bytes that are short; `None` for everything else.
pub(super) fn short(memory: &Memory<'_>, id: Id) -> Option<Vec<u8>> {
    let (Value::Text(stretch) | Value::Bytes(stretch)) = memory.value(id) else {
        return None;
    };
    // Escapes take up to four bytes for one.
    let bytes = &memory.bytes[stretch.range.clone()];
    let bytes = Some(bytes).filter(|bytes| bytes.len() <= 4 * MAX_TEXT)?;
    Some(decode(bytes, stretch.form).ok()?.into_owned())
}
