//! What pickles of PyTorch's tensors say, understood without PyTorch.
//!
//! ```text
//! tensor = _rebuild_tensor_v2(storage, offset, shape, strides, …)      parameter = _rebuild_parameter(tensor, …)
//! storage = persistent id ("storage", type, key, place, n_numbers, …)
//! ```
//! Source: PyTorch, `torch/serialization.py` and `torch/_utils.py`.

use super::machine::Machine;
use super::numpy::{MAX_AXES, lengths, short, tuple};
use super::value::{Dialect, Global, Id, Storage, Value, View};
use crate::elements::{Dtype, Kind};

/// The meaning of a name in PyTorch's files; `None` for every name that is not data.
pub(super) fn global(module: &[u8], name: &[u8]) -> Option<Global> {
    match (module, name) {
        (b"collections", b"OrderedDict") => Some(Global::Ordered),
        (b"torch", b"Size") => Some(Global::Size),
        (b"torch._utils", b"_rebuild_tensor" | b"_rebuild_tensor_v2") => Some(Global::Tensor),
        (b"torch._utils", b"_rebuild_parameter") => Some(Global::Parameter),
        (b"torch", name) => storage_type(name).map(Global::Storage),
        _ => None,
    }
}

fn storage_type(name: &[u8]) -> Option<Dtype> {
    let (kind, size) = match name {
        b"DoubleStorage" => (Kind::Float, 8),
        b"FloatStorage" => (Kind::Float, 4),
        b"HalfStorage" => (Kind::Float, 2),
        b"BFloat16Storage" => (Kind::Brain, 2),
        b"LongStorage" => (Kind::Int, 8),
        b"IntStorage" => (Kind::Int, 4),
        b"ShortStorage" => (Kind::Int, 2),
        b"CharStorage" => (Kind::Int, 1),
        b"ByteStorage" => (Kind::Uint, 1),
        b"BoolStorage" => (Kind::Bool, 1),
        _ => return None,
    };
    Some(Dtype {
        kind,
        size,
        big_endian: false,
    })
}

/// The storage that a persistent id names.
///
/// # Errors
/// Fails with what was found instead.
pub(super) fn storage(machine: &Machine<'_>, id: Id) -> Result<Value, String> {
    let refused = || "a value outside the file that is no storage".to_owned();
    let [word, kind, key, _place, n, rest @ ..] = tuple(machine, id)? else {
        return Err(refused());
    };
    if short(machine, *word).as_deref() != Some(b"storage") {
        return Err(refused());
    }
    let Value::Global(Global::Storage(dtype)) = *machine.value(*kind) else {
        return Err("a storage of unknown type".into());
    };
    let (Value::Text(key) | Value::Bytes(key), Value::Int(n)) =
        (machine.value(*key), machine.value(*n))
    else {
        return Err(refused());
    };
    if rest
        .iter()
        .any(|id| !matches!(machine.value(*id), Value::None))
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
    machine: &Machine<'_>,
    global: Global,
    arguments: &[Id],
) -> Result<Option<Value>, String> {
    Ok(match (global, arguments) {
        (Global::Ordered, []) => Some(Value::Dict(Vec::new())),
        (Global::Ordered, [entries]) => {
            let (Value::List(entries) | Value::Tuple(entries)) = machine.value(*entries) else {
                return Ok(None);
            };
            let pair = |id: &Id| match machine.value(*id) {
                Value::List(pair) | Value::Tuple(pair) if pair.len() == 2 => Ok((pair[0], pair[1])),
                _ => Err("an entry of a dictionary without key or value".to_owned()),
            };
            Some(Value::Dict(
                entries.iter().map(pair).collect::<Result<_, _>>()?,
            ))
        }
        (Global::Size, [size]) => {
            let axes = tuple(machine, *size)?;
            (axes.len() <= MAX_AXES).then(|| Value::Tuple(axes.to_vec()))
        }
        (Global::Tensor, [storage, offset, shape, strides, ..]) => {
            let (Value::Storage(storage), Value::Int(offset)) =
                (machine.value(*storage), machine.value(*offset))
            else {
                return Ok(None);
            };
            let (shape, strides) = (tuple(machine, *shape)?, tuple(machine, *strides)?);
            if shape.len() > MAX_AXES || strides.len() != shape.len() {
                return Err(format!("a tensor of {} axes", shape.len()));
            }
            Some(Value::Tensor(Box::new(View {
                storage: (**storage).clone(),
                offset: usize::try_from(*offset).map_err(|_| format!("an offset of {offset}"))?,
                shape: lengths(machine, shape)?,
                strides: lengths(machine, strides)?,
            })))
        }
        (Global::Parameter, [tensor, ..]) => match machine.value(*tensor) {
            Value::Tensor(view) => Some(Value::Tensor(view.clone())),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a value's state says nothing about its numbers: the attributes of an ordered dictionary.
pub(super) fn takes_state(machine: &Machine<'_>, target: Id) -> bool {
    machine.dialect == Dialect::Torch && matches!(machine.value(target), Value::Dict(_))
}
