//! Which convolution is asked for, and the shapes of one call.

use candle_core::{Result, Shape, bail};
use lab_kernels::convolution::Convolution;
use lab_kernels::geometry::Geometry;

/// A convolution, or the transpose of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conv {
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) transposed: bool,
    /// Whether `max(_, 0)` follows; of what is not transposed.
    pub(crate) rectified: bool,
}

/// The shapes of one call.
pub(crate) struct Plan {
    pub(super) convolution: Convolution,
    pub(super) out_channels: usize,
    pub(super) out: [usize; 4],
}

impl Conv {
    /// A convolution, and nothing behind it.
    pub(crate) fn new(stride: usize, padding: usize) -> Self {
        Self {
            stride,
            padding,
            transposed: false,
            rectified: false,
        }
    }

    pub(crate) fn plan(self, x: &Shape, kernel: &Shape) -> Result<Plan> {
        let Self {
            stride,
            padding,
            transposed,
            ..
        } = self;
        let (batch, c_in, h, w) = x.dims4()?;
        let (first, second, k, k_across) = kernel.dims4()?;
        let (expected, out_channels) = if transposed {
            (first, second)
        } else {
            (second, first)
        };
        if expected != c_in || k != k_across || stride == 0 || [first, second, k].contains(&0) {
            bail!(
                "convolution with stride {stride}: kernel {kernel:?} does not fit the image {x:?}"
            );
        }
        let length = |n: usize| {
            if transposed {
                (n.saturating_sub(1) * stride + k).checked_sub(2 * padding)
            } else {
                (n + 2 * padding)
                    .checked_sub(k)
                    .map(|rest| rest / stride + 1)
            }
        };
        let (Some(out_h), Some(out_w)) = (
            length(h).filter(|n| n * h > 0),
            length(w).filter(|n| n * w > 0),
        ) else {
            bail!(
                "convolution with padding {padding}: nothing is left of the image {x:?} under the kernel {kernel:?}"
            );
        };
        let size = if transposed { [out_h, out_w] } else { [h, w] };
        let geometry = Geometry::of(second, size, k, stride, padding);
        let convolution = Convolution {
            geometry,
            batch,
            maps: first,
        };
        Ok(Plan {
            convolution,
            out_channels,
            out: [batch, out_channels, out_h, out_w],
        })
    }
}
