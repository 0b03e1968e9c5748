//! References: tensors that another program wrote, and how far ours are from them.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use crate::weights::{self, Weights};
use crate::{Error, Result};

/// The tensors of a safetensors file.
///
/// # Errors
/// Fails if the file is missing or holds something else.
pub fn read_reference(path: &str) -> Result<Weights> {
    let bytes = std::fs::read(path).map_err(Error::io("reading", Path::new(path)))?;
    Ok(weights::from_bytes(&bytes, &Device::Cpu)?)
}

/// `‖a − b‖∞/‖b‖∞`; infinite where shapes differ, so that no bound holds.
pub fn relative_distance(a: &Tensor, b: &Tensor) -> f64 {
    let largest = |t: &Tensor| -> candle_core::Result<f64> {
        let flat = t.abs()?.flatten_all()?.max(0)?;
        flat.to_dtype(DType::F64)?.to_scalar()
    };
    let distance = || Ok::<f64, candle_core::Error>(largest(&(a - b)?)? / largest(b)?);
    if a.dims() == b.dims() {
        distance().unwrap_or(f64::INFINITY)
    } else {
        f64::INFINITY
    }
}
