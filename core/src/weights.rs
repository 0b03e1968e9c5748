//! Named tensors, as bytes and back.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

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
    safetensors::serialize(views, None).map_err(|source| Error::plugin("safetensors", source))
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// Fails if the bytes are not whole safetensors.
pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Weights> {
    Ok(candle_core::safetensors::load_buffer(bytes, device)?.into_iter().collect())
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
