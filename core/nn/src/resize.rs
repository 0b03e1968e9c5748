//! Images of another size.
//!
//! ```text
//! Y = R·X·Cᵀ      X′ = Rᵀ·Y′·C
//! ```
//! R and C hold each output row's and column's weights of the input's.
//! Bilinear: output i of n lies at i·(m − 1)/(n − 1) of the m input points, between two of them (Chainer's
//! `resize_images`, PyTorch's `align_corners=True`); a single output lies on the first point.
//! Area: the mean over [i·m/n, (i + 1)·m/n), input points cut by a border weighted by their share.
//!
//! # Shapes
//! `[batch, c, h, w]` to `[batch, c, height, width]`.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::host;
use lab_kernels::resample::{Axis, resample};

/// Bilinear resize with aligned corners.
///
/// # Errors
/// Fails if `x` is not `[batch, c, h, w]` or a side is 0.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::resize_bilinear;
///
/// let x = Tensor::new(&[[[[0f32, 2.0], [4.0, 6.0]]]], &Device::Cpu)?;
/// // Corners keep their values, and the new points lie halfway between the old ones.
/// let y = resize_bilinear(&x, 3, 3)?.reshape((3, 3))?;
/// assert_eq!(y.to_vec2::<f32>()?, [[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [4.0, 5.0, 6.0]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn resize_bilinear(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    resize(x, height, width, Axis::bilinear)
}

/// Resize by exact area average.
///
/// # Errors
/// Fails if `x` is not `[batch, c, h, w]` or a side is 0.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::resize_area;
///
/// let x = Tensor::new(&[[[[0f32, 3.0, 6.0]]]], &Device::Cpu)?;
/// // Each new pixel covers one and a half old ones: (0 + 3/2)/1.5 = 1 and (3/2 + 6)/1.5 = 5.
/// let y = resize_area(&x, 1, 2)?.flatten_all()?.to_vec1::<f32>()?;
/// assert!((y[0] - 1.0).abs() < 1e-6 && (y[1] - 5.0).abs() < 1e-6);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn resize_area(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    resize(x, height, width, Axis::area)
}

fn resize(
    x: &Tensor,
    height: usize,
    width: usize,
    axis: fn(usize, usize) -> Axis,
) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    if [h, w, height, width].contains(&0) {
        bail!("resize of {:?} to {height}×{width}: a side is 0", x.shape());
    }
    if (h, w) == (height, width) {
        return Ok(x.clone());
    }
    let op = Resize {
        down: axis(h, height),
        across: axis(w, width),
        height,
        width,
    };
    if host::is_ours([x]) {
        x.contiguous()?.apply_op1(op)
    } else {
        op.composed(x)
    }
}

struct Resize {
    down: Axis,
    across: Axis,
    height: usize,
    width: usize,
}

impl Resize {
    /// The same by candle's own operations.
    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, channels, h, w) = x.dims4()?;
        let matrix = |axis: &Axis, n_out: usize, n_in: usize| {
            Tensor::from_vec(axis.matrix(), (n_out, n_in), x.device())?.to_dtype(x.dtype())
        };
        let down = matrix(&self.down, self.height, h)?;
        let across = matrix(&self.across, self.width, w)?.t()?.contiguous()?;
        let planes = x.reshape((batch * channels, h, w))?;
        down.broadcast_matmul(&planes.broadcast_matmul(&across)?)?
            .reshape((batch, channels, self.height, self.width))
    }
}

impl CustomOp1 for Resize {
    fn name(&self) -> &'static str {
        "resize"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, channels, _, _) = layout.shape().dims4()?;
        let values = resample(host::floats(x, layout)?, &self.down, &self.across);
        Ok((
            CpuStorage::F32(values),
            Shape::from((batch, channels, self.height, self.width)),
        ))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (down, across) = (self.down.transposed(), self.across.transposed());
        let values =
            host::with_floats([gradient], |[gradient]| resample(gradient, &down, &across))?;
        host::tensor(values, x.dims()).map(Some)
    }
}

#[cfg(test)]
pub(super) fn composed_for_tests(
    x: &Tensor,
    height: usize,
    width: usize,
    area: bool,
) -> Result<Tensor> {
    let axis = if area { Axis::area } else { Axis::bilinear };
    let (_, _, h, w) = x.dims4()?;
    Resize {
        down: axis(h, height),
        across: axis(w, width),
        height,
        width,
    }
    .composed(x)
}
