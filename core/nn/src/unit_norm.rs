//! Rows onto the unit sphere.
//!
//! ```text
//! y = z/(‖z‖ + ε)      z′ = g/(‖z‖ + ε) − z·(g·z)/(‖z‖·(‖z‖ + ε)²)      ε = 1e-8
//! ```
//! A row of zeros stays one, and its gradient is g/ε: no number is undefined.
//!
//! # Shapes
//! `[.., n]`, unchanged.

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor};

use super::host;

/// What is added to a norm before it divides.
const EPS: f64 = 1e-8;

/// Each row (the last axis) divided by its Euclidean norm + 1e-8.
///
/// # Errors
/// Fails if `z` is a scalar.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::unit_norm;
///
/// let z = Tensor::new(&[[3f32, 4.0], [0.0, 0.0], [-0.5, 0.0]], &Device::Cpu)?;
/// let y = unit_norm(&z)?.to_vec2::<f32>()?;
/// for (row, expected) in y.iter().zip([[0.6, 0.8], [0.0, 0.0], [-1.0, 0.0]]) {
///     assert!((row[0] - expected[0]).abs() < 1e-6 && (row[1] - expected[1]).abs() < 1e-6);
/// }
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn unit_norm(z: &Tensor) -> Result<Tensor> {
    z.dim(D::Minus1)?;
    if host::is_ours([z]) {
        z.contiguous()?.apply_op1(UnitNorm)
    } else {
        composed(z)
    }
}

/// The same by candle's own operations; the offset under the root keeps its slope finite.
pub(super) fn composed(z: &Tensor) -> Result<Tensor> {
    let norm = (z.sqr()?.sum_keepdim(D::Minus1)? + 1e-30)?.sqrt()?;
    z.broadcast_div(&(norm + EPS)?)
}

struct UnitNorm;

fn norm(row: &[f32]) -> f64 {
    row.iter()
        .map(|&z| f64::from(z) * f64::from(z))
        .sum::<f64>()
        .sqrt()
}

impl CustomOp1 for UnitNorm {
    fn name(&self) -> &'static str {
        "unit_norm"
    }

    fn cpu_fwd(&self, z: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = host::floats(z, layout)?.to_vec();
        let n = layout.dims().last().map_or(1, |&n| n.max(1));
        for row in y.chunks_exact_mut(n) {
            let factor = 1.0 / (norm(row) + EPS);
            row.iter_mut()
                .for_each(|z| *z = (f64::from(*z) * factor) as f32);
        }
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, z: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let n = z.dim(D::Minus1)?.max(1);
        let values = host::with_floats([z, gradient], |[z, gradient]| {
            let mut values = gradient.to_vec();
            for (gradient, z) in values.chunks_exact_mut(n).zip(z.chunks_exact(n)) {
                let norm = norm(z);
                let along: f64 = gradient
                    .iter()
                    .zip(z)
                    .map(|(&g, &z)| f64::from(g) * f64::from(z))
                    .sum();
                let back = if norm > 0.0 {
                    along / (norm * (norm + EPS) * (norm + EPS))
                } else {
                    0.0
                };
                for (g, &z) in gradient.iter_mut().zip(z) {
                    *g = (f64::from(*g) / (norm + EPS) - f64::from(z) * back) as f32;
                }
            }
            values
        })?;
        host::tensor(values, z.dims()).map(Some)
    }
}
