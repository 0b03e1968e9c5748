//! What pickles of PyTorch's tensors say, understood without PyTorch.
//!
//! ```text
//! tensor = _rebuild_tensor_v2(storage, offset, shape, strides, …)      parameter = _rebuild_parameter(tensor, …)
//! storage = persistent id ("storage", type, key, place, n_numbers, …)
//! ```
//! Source: PyTorch, `torch/serialization.py` and `torch/_utils.py`.

use super::memory::{MAX_AXES, Memory, lengths, short, tuple};
use super::value::{Dialect, Global, Id, Storage, Value, View};

/// The storage that a persistent id names.
///
/// # Errors
/// Fails with what was found instead.
pub(super) fn storage(memory: &Memory<'_>, id: Id) -> Result<Value, String> {
    let refused = || "a value outside the file that is no storage".to_owned();
    let [word, kind, key, _place, n, rest @ ..] = tuple(memory, id)? else {
        return Err(refused());
    };
    if short(memory, *word).as_deref() != Some(b"storage") {
        return Err(refused());
    }
    let Value::Global(Global::Storage(dtype)) = *memory.value(*kind) else {
        return Err("a storage of unknown type".into());
    };
    let (Value::Text(key) | Value::Bytes(key), Value::Int(n)) =
        (memory.value(*key), memory.value(*n))
    else {
        return Err(refused());
    };
    if rest
        .iter()
        .any(|id| !matches!(memory.value(*id), Value::None))
    {
        return Err("a storage that is part of another".into());
    }
    let n = usize::try_from(*n).map_err(|_| format!("a storage of {n} numbers"))?;
    Ok(Value::Storage(Box::new(Storage {
        key: key.clone(),
        dtype,
        n,
    })))
}

/// The value that `global(*arguments)` stands for; `None` if these are not its arguments.
///
/// # Errors
/// Fails with what was found instead of data.
pub(super) fn reduce(
    memory: &Memory<'_>,
    global: Global,
    arguments: &[Id],
) -> Result<Option<Value>, String> {
    Ok(match (global, arguments) {
        (Global::Ordered, []) => Some(Value::Dict(Vec::new())),
        (Global::Ordered, [entries]) => {
            let (Value::List(entries) | Value::Tuple(entries)) = memory.value(*entries) else {
                return Ok(None);
            };
            let pair = |id: &Id| match memory.value(*id) {
                Value::List(pair) | Value::Tuple(pair) if pair.len() == 2 => Ok((pair[0], pair[1])),
                _ => Err("an entry of a dictionary without key or value".to_owned()),
            };
            Some(Value::Dict(
                entries.iter().map(pair).collect::<Result<_, _>>()?,
            ))
        }
        (Global::Size, [size]) => {
            let axes = tuple(memory, *size)?;
            (axes.len() <= MAX_AXES).then(|| Value::Tuple(axes.to_vec()))
        }
        (Global::Tensor, [storage, offset, shape, strides, ..]) => {
            let (Value::Storage(storage), Value::Int(offset)) =
                (memory.value(*storage), memory.value(*offset))
            else {
                return Ok(None);
            };
            let (shape, strides) = (tuple(memory, *shape)?, tuple(memory, *strides)?);
            if shape.len() > MAX_AXES || strides.len() != shape.len() {
                return Err(format!("a tensor of {} axes", shape.len()));
            }
            Some(Value::Tensor(Box::new(View {
                storage: (**storage).clone(),
                offset: usize::try_from(*offset).map_err(|_| format!("an offset of {offset}"))?,
                shape: lengths(memory, shape)?,
                strides: lengths(memory, strides)?,
            })))
        }
        (Global::Parameter, [tensor, ..]) => match memory.value(*tensor) {
            Value::Tensor(view) => Some(Value::Tensor(view.clone())),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a value's state says nothing about its numbers: the attributes of an ordered dictionary.
pub(super) fn takes_state(memory: &Memory<'_>, target: Id) -> bool {
    memory.dialect == Dialect::Torch && matches!(memory.value(target), Value::Dict(_))
}
