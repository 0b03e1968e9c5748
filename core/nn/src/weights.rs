//! Named tensors, as bytes and back.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use crate::{Error, Result};

/// Tensors by name, in the order of their names.
pub type Weights = BTreeMap<String, Tensor>;

/// Weights in the safetensors format; the same weights give the same bytes.
///
/// # Errors
/// Fails if a tensor cannot be copied to the host.
pub fn to_bytes(weights: &Weights) -> Result<Vec<u8>> {
    let host: Vec<(&String, Tensor)> = weights
        .iter()
        .map(|(name, tensor)| Ok((name, tensor.to_device(&Device::Cpu)?.contiguous()?)))
        .collect::<Result<_>>()?;
    let views = host.iter().map(|(name, tensor)| (name.as_str(), tensor));
    Ok(safetensors::serialize(views, None)?)
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// Fails if the bytes are not whole safetensors.
pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Weights> {
    Ok(candle_core::safetensors::load_buffer(bytes, device)?
        .into_iter()
        .collect())
}

/// The tensor `name` of `weights`, or an error that lists what there is.
///
/// # Errors
/// [`Error::Data`] if there is no such tensor.
pub fn get<'a>(weights: &'a Weights, name: &str) -> Result<&'a Tensor> {
    weights.get(name).ok_or_else(|| Error::Data {
        what: format!("weights '{name}'"),
        expected: "a tensor of that name".into(),
        got: weights.keys().cloned().collect::<Vec<_>>().join(", "),
        remedy: "use weights written by the same plugin with the same parameters".into(),
    })
}

/// The same tensors under `prefix/name`, so that several sets fit into one.
pub fn prefixed(prefix: &str, weights: Weights) -> impl Iterator<Item = (String, Tensor)> + '_ {
    weights
        .into_iter()
        .map(move |(name, tensor)| (format!("{prefix}/{name}"), tensor))
}

/// The tensors that [`prefixed`] put under `prefix`, under their own names.
pub fn under(prefix: &str, weights: &Weights) -> Weights {
    let own = |name: &String| {
        name.strip_prefix(prefix)?
            .strip_prefix('/')
            .map(str::to_owned)
    };
    weights
        .iter()
        .filter_map(|(name, tensor)| Some((own(name)?, tensor.clone())))
        .collect()
}

/// What numbers of a training must be: an error that expects this is about ones that are NaN or infinite.
pub const FINITE: &str = "finite numbers";

/// Refuses tensors with a number that is NaN or infinite.
///
/// # Errors
/// [`Error::Data`] that names the first tensor with such a number, and how many it has.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::weights::{Weights, check_finite};
///
/// let weights = |values: [f32; 3]| -> Result<Weights, candle_core::Error> {
///     Ok([("w".to_owned(), Tensor::new(&values, &Device::Cpu)?)].into())
/// };
/// assert!(check_finite(&weights([1.0, -2.0, 0.0])?, "lower it").is_ok());
/// let error = check_finite(&weights([1.0, f32::NAN, f32::INFINITY])?, "lower it").unwrap_err().to_string();
/// assert_eq!(error, "weights 'w': expected finite numbers, got 2 of 3 that are NaN or infinite; lower it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_finite(weights: &Weights, remedy: &str) -> Result<()> {
    for (name, tensor) in weights {
        let n = n_not_finite(tensor)?;
        if n > 0 {
            return Err(Error::Data {
                what: format!("weights '{name}'"),
                expected: FINITE.into(),
                got: format!("{n} of {} that are NaN or infinite", tensor.elem_count()),
                remedy: remedy.into(),
            });
        }
    }
    Ok(())
}

/// How many numbers of a tensor are NaN or infinite.
///
/// # Errors
/// Fails if the tensor cannot be copied to the host.
pub fn n_not_finite(tensor: &Tensor) -> Result<usize> {
    if !tensor.dtype().is_float() {
        return Ok(0);
    }
    let tensor = tensor.to_device(&Device::Cpu)?.flatten_all()?;
    Ok(if tensor.dtype() == DType::F64 {
        let values = tensor.to_vec1::<f64>()?;
        values.iter().filter(|value| !value.is_finite()).count()
    } else {
        let values = tensor.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        values.iter().filter(|value| !value.is_finite()).count()
    })
}

/// Names, such as those of classes, as a tensor of their bytes; none may hold a line break.
///
/// # Errors
/// Fails if the device does.
pub fn from_names(names: &[String], device: &Device) -> Result<Tensor> {
    let bytes = names.join("\n").into_bytes();
    let n_bytes = bytes.len();
    Ok(Tensor::from_vec(bytes, n_bytes, device)?)
}

/// Reads what [`from_names`] wrote under `name`.
///
/// # Errors
/// [`Error::Data`] if there is no such tensor or its bytes are no text.
pub fn to_names(weights: &Weights, name: &str) -> Result<Vec<String>> {
    let bytes = get(weights, name)?.to_vec1::<u8>()?;
    let text = String::from_utf8(bytes)?;
    Ok(text.lines().map(str::to_owned).collect())
}
