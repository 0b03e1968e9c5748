//! The state of a plugin as weights: opened where the bytes are safetensors, else kept as they are.

use candle_core::{Device, Tensor};

use crate::abi::{caps, method};
use crate::arrays::Array;
use crate::host::HostState;
use crate::instance::Instance;
use crate::sink::Outputs;
use lab_core::weights::{self, Weights};
use lab_core::{Result, weights::get};
use std::sync::Arc;

/// Under this name stand bytes that are not safetensors of ours.
const BYTES: &str = "state of a library";

/// Bytes as weights. They are named tensors only if the same bytes come back from them.
pub(super) fn to_weights(bytes: &[u8], device: &Device) -> Result<Weights> {
    if let Ok(named) = weights::from_bytes(bytes, device)
        && !named.contains_key(BYTES)
        && weights::to_bytes(&named).is_ok_and(|again| again == bytes)
    {
        return Ok(named);
    }
    let tensor = Tensor::from_slice(bytes, bytes.len(), device)?;
    Ok(Weights::from([(BYTES.to_owned(), tensor)]))
}

/// The bytes that these weights came from.
pub(super) fn to_bytes(weights: &Weights) -> Result<Vec<u8>> {
    if weights.contains_key(BYTES) {
        return Ok(get(weights, BYTES)?.to_vec1::<u8>()?);
    }
    Ok(weights::to_bytes(weights)?)
}

/// The state of an instance; nothing if the plugin has none.
pub(super) fn save(instance: &Arc<Instance>) -> Result<Vec<u8>> {
    if !instance.entry.can(caps::STATE) {
        return Ok(Vec::new());
    }
    let outputs = Outputs::bytes();
    instance.forward(method::SAVE, &[], &[], &outputs)?;
    Ok(instance.output(&outputs, "SAVE", 0)?.into_bytes())
}

/// Brings an instance to a state, if the plugin has any.
pub(super) fn load(instance: &mut Instance, bytes: &[u8], host: Box<HostState>) -> Result<()> {
    load_with(instance, vec![Array::bytes(bytes)], host)
}

/// As [`load`], with further inputs.
pub(super) fn load_with(
    instance: &mut Instance,
    inputs: Vec<Array>,
    host: Box<HostState>,
) -> Result<()> {
    if !instance.entry.can(caps::STATE) {
        return Ok(());
    }
    instance.run(method::LOAD, &inputs, host, &Outputs::nothing())
}
