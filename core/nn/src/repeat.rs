//! Images with every pixel several times: nearest upsampling by a whole factor.
//!
//! ```text
//! y[i, j] = x[⌊i/f⌋, ⌊j/f⌋]      x′[i, j] = Σ_{a, b < f} y′[f·i + a, f·j + b]
//! ```
//! As PyTorch's `Upsample(scale_factor=f)`.
//!
//! # Shapes
//! `[batch, c, h, w]` to `[batch, c, f·h, f·w]`.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::host;
use lab_kernels::repeat::{repeat, sum_repeated};

/// Each pixel `factor × factor` times.
///
/// # Errors
/// Fails if `x` is not `[batch, c, h, w]`, or a side or the factor is 0.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::repeat_pixels;
///
/// let x = Tensor::new(&[[[[1f32, 2.0]]]], &Device::Cpu)?;
/// let y = repeat_pixels(&x, 2)?.reshape((2, 4))?;
/// assert_eq!(y.to_vec2::<f32>()?, [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn repeat_pixels(x: &Tensor, factor: usize) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    if [height, width, factor].contains(&0) {
        bail!(
            "pixels of {:?} {factor} times: a side or the factor is 0",
            x.shape()
        );
    }
    if factor == 1 {
        return Ok(x.clone());
    }
    let op = Repeat { factor };
    if host::is_ours([x]) {
        x.contiguous()?.apply_op1(op)
    } else {
        op.composed(x)
    }
}

pub(super) struct Repeat {
    pub(super) factor: usize,
}

impl Repeat {
    /// The same by candle's own operations.
    pub(super) fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, channels, height, width) = x.dims4()?;
        let factor = self.factor;
        x.reshape((batch, channels, height, 1, width, 1))?
            .broadcast_as((batch, channels, height, factor, width, factor))?
            .reshape((batch, channels, height * factor, width * factor))
    }
}

impl CustomOp1 for Repeat {
    fn name(&self) -> &'static str {
        "repeat_pixels"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = layout.shape().dims4()?;
        let factor = self.factor;
        Ok((
            CpuStorage::F32(repeat(host::floats(x, layout)?, width, factor)),
            Shape::from((batch, channels, height * factor, width * factor)),
        ))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let width = x.dim(3)?;
        let values = host::with_floats([gradient], |[gradient]| {
            sum_repeated(gradient, width, self.factor)
        })?;
        host::tensor(values, x.dims()).map(Some)
    }
}
