//! What pickles of NumPy arrays say, understood without NumPy.

use super::machine::Machine;
use super::text::{Form, decode};
use super::torch;
use super::value::{Global, Id, Numbers, Stretch, Value};
use crate::elements::{Dtype, Kind};

/// Axes that NumPy allows.
pub(super) const MAX_AXES: usize = 64;
/// Longest text that is looked at here: names of types and encodings, and the bytes of one number.
const MAX_TEXT: usize = 64;

/// The value that `callable(*arguments)` stands for.
///
/// # Errors
/// Fails with what was found instead of data.
pub(super) fn reduce(machine: &Machine<'_>, callable: Id, arguments: Id) -> Result<Value, String> {
    let Value::Global(global) = *machine.value(callable) else {
        return Err("a call of something that is no name".into());
    };
    let arguments = tuple(machine, arguments)?;
    let refused = || format!("arguments that {global:?} does not take");
    match (global, arguments) {
        (Global::Reconstruct, [_, _, _]) => Ok(Value::Array(Box::default())),
        (Global::Dtype, [name, ..]) => {
            let name = short(machine, *name).ok_or_else(refused)?;
            let dtype = std::str::from_utf8(&name).ok().and_then(Dtype::parse);
            Ok(Value::Dtype(dtype))
        }
        (Global::Scalar, [dtype, bytes]) => {
            let Value::Dtype(Some(dtype)) = *machine.value(*dtype) else {
                return Err("a scalar that is no number".into());
            };
            let bytes = short(machine, *bytes).filter(|bytes| bytes.len() == dtype.size);
            scalar(dtype, &bytes.ok_or_else(refused)?)
        }
        (Global::FromBuffer, [bytes, dtype, shape, order]) => {
            let order = short(machine, *order).ok_or_else(refused)?;
            let numbers = numbers(machine, *shape, *dtype, order == b"F", *bytes)?;
            Ok(Value::Array(Box::new(numbers)))
        }
        (Global::Bytes, []) => Ok(Value::Bytes(Stretch {
            range: 0..0,
            form: Form::Plain,
        })),
        (Global::Bytes, [bytes]) if matches!(machine.value(*bytes), Value::Bytes(_)) => {
            Ok(machine.value(*bytes).clone())
        }
        (Global::Encode | Global::Bytes, [text, encoding]) => {
            let encoding = short(machine, *encoding).ok_or_else(refused)?;
            let (Value::Text(text), b"latin1" | b"latin-1") = (machine.value(*text), &encoding[..])
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
        (global, arguments) => torch::reduce(machine, global, arguments)?.ok_or_else(refused),
    }
}

/// Gives an array its parts, or an element type its byte order.
///
/// # Errors
/// Fails with what was found instead.
pub(super) fn build(machine: &mut Machine<'_>, target: Id, state: Id) -> Result<(), String> {
    if torch::takes_state(machine, target) {
        return Ok(());
    }
    let built = match (machine.value(target), tuple(machine, state)?) {
        (Value::Dtype(dtype), [_, order, ..]) => {
            let order = short(machine, *order).ok_or("an element type without byte order")?;
            let big_endian = order == b">";
            Value::Dtype(dtype.map(|dtype| Dtype {
                big_endian: big_endian && dtype.size > 1,
                ..dtype
            }))
        }
        (Value::Array(_), [_, shape, dtype, fortran, data]) => {
            let fortran = match machine.value(*fortran) {
                Value::Bool(fortran) => *fortran,
                Value::Int(fortran) => *fortran != 0,
                _ => return Err("an array without its order".into()),
            };
            Value::Array(Box::new(numbers(machine, *shape, *dtype, fortran, *data)?))
        }
        _ => return Err("a state for something that takes none".into()),
    };
    machine.values[target as usize] = built;
    Ok(())
}

fn numbers(
    machine: &Machine<'_>,
    shape: Id,
    dtype: Id,
    fortran: bool,
    data: Id,
) -> Result<Numbers, String> {
    let axes = match machine.value(shape) {
        // An array of one axis may give its length alone.
        Value::Int(_) => std::slice::from_ref(&shape),
        _ => tuple(machine, shape)?,
    };
    if axes.len() > MAX_AXES {
        return Err(format!("an array of {} axes", axes.len()));
    }
    let Value::Dtype(dtype) = *machine.value(dtype) else {
        return Err("an array without a type".into());
    };
    Ok(Numbers {
        shape: lengths(machine, axes)?,
        dtype,
        fortran,
        data: Some(data),
    })
}

/// Lengths of axes, or steps along them.
pub(super) fn lengths(machine: &Machine<'_>, axes: &[Id]) -> Result<Vec<usize>, String> {
    let length = |id: &Id| match machine.value(*id) {
        Value::Int(n) => usize::try_from(*n).map_err(|_| format!("an axis of length {n}")),
        _ => Err("an axis whose length is no number".to_owned()),
    };
    axes.iter().map(length).collect()
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

pub(super) fn tuple<'a>(machine: &'a Machine<'_>, id: Id) -> Result<&'a [Id], String> {
    match machine.value(id) {
        Value::Tuple(items) => Ok(items),
        _ => Err("something else than a tuple".into()),
    }
}

/// Text or bytes that are short; `None` for everything else.
pub(super) fn short(machine: &Machine<'_>, id: Id) -> Option<Vec<u8>> {
    let (Value::Text(stretch) | Value::Bytes(stretch)) = machine.value(id) else {
        return None;
    };
    // Escapes take up to four bytes for one.
    let bytes = &machine.bytes[stretch.range.clone()];
    let bytes = Some(bytes).filter(|bytes| bytes.len() <= 4 * MAX_TEXT)?;
    Some(decode(bytes, stretch.form).ok()?.into_owned())
}
