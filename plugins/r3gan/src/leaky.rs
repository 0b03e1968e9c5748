//! The leaky rectifier, the activation of both networks.
//!
//! ```text
//! y = x if x > 0 else 0.2·x        y′ = 1 if x > 0 else 0.2
//! ```
//! Any shape. One pass each way on the host; candle's own operations elsewhere.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

/// The slope below 0: that of Huang et al. (2024).
const SLOPE: f32 = 0.2;
/// Numbers that one task of a thread works on.
const GRAIN: usize = 1 << 14;

/// The gain that keeps the variance of signals: `√(2/(1 + slope²))`, He et al. (2015), equation 15, arXiv:1502.01852.
pub(crate) fn gain() -> f64 {
    (2.0 / (1.0 + f64::from(SLOPE).powi(2))).sqrt()
}

/// Leaky ReLU, elementwise.
pub(crate) fn leaky_relu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == DType::F32 {
        x.contiguous()?.apply_op1(Leaky)
    } else {
        let slope = f64::from(SLOPE);
        x.affine(slope, 0.0)? + x.relu()?.affine(1.0 - slope, 0.0)?
    }
}

struct Leaky;

impl CustomOp1 for Leaky {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = floats(storage, layout)?.to_vec();
        y.par_chunks_mut(GRAIN).for_each(|part| {
            for value in part {
                *value *= slope_at(*value);
            }
        });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (x, gradient) = (x.contiguous()?, gradient.contiguous()?);
        let mut back = gradient.flatten_all()?.to_vec1::<f32>()?;
        {
            let (storage, layout) = x.storage_and_layout();
            let Storage::Cpu(storage) = &*storage else {
                bail!("leaky ReLU: expected a tensor on the host")
            };
            let x = floats(storage, layout)?;
            back.par_chunks_mut(GRAIN)
                .zip(x.par_chunks(GRAIN))
                .for_each(|(back, x)| {
                    for (back, &x) in back.iter_mut().zip(x) {
                        *back *= slope_at(x);
                    }
                });
        }
        Tensor::from_vec(back, x.shape(), x.device()).map(Some)
    }
}

fn slope_at(x: f32) -> f32 {
    if x > 0.0 { 1.0 } else { SLOPE }
}

fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("leaky ReLU: expected a contiguous tensor, got {layout:?}")
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}
