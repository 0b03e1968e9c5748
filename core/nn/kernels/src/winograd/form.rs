//! What differs between the algorithms: transforms along one axis, and the phases of an image.

use super::M;
use super::lanes::Along;

/// An algorithm F(M, R) for kernels of `STRIDE·R` taps an axis that move by `STRIDE` pixels.
pub(crate) trait Form<const R: usize, const T: usize>: Copy + Send + Sync {
    /// Pixels between two windows: 1 or 2.
    const STRIDE: usize;
    /// Pixels of the border of zeros that windows reach into; as many of each phase.
    const BORDER: usize;
    /// Bᵀ of `T` inputs.
    type Input: Along<T, T>;
    /// Aᵀ of `T` products.
    type Output: Along<T, M>;
    /// A of `M` outputs.
    type OutputTransposed: Along<M, T>;
    /// G of `R` taps.
    type Kernel: Along<R, T>;
    /// Gᵀ of `T` sums.
    type KernelTransposed: Along<T, R>;
}

/// One phase of an axis: the pixels `stride·j + parity`, and the taps that meet them.
///
/// ```text
/// x_b[k] = x[stride·k + b − border] = x[stride·j + parity]      k = j + border − down
/// down   y[i] = Σ_a K[stride·a + b]·x_b[i + a]                  windows begin at j = i + down − border
/// up     x_b[k] = Σ_a K[stride·a + b]·y[k − a]                  windows begin at i = j + up − border
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Phase {
    pub(super) parity: usize,
    /// b, the first of its taps.
    pub(super) tap: usize,
    /// How far windows on the image begin behind the corner of its border.
    pub(super) down: usize,
    /// How far windows on the maps begin behind the corner of their border.
    pub(super) up: usize,
}

impl Phase {
    fn of(stride: usize, n_taps: usize, border: usize, parity: usize) -> Self {
        let tap = (parity + border) % stride;
        let down = tap.div_ceil(stride);
        Self {
            parity,
            tap,
            down,
            up: 2 * border + 1 - n_taps - down,
        }
    }

    /// The phases of both axes, `[down, across]`: phase `stride·p + q` has parities p and q.
    pub(super) fn all(stride: usize, n_taps: usize, border: usize) -> Vec<[Self; 2]> {
        let of = |parity| Self::of(stride, n_taps, border, parity);
        (0..stride * stride)
            .map(|phase| [of(phase / stride), of(phase % stride)])
            .collect()
    }
}
