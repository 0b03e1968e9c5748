//! The minimal filtering algorithm F(4, 2): its transforms along one axis.
//!
//! ```text
//! y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)]        y 4 outputs, g 2 taps, d 5 inputs: 5 multiplications instead of 8
//! ```
//! The points are 0, 1, −1, 2 and infinity. A holds powers of the points, G powers divided by `Π_{l≠j} (a_j − a_l)`, and row j
//! of Bᵀ the coefficients of `Π_{l≠j} (x − a_l)`, its last row those of `Π_l (x − a_l)`. The sums below are these matrices with
//! what they share taken out.
//!
//! # Source
//! Winograd 1980, *Arithmetic complexity of computations*; Lavin & Gray 2016, arXiv:1509.09308.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::M;
use super::form::Form;
use super::lanes::Along;

/// Taps along one axis.
const R: usize = 2;
/// Inputs of a tile along one axis.
const T: usize = M + R - 1;

/// Kernels of 4 × 4 taps that move by two pixels: one of 2 × 2 taps for each phase of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Two;

impl Form<R, T> for Two {
    const STRIDE: usize = 2;
    const BORDER: usize = 1;
    type Input = Input;
    type Output = Output;
    type OutputTransposed = OutputTransposed;
    type Kernel = Kernel;
    type KernelTransposed = KernelTransposed;
}

/// Bᵀ·d
pub(crate) struct Input;

impl Along<T, T> for Input {
    #[inline(always)]
    fn apply([d0, d1, d2, d3, d4]: [f32; T]) -> [f32; T] {
        let (outer, inner) = (d3 - d1, d3 - d2);
        [
            (d0 - d2) * 2.0 + outer,
            inner - d1 * 2.0,
            (d1 - d2) * 2.0 + inner,
            outer,
            (d4 - d2) - outer * 2.0,
        ]
    }
}

/// Aᵀ·m
pub(crate) struct Output;

impl Along<T, M> for Output {
    #[inline(always)]
    fn apply([m0, m1, m2, m3, m4]: [f32; T]) -> [f32; M] {
        let (sum, difference) = (m1 + m2, m1 - m2);
        [
            m0 + sum + m3,
            difference + m3 * 2.0,
            sum + m3 * 4.0,
            difference + m3 * 8.0 + m4,
        ]
    }
}

/// A·y: the transpose of [`Output`].
pub(crate) struct OutputTransposed;

impl Along<M, T> for OutputTransposed {
    #[inline(always)]
    fn apply([y0, y1, y2, y3]: [f32; M]) -> [f32; T] {
        let (even, odd) = (y0 + y2, y1 + y3);
        [
            y0,
            even + odd,
            even - odd,
            (y3 * 2.0 + y2) * 4.0 + (y1 * 2.0 + y0),
            y3,
        ]
    }
}

/// G·g
pub(crate) struct Kernel;

impl Along<R, T> for Kernel {
    #[inline(always)]
    fn apply([g0, g1]: [f32; R]) -> [f32; T] {
        [
            g0 * 0.5,
            (g0 + g1) * -0.5,
            (g1 - g0) * (1.0 / 6.0),
            (g1 * 2.0 + g0) * (1.0 / 6.0),
            g1,
        ]
    }
}

/// Gᵀ·u: the transpose of [`Kernel`].
pub(crate) struct KernelTransposed;

impl Along<T, R> for KernelTransposed {
    #[inline(always)]
    fn apply([u0, u1, u2, u3, u4]: [f32; T]) -> [f32; R] {
        [
            (u0 - u1) * 0.5 + (u3 - u2) * (1.0 / 6.0),
            (u2 + u3 * 2.0) * (1.0 / 6.0) - u1 * 0.5 + u4,
        ]
    }
}
