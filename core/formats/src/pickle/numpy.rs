//! What pickles of NumPy arrays say, understood without NumPy.

use super::memory::{MAX_AXES, Memory, lengths, short, tuple};
use super::text::Form;
use super::torch;
use super::value::{Global, Id, Numbers, Stretch, Value};
use crate::elements::{Dtype, Kind};

/// The value that `callable(*arguments)` stands for.
///
/// # Errors
/// Fails with what was found instead of data.
pub(super) fn reduce(memory: &Memory<'_>, callable: Id, arguments: Id) -> Result<Value, String> {
    let Value::Global(global) = *memory.value(callable) else {
        return Err("a call of something that is no name".into());
    };
    let arguments = tuple(memory, arguments)?;
    let refused = || format!("arguments that {global:?} does not take");
    match (global, arguments) {
        (Global::Reconstruct, [_, _, _]) => Ok(Value::Array(Box::default())),
        (Global::Dtype, [name, ..]) => {
            let name = short(memory, *name).ok_or_else(refused)?;
            let dtype = std::str::from_utf8(&name).ok().and_then(Dtype::parse);
            Ok(Value::Dtype(dtype))
        }
        (Global::Scalar, [dtype, bytes]) => {
            let Value::Dtype(Some(dtype)) = *memory.value(*dtype) else {
                return Err("a scalar that is no number".into());
            };
            let bytes = short(memory, *bytes).filter(|bytes| bytes.len() == dtype.size);
            scalar(dtype, &bytes.ok_or_else(refused)?)
        }
        (Global::FromBuffer, [bytes, dtype, shape, order]) => {
            let order = short(memory, *order).ok_or_else(refused)?;
            let numbers = numbers(memory, *shape, *dtype, order == b"F", *bytes)?;
            Ok(Value::Array(Box::new(numbers)))
        }
        (Global::Bytes, []) => Ok(Value::Bytes(Stretch {
            range: 0..0,
            form: Form::Plain,
        })),
        (Global::Bytes, [bytes]) if matches!(memory.value(*bytes), Value::Bytes(_)) => {
            Ok(memory.value(*bytes).clone())
        }
        (Global::Encode | Global::Bytes, [text, encoding]) => {
            let encoding = short(memory, *encoding).ok_or_else(refused)?;
            let (Value::Text(text), b"latin1" | b"latin-1") = (memory.value(*text), &encoding[..])
            else {
                return Err(refused());
            };
            let form = match text.form {
                Form::Plain => Form::PointsOfPlain,
                _ => Form::PointsOfEscaped,
            };
            let range = text.range.clone();
            Ok(Value::Bytes(Stretch { range, form }))
        }
        (global, arguments) => torch::reduce(memory, global, arguments)?.ok_or_else(refused),
    }
}

/// Gives an array its parts, or an element type its byte order.
///
/// # Errors
/// Fails with what was found instead.
pub(super) fn build(memory: &mut Memory<'_>, target: Id, state: Id) -> Result<(), String> {
    if torch::takes_state(memory, target) {
        return Ok(());
    }
    let built = match (memory.value(target), tuple(memory, state)?) {
        (Value::Dtype(dtype), [_, order, ..]) => {
            let order = short(memory, *order).ok_or("an element type without byte order")?;
            let big_endian = order == b">";
            Value::Dtype(dtype.map(|dtype| Dtype {
                big_endian: big_endian && dtype.size > 1,
                ..dtype
            }))
        }
        (Value::Array(_), [_, shape, dtype, fortran, data]) => {
            let fortran = match memory.value(*fortran) {
                Value::Bool(fortran) => *fortran,
                Value::Int(fortran) => *fortran != 0,
                _ => return Err("an array without its order".into()),
            };
            Value::Array(Box::new(numbers(memory, *shape, *dtype, fortran, *data)?))
        }
        _ => return Err("a state for something that takes none".into()),
    };
    memory.values[target as usize] = built;
    Ok(())
}

fn numbers(
    memory: &Memory<'_>,
    shape: Id,
    dtype: Id,
    fortran: bool,
    data: Id,
) -> Result<Numbers, String> {
    let axes = match memory.value(shape) {
        // An array of one axis may give its length alone.
        Value::Int(_) => std::slice::from_ref(&shape),
        _ => tuple(memory, shape)?,
    };
    if axes.len() > MAX_AXES {
        return Err(format!("an array of {} axes", axes.len()));
    }
    let Value::Dtype(dtype) = *memory.value(dtype) else {
        return Err("an array without a type".into());
    };
    Ok(Numbers {
        shape: lengths(memory, axes)?,
        dtype,
        fortran,
        data: Some(data),
    })
}

fn scalar(dtype: Dtype, bytes: &[u8]) -> Result<Value, String> {
    match dtype.kind {
        Kind::Float | Kind::Brain => Ok(Value::Float(
            dtype.f64s(bytes).first().copied().unwrap_or(0.0),
        )),
        Kind::Bool => Ok(Value::Bool(bytes.iter().any(|&byte| byte != 0))),
        Kind::Int | Kind::Uint => Ok(Value::Int(dtype.i64s(bytes)?.first().copied().unwrap_or(0))),
    }
}
