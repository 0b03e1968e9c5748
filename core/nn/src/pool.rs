//! Maximum pooling.
//!
//! ```text
//! y[c, p] = max over t in [0, kernel)² of x[c, p·stride + t]
//! ```
//! Windows that reach over the edge see the pixels inside.
//! The gradient of a window goes to one pixel, its first maximum in reading order.
//!
//! # Shapes
//! `[batch, c, h, w]` to `[batch, c, h', w']` with `h' = (h − kernel)/stride + 1`, the quotient rounded as told.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};

use super::host;
use lab_kernels::pool::Pooling;

/// What happens to pixels that do not fill a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// They are left out (PyTorch's default).
    Down,
    /// They get a window of their own (Chainer's `cover_all`, PyTorch's `ceil_mode`).
    Up,
}

/// The largest number of each window of `kernel × kernel` pixels, `stride` apart.
///
/// # Errors
/// Fails if `x` is not `[batch, c, h, w]` or smaller than a window that must lie inside.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{Rounding, max_pool2d};
///
/// let x = Tensor::arange(0f32, 9.0, &Device::Cpu)?.reshape((1, 1, 3, 3))?;
/// // One window of 2 × 2 pixels fits to a side; with `Up`, what is left over gets windows of its own.
/// let inside = max_pool2d(&x, 2, 2, Rounding::Down)?;
/// assert_eq!(inside.flatten_all()?.to_vec1::<f32>()?, [4.0]);
/// let all = max_pool2d(&x, 2, 2, Rounding::Up)?;
/// assert_eq!(all.reshape((2, 2))?.to_vec2::<f32>()?, [[4.0, 5.0], [7.0, 8.0]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn max_pool2d(x: &Tensor, kernel: usize, stride: usize, rounding: Rounding) -> Result<Tensor> {
    let pooling = pooling(x.shape(), kernel, stride, rounding)?;
    if !host::is_ours([x]) {
        return composed(x, &pooling);
    }
    let winners = x.track_op().then(OnceLock::new);
    x.contiguous()?.apply_op1(MaxPool { pooling, winners })
}

pub(super) fn pooling(
    shape: &Shape,
    kernel: usize,
    stride: usize,
    rounding: Rounding,
) -> Result<Pooling> {
    let (_, _, height, width) = shape.dims4()?;
    let windows = |n: usize| match rounding {
        _ if kernel == 0 || stride == 0 || n == 0 => None,
        Rounding::Down => n.checked_sub(kernel).map(|rest| rest / stride + 1),
        // No window may begin outside.
        Rounding::Up => {
            Some((n.saturating_sub(kernel).div_ceil(stride) + 1).min(n.div_ceil(stride)))
        }
    };
    let (Some(n_down), Some(n_across)) = (windows(height), windows(width)) else {
        bail!("maximum pooling of {shape:?}: no window of {kernel} pixels, {stride} apart");
    };
    Ok(Pooling {
        height,
        width,
        kernel,
        stride,
        n_down,
        n_across,
    })
}

/// The same by candle's own operations: each window's pixels side by side, and a gather at the largest.
pub(super) fn composed(x: &Tensor, p: &Pooling) -> Result<Tensor> {
    let (batch, channels, _, _) = x.dims4()?;
    let inside = |start: usize, t: usize, n: usize| if start + t < n { start + t } else { start };
    let mut places = Vec::new();
    for window in 0..p.n_down * p.n_across {
        let (top, left) = (
            window / p.n_across * p.stride,
            window % p.n_across * p.stride,
        );
        for t in 0..p.kernel * p.kernel {
            places.push(
                (inside(top, t / p.kernel, p.height) * p.width
                    + inside(left, t % p.kernel, p.width)) as u32,
            );
        }
    }
    let places = Tensor::from_vec(
        places,
        p.n_down * p.n_across * p.kernel * p.kernel,
        x.device(),
    )?;
    let windows = x.flatten_from(2)?.contiguous()?.index_select(&places, 2)?;
    let windows = windows.reshape((batch, channels, p.n_down * p.n_across, p.kernel * p.kernel))?;
    let winners = windows.detach().argmax_keepdim(D::Minus1)?;
    windows
        .gather(&winners, D::Minus1)?
        .reshape((batch, channels, p.n_down, p.n_across))
}

struct MaxPool {
    pooling: Pooling,
    /// Where each window's maximum stands; kept if a gradient may be asked for.
    winners: Option<OnceLock<Vec<u32>>>,
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, channels, _, _) = layout.shape().dims4()?;
        let (maxima, winners) = self.pooling.forward(host::floats(x, layout)?);
        if self
            .winners
            .as_ref()
            .is_some_and(|kept| kept.set(winners).is_err())
        {
            bail!("a maximum pooling was applied twice");
        }
        Ok((
            CpuStorage::F32(maxima),
            Shape::from((batch, channels, self.pooling.n_down, self.pooling.n_across)),
        ))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let Some(winners) = self.winners.as_ref().and_then(OnceLock::get) else {
            return Ok(None);
        };
        let values = host::with_floats([gradient], |[gradient]| {
            self.pooling.backward(gradient, winners)
        })?;
        host::tensor(values, x.dims()).map(Some)
    }
}
