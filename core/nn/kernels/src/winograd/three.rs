//! The minimal filtering algorithm F(4, 3): its transforms along one axis.
//!
//! ```text
//! y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)]        y 4 outputs, g 3 taps, d 6 inputs: 6 multiplications instead of 12
//! ```
//! The points are 0, a, −a, b, −b and infinity with a = ¾ and b = 1½. A holds powers of the points, G powers divided by
//! `Π_{l≠j} (p_j − p_l)`, and row j of Bᵀ the coefficients of `Π_{l≠j} (x − p_l)`, its last row those of `Π_l (x − p_l)`. The
//! sums below are these matrices with what each pair ±p shares taken out.
//!
//! The usual points 0, ±1, ±2 lose twice the digits: these lie around 1, so that no power of theirs is large. All constants of
//! A and B are exact in float32.
//!
//! # Source
//! Winograd 1980, *Arithmetic complexity of computations*; Lavin & Gray 2016, arXiv:1509.09308. That the choice of points
//! decides about the error: Barabasz, Anderson, Soodhalter & Gregg 2020, arXiv:1803.10986.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::M;
use super::form::Form;
use super::lanes::Along;

/// Taps along one axis.
const R: usize = 3;
/// Inputs of a tile along one axis.
const T: usize = M + R - 1;

/// The points ±a and ±b.
pub(super) const NEAR: f32 = 0.75;
pub(super) const FAR: f32 = 1.5;
const NEAR_2: f32 = NEAR * NEAR;
const FAR_2: f32 = FAR * FAR;
/// The coefficients of `(x² − a²)·(x² − b²) = x⁴ − SUM·x² + PRODUCT`.
const SUM: f32 = NEAR_2 + FAR_2;
const PRODUCT: f32 = NEAR_2 * FAR_2;
/// `Π_{l≠j} (p_j − p_l)` of ±a and of ±b, inverse.
const OF_NEAR: f32 = 1.0 / (2.0 * NEAR_2 * (NEAR_2 - FAR_2));
const OF_FAR: f32 = 1.0 / (2.0 * FAR_2 * (FAR_2 - NEAR_2));

/// Kernels of 3 × 3 taps that move by one pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Three;

impl Form<R, T> for Three {
    const STRIDE: usize = 1;
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
    fn apply([d0, d1, d2, d3, d4, d5]: [f32; T]) -> [f32; T] {
        let (near_even, near_odd) = (d4 - d2 * FAR_2, (d3 - d1 * FAR_2) * NEAR);
        let (far_even, far_odd) = (d4 - d2 * NEAR_2, (d3 - d1 * NEAR_2) * FAR);
        [
            d4 - d2 * SUM + d0 * PRODUCT,
            near_even + near_odd,
            near_even - near_odd,
            far_even + far_odd,
            far_even - far_odd,
            d5 - d3 * SUM + d1 * PRODUCT,
        ]
    }
}

/// Aᵀ·m
pub(crate) struct Output;

impl Along<T, M> for Output {
    #[inline(always)]
    fn apply([m0, m1, m2, m3, m4, m5]: [f32; T]) -> [f32; M] {
        let (near_even, near_odd) = (m1 + m2, (m1 - m2) * NEAR);
        let (far_even, far_odd) = (m3 + m4, (m3 - m4) * FAR);
        [
            m0 + near_even + far_even,
            near_odd + far_odd,
            near_even * NEAR_2 + far_even * FAR_2,
            near_odd * NEAR_2 + far_odd * FAR_2 + m5,
        ]
    }
}

/// A·y: the transpose of [`Output`].
pub(crate) struct OutputTransposed;

impl Along<M, T> for OutputTransposed {
    #[inline(always)]
    fn apply([y0, y1, y2, y3]: [f32; M]) -> [f32; T] {
        let (near_even, near_odd) = (y0 + y2 * NEAR_2, (y1 + y3 * NEAR_2) * NEAR);
        let (far_even, far_odd) = (y0 + y2 * FAR_2, (y1 + y3 * FAR_2) * FAR);
        [
            y0,
            near_even + near_odd,
            near_even - near_odd,
            far_even + far_odd,
            far_even - far_odd,
            y3,
        ]
    }
}

/// G·g
pub(crate) struct Kernel;

impl Along<R, T> for Kernel {
    #[inline(always)]
    fn apply([g0, g1, g2]: [f32; R]) -> [f32; T] {
        let (near_even, near_odd) = ((g0 + g2 * NEAR_2) * OF_NEAR, g1 * (NEAR * OF_NEAR));
        let (far_even, far_odd) = ((g0 + g2 * FAR_2) * OF_FAR, g1 * (FAR * OF_FAR));
        [
            g0 * (1.0 / PRODUCT),
            near_even + near_odd,
            near_even - near_odd,
            far_even + far_odd,
            far_even - far_odd,
            g2,
        ]
    }
}

/// Gᵀ·u: the transpose of [`Kernel`].
pub(crate) struct KernelTransposed;

impl Along<T, R> for KernelTransposed {
    #[inline(always)]
    fn apply([u0, u1, u2, u3, u4, u5]: [f32; T]) -> [f32; R] {
        let (near_even, near_odd) = ((u1 + u2) * OF_NEAR, (u1 - u2) * (NEAR * OF_NEAR));
        let (far_even, far_odd) = ((u3 + u4) * OF_FAR, (u3 - u4) * (FAR * OF_FAR));
        [
            u0 * (1.0 / PRODUCT) + near_even + far_even,
            near_odd + far_odd,
            near_even * NEAR_2 + far_even * FAR_2 + u5,
        ]
    }
}
